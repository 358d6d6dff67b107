//! TCP: options of a socket. "Any other value will never cause an error, but it might be silently clamped and/or rounded."

use conformance::net::{bound, fails, pair, tcp};
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily};
use conformance::wasi::sockets::tcp::TcpSocket;

conformance::cases! {
    "tcp/tcp-socket.keep-alive-enabled":
        is_off_until_it_is_turned_on;
    "tcp/tcp-socket.set-keep-alive-enabled":
        turns_on_and_off;
    "tcp/tcp-socket.keep-alive-idle-time":
        is_what_was_set;
    "tcp/tcp-socket.set-keep-alive-idle-time":
        zero_is_an_invalid_argument,
        any_other_value_is_taken;
    "tcp/tcp-socket.keep-alive-interval":
        the_interval_is_what_was_set;
    "tcp/tcp-socket.set-keep-alive-interval":
        an_interval_of_zero_is_an_invalid_argument,
        any_other_interval_is_taken;
    "tcp/tcp-socket.keep-alive-count":
        the_count_is_what_was_set;
    "tcp/tcp-socket.set-keep-alive-count":
        a_count_of_zero_is_an_invalid_argument,
        any_other_count_is_taken;
    "tcp/tcp-socket.hop-limit":
        the_hop_limit_is_what_was_set;
    "tcp/tcp-socket.set-hop-limit":
        a_hop_limit_of_zero_is_an_invalid_argument,
        every_other_hop_limit_is_taken;
    "tcp/tcp-socket.receive-buffer-size":
        the_size_for_receiving_is_about_what_was_set;
    "tcp/tcp-socket.set-receive-buffer-size":
        a_size_of_zero_for_receiving_is_an_invalid_argument,
        any_other_size_for_receiving_is_taken;
    "tcp/tcp-socket.send-buffer-size":
        the_size_for_sending_is_about_what_was_set;
    "tcp/tcp-socket.set-send-buffer-size":
        a_size_of_zero_for_sending_is_an_invalid_argument,
        any_other_size_for_sending_is_taken;
    "attacks/25":
        keep_alive_for_ever;
}

const INVALID: &[ErrorCode] = &[ErrorCode::InvalidArgument];
const SECOND: u64 = 1_000_000_000;

/// A socket of each version and in each state that has options.
fn every(check: impl Fn(&TcpSocket)) {
    for family in [IpAddressFamily::Ipv4, IpAddressFamily::Ipv6] {
        check(&tcp(family));
        check(&bound(family));
        let (client, server) = pair(family);
        check(&client.socket);
        check(&server.socket);
    }
}

fn is_off_until_it_is_turned_on() {
    every(|socket| assert_eq!(socket.keep_alive_enabled(), Ok(false)));
}

fn turns_on_and_off() {
    every(|socket| {
        for value in [true, true, false, true] {
            assert_eq!(socket.set_keep_alive_enabled(value), Ok(()));
            assert_eq!(socket.keep_alive_enabled(), Ok(value));
        }
    });
}

fn is_what_was_set() {
    every(|socket| {
        assert!(socket.keep_alive_idle_time().expect("a default") > 0);
        assert_eq!(socket.set_keep_alive_idle_time(42 * SECOND), Ok(()));
        assert_eq!(socket.keep_alive_idle_time(), Ok(42 * SECOND));
    });
}

fn zero_is_an_invalid_argument() {
    every(|socket| fails(socket.set_keep_alive_idle_time(0), INVALID));
}

fn any_other_value_is_taken() {
    for value in [1, SECOND - 1, SECOND, 3600 * SECOND, 1 << 50, u64::MAX] {
        every(|socket| {
            assert_eq!(socket.set_keep_alive_idle_time(value), Ok(()), "{value}");
            assert!(socket.keep_alive_idle_time().expect("keep-alive-idle-time") > 0, "{value}");
        });
    }
}

fn the_interval_is_what_was_set() {
    every(|socket| {
        assert!(socket.keep_alive_interval().expect("a default") > 0);
        assert_eq!(socket.set_keep_alive_interval(7 * SECOND), Ok(()));
        assert_eq!(socket.keep_alive_interval(), Ok(7 * SECOND));
    });
}

fn an_interval_of_zero_is_an_invalid_argument() {
    every(|socket| fails(socket.set_keep_alive_interval(0), INVALID));
}

fn any_other_interval_is_taken() {
    for value in [1, SECOND - 1, SECOND, 3600 * SECOND, 1 << 50, u64::MAX] {
        every(|socket| {
            assert_eq!(socket.set_keep_alive_interval(value), Ok(()), "{value}");
            assert!(socket.keep_alive_interval().expect("keep-alive-interval") > 0, "{value}");
        });
    }
}

fn the_count_is_what_was_set() {
    every(|socket| {
        assert!(socket.keep_alive_count().expect("a default") > 0);
        assert_eq!(socket.set_keep_alive_count(5), Ok(()));
        assert_eq!(socket.keep_alive_count(), Ok(5));
    });
}

fn a_count_of_zero_is_an_invalid_argument() {
    every(|socket| fails(socket.set_keep_alive_count(0), INVALID));
}

fn any_other_count_is_taken() {
    for value in [1, 127, 128, 1000, u32::MAX] {
        every(|socket| {
            assert_eq!(socket.set_keep_alive_count(value), Ok(()), "{value}");
            assert!(socket.keep_alive_count().expect("keep-alive-count") > 0, "{value}");
        });
    }
}

fn the_hop_limit_is_what_was_set() {
    every(|socket| {
        assert!(socket.hop_limit().expect("a default") > 0);
        assert_eq!(socket.set_hop_limit(42), Ok(()));
        assert_eq!(socket.hop_limit(), Ok(42));
    });
}

/// "The TTL value must be 1 or higher."
fn a_hop_limit_of_zero_is_an_invalid_argument() {
    every(|socket| fails(socket.set_hop_limit(0), INVALID));
}

fn every_other_hop_limit_is_taken() {
    for value in [1, 2, 64, 254, 255] {
        every(|socket| {
            assert_eq!(socket.set_hop_limit(value), Ok(()), "{value}");
            assert_eq!(socket.hop_limit(), Ok(value));
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

fn keep_alive_for_ever() {
    let socket = tcp(IpAddressFamily::Ipv4);
    for shift in 30..64 {
        assert_eq!(socket.set_keep_alive_idle_time(u64::MAX >> (63 - shift)), Ok(()), "{shift}");
        assert_eq!(socket.set_keep_alive_interval(u64::MAX >> (63 - shift)), Ok(()), "{shift}");
    }
}
