//! UDP: options of a socket.

use conformance::net::{bound_udp, fails, udp};
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use conformance::wasi::sockets::udp::UdpSocket;

conformance::cases! {
    "udp/udp-socket.unicast-hop-limit":
        is_what_was_set;
    "udp/udp-socket.set-unicast-hop-limit":
        zero_is_an_invalid_argument,
        every_other_value_is_taken;
    "udp/udp-socket.receive-buffer-size":
        the_size_for_receiving_is_about_what_was_set;
    "udp/udp-socket.set-receive-buffer-size":
        a_size_of_zero_for_receiving_is_an_invalid_argument,
        any_other_size_for_receiving_is_taken;
    "udp/udp-socket.send-buffer-size":
        the_size_for_sending_is_about_what_was_set;
    "udp/udp-socket.set-send-buffer-size":
        a_size_of_zero_for_sending_is_an_invalid_argument,
        any_other_size_for_sending_is_taken;
}

const INVALID: &[ErrorCode] = &[ErrorCode::InvalidArgument];

/// A socket of each version, unbound and bound.
fn every(check: impl Fn(&UdpSocket)) {
    for family in [IpAddressFamily::Ipv4, IpAddressFamily::Ipv6] {
        check(&udp(family));
        check(&bound_udp(family).0);
    }
}

fn is_what_was_set() {
    every(|socket| {
        assert!(socket.unicast_hop_limit().expect("a default") > 0);
        assert_eq!(socket.set_unicast_hop_limit(42), Ok(()));
        assert_eq!(socket.unicast_hop_limit(), Ok(42));
    });
}

/// "The TTL value must be 1 or higher."
fn zero_is_an_invalid_argument() {
    every(|socket| fails(socket.set_unicast_hop_limit(0), INVALID));
}

fn every_other_value_is_taken() {
    for value in [1, 2, 64, 254, 255] {
        every(|socket| {
            assert_eq!(socket.set_unicast_hop_limit(value), Ok(()), "{value}");
            assert_eq!(socket.unicast_hop_limit(), Ok(value));
        });
    }
}

fn the_size_for_receiving_is_about_what_was_set() {
    every(|socket| {
        assert!(socket.receive_buffer_size().expect("a default") > 0);
        assert_eq!(socket.set_receive_buffer_size(0x10000), Ok(()));
        let size = socket.receive_buffer_size().expect("receive-buffer-size");
        assert!((0x4000..=0x40000).contains(&size), "{size}");
    });
}

fn a_size_of_zero_for_receiving_is_an_invalid_argument() {
    every(|socket| fails(socket.set_receive_buffer_size(0), INVALID));
}

/// "Any other value will never cause an error".
fn any_other_size_for_receiving_is_taken() {
    for value in [1, 100, 1 << 20, 1 << 31, 1 << 32, u64::MAX] {
        every(|socket| {
            assert_eq!(socket.set_receive_buffer_size(value), Ok(()), "{value}");
            assert!(socket.receive_buffer_size().expect("receive-buffer-size") > 0);
        });
    }
}

fn the_size_for_sending_is_about_what_was_set() {
    every(|socket| {
        assert!(socket.send_buffer_size().expect("a default") > 0);
        assert_eq!(socket.set_send_buffer_size(0x10000), Ok(()));
        let size = socket.send_buffer_size().expect("send-buffer-size");
        assert!((0x4000..=0x40000).contains(&size), "{size}");
    });
}

fn a_size_of_zero_for_sending_is_an_invalid_argument() {
    every(|socket| fails(socket.set_send_buffer_size(0), INVALID));
}

fn any_other_size_for_sending_is_taken() {
    for value in [1, 100, 1 << 20, 1 << 31, 1 << 32, u64::MAX] {
        every(|socket| {
            assert_eq!(socket.set_send_buffer_size(value), Ok(()), "{value}");
            assert!(socket.send_buffer_size().expect("send-buffer-size") > 0);
        });
    }
}
