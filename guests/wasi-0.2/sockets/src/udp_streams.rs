//! UDP: `stream`, `remote-address`, and the streams of datagrams.

use conformance::net::{Datagrams, any, bound_udp, datagrams, fails, loopback, udp};
use conformance::wasi::clocks::monotonic_clock::subscribe_duration;
use conformance::wasi::io::poll::poll;
use conformance::wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use conformance::wasi::sockets::udp::{IncomingDatagram, OutgoingDatagram};

conformance::cases! {
    "udp/udp-socket.stream":
        of_an_unbound_socket_is_an_invalid_state,
        the_wrong_family_is_an_invalid_argument,
        the_address_of_all_interfaces_is_an_invalid_argument,
        port_0_is_an_invalid_argument,
        keeps_strangers_out,
        may_be_called_again,
        may_go_from_one_peer_to_all,
        called_again_before_the_old_streams_are_dropped;
    "udp/udp-socket.remote-address":
        without_a_peer_is_an_invalid_state,
        of_an_unbound_socket,
        is_the_peer_s;
    "udp/incoming-datagram-stream.receive":
        returns_what_was_sent_and_by_whom,
        over_version_6,
        at_most_max_results,
        max_results_of_zero,
        any_number_of_results_is_valid,
        nothing_is_there_and_it_does_not_wait,
        an_empty_datagram_is_one,
        keeps_datagrams_apart;
    "udp/incoming-datagram-stream.subscribe":
        is_ready_when_a_datagram_arrives;
    "udp/outgoing-datagram-stream.check-send":
        permits_a_datagram;
    "udp/outgoing-datagram-stream.send":
        returns_how_many_were_sent,
        an_empty_list,
        to_the_peer_without_an_address,
        to_the_peer_by_its_address,
        to_another_than_the_peer_is_an_invalid_argument,
        without_any_address_is_an_invalid_argument,
        to_the_wrong_family_is_an_invalid_argument,
        to_the_address_of_all_interfaces_is_an_invalid_argument,
        to_port_0_is_an_invalid_argument,
        too_large_a_datagram,
        an_error_after_a_success_is_not_told,
        without_a_permit_traps,
        more_than_permitted_traps;
    "udp/outgoing-datagram-stream.subscribe":
        is_ready_when_a_datagram_is_permitted;
    "resources/udp-socket":
        dropped_before_its_streams,
        streams_dropped_before_their_pollables;
}

const V4: IpAddressFamily = IpAddressFamily::Ipv4;
const V6: IpAddressFamily = IpAddressFamily::Ipv6;
const INVALID: &[ErrorCode] = &[ErrorCode::InvalidArgument];
const STATE: &[ErrorCode] = &[ErrorCode::InvalidState];

fn to(address: IpSocketAddress, data: &[u8]) -> OutgoingDatagram {
    OutgoingDatagram { data: data.to_vec(), remote_address: Some(address) }
}

fn to_peer(data: &[u8]) -> OutgoingDatagram {
    OutgoingDatagram { data: data.to_vec(), remote_address: None }
}

/// Send one, when that is permitted.
fn send(from: &Datagrams, datagram: OutgoingDatagram) -> Result<u64, ErrorCode> {
    while from.outgoing.check_send().expect("check-send") == 0 {
        from.outgoing.subscribe().block();
    }
    from.outgoing.send(&[datagram])
}

/// Receive one, whatever time that takes.
fn receive(at: &Datagrams) -> IncomingDatagram {
    loop {
        match at.incoming.receive(1).expect("receive").pop() {
            Some(datagram) => return datagram,
            None => at.incoming.subscribe().block(),
        }
    }
}

/// Nothing arrives for a while.
#[track_caller]
fn receives_nothing(at: &Datagrams) {
    let readable = at.incoming.subscribe();
    let soon = subscribe_duration(50_000_000);
    poll(&[&readable, &soon]);
    let received = at.incoming.receive(10).expect("receive");
    assert!(received.is_empty(), "{received:?}");
}

fn of_an_unbound_socket_is_an_invalid_state() {
    fails(udp(V4).stream(None), STATE);
    fails(udp(V4).stream(Some(loopback(V4, 9))), STATE);
}

fn the_wrong_family_is_an_invalid_argument() {
    fails(bound_udp(V4).0.stream(Some(loopback(V6, 9))), INVALID);
    fails(bound_udp(V6).0.stream(Some(loopback(V4, 9))), INVALID);
}

fn the_address_of_all_interfaces_is_an_invalid_argument() {
    fails(bound_udp(V4).0.stream(Some(any(V4, 9))), INVALID);
    fails(bound_udp(V6).0.stream(Some(any(V6, 9))), INVALID);
}

fn port_0_is_an_invalid_argument() {
    fails(bound_udp(V4).0.stream(Some(loopback(V4, 0))), INVALID);
}

/// "`receive` will only return datagrams sent from the provided `remote-address`."
fn keeps_strangers_out() {
    let friend = datagrams(V4, None);
    let ours = datagrams(V4, Some(friend.address));
    let stranger = datagrams(V4, None);
    assert_eq!(send(&stranger, to(ours.address, b"strange")), Ok(1));
    receives_nothing(&ours);
    assert_eq!(send(&friend, to(ours.address, b"friendly")), Ok(1));
    assert_eq!(receive(&ours).data, b"friendly");
}

/// "This method may be called multiple times on the same socket to change its association".
fn may_be_called_again() {
    let (first, second) = (datagrams(V4, None), datagrams(V4, None));
    let ours = datagrams(V4, Some(first.address));
    assert_eq!(send(&ours, to_peer(b"1")), Ok(1));
    assert_eq!(receive(&first).data, b"1");
    let Datagrams { incoming, outgoing, socket, address } = ours;
    drop((incoming, outgoing));
    let (incoming, outgoing) = socket.stream(Some(second.address)).expect("stream, again");
    assert_eq!(socket.remote_address(), Ok(second.address));
    let ours = Datagrams { incoming, outgoing, socket, address };
    assert_eq!(send(&ours, to_peer(b"2")), Ok(1));
    assert_eq!(receive(&second).data, b"2");
    receives_nothing(&first);
}

fn may_go_from_one_peer_to_all() {
    let (first, second) = (datagrams(V4, None), datagrams(V4, None));
    let Datagrams { incoming, outgoing, socket, address } = datagrams(V4, Some(first.address));
    drop((incoming, outgoing));
    let (incoming, outgoing) = socket.stream(None).expect("stream, again");
    fails(socket.remote_address(), STATE);
    assert_eq!(socket.local_address(), Ok(address), "it is bound still");
    let ours = Datagrams { incoming, outgoing, socket, address };
    assert_eq!(send(&second, to(ours.address, b"from the second")), Ok(1));
    assert_eq!(receive(&ours).data, b"from the second");
}

/// "Implementations may trap if the streams returned by a previous invocation haven't been dropped yet": or all is well.
fn called_again_before_the_old_streams_are_dropped() {
    let peer = datagrams(V4, None);
    let ours = datagrams(V4, None);
    let (incoming, outgoing) = ours.socket.stream(Some(peer.address)).expect("stream, again");
    drop((incoming, outgoing));
}

/// "The socket is not streaming to a specific remote address."
fn without_a_peer_is_an_invalid_state() {
    fails(bound_udp(V4).0.remote_address(), STATE);
    fails(datagrams(V4, None).socket.remote_address(), STATE);
}

fn of_an_unbound_socket() {
    fails(udp(V4).remote_address(), STATE);
}

fn is_the_peer_s() {
    let peer = datagrams(V4, None);
    assert_eq!(datagrams(V4, Some(peer.address)).socket.remote_address(), Ok(peer.address));
}

fn returns_what_was_sent_and_by_whom() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    assert_eq!(send(&sender, to(receiver.address, b"hello")), Ok(1));
    let received = receive(&receiver);
    assert_eq!(received.data, b"hello");
    assert_eq!(received.remote_address, sender.address);
}

fn over_version_6() {
    let (sender, receiver) = (datagrams(V6, None), datagrams(V6, None));
    assert_eq!(send(&sender, to(receiver.address, b"hello")), Ok(1));
    let received = receive(&receiver);
    assert_eq!((received.data, received.remote_address), (b"hello".to_vec(), sender.address));
}

fn at_most_max_results() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    for number in 0..5 {
        assert_eq!(send(&sender, to(receiver.address, &[number])), Ok(1));
    }
    let mut received = Vec::new();
    while received.len() < 5 {
        receiver.incoming.subscribe().block();
        let more = receiver.incoming.receive(2).expect("receive");
        assert!(more.len() <= 2);
        received.extend(more.into_iter().map(|datagram| datagram.data[0]));
    }
    assert_eq!(received, [0, 1, 2, 3, 4]);
}

fn max_results_of_zero() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    assert_eq!(send(&sender, to(receiver.address, b"x")), Ok(1));
    receiver.incoming.subscribe().block();
    assert!(receiver.incoming.receive(0).expect("receive").is_empty());
    assert_eq!(receive(&receiver).data, b"x");
}

fn any_number_of_results_is_valid() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    assert_eq!(send(&sender, to(receiver.address, b"x")), Ok(1));
    receiver.incoming.subscribe().block();
    let received = receiver.incoming.receive(u64::MAX).expect("receive");
    assert_eq!(received.len(), 1);
}

/// "This function never returns `error(would-block)`."
fn nothing_is_there_and_it_does_not_wait() {
    let receiver = datagrams(V4, None);
    assert!(receiver.incoming.receive(10).expect("receive").is_empty());
    assert!(!receiver.incoming.subscribe().ready());
}

fn an_empty_datagram_is_one() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    assert_eq!(send(&sender, to(receiver.address, b"")), Ok(1));
    assert_eq!(receive(&receiver).data, b"");
}

fn keeps_datagrams_apart() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    let large = vec![7; 8000];
    for data in [&b"one"[..], &large, b"three"] {
        assert_eq!(send(&sender, to(receiver.address, data)), Ok(1));
        assert_eq!(receive(&receiver).data, data);
    }
}

fn is_ready_when_a_datagram_arrives() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    let pollable = receiver.incoming.subscribe();
    let soon = subscribe_duration(10_000_000);
    assert_eq!(poll(&[&pollable, &soon]), [1]);
    assert_eq!(send(&sender, to(receiver.address, b"x")), Ok(1));
    pollable.block();
    assert_eq!(receiver.incoming.receive(1).expect("receive").len(), 1);
}

fn permits_a_datagram() {
    assert!(datagrams(V4, None).outgoing.check_send().expect("check-send") > 0);
}

fn returns_how_many_were_sent() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    let permitted = sender.outgoing.check_send().expect("check-send").min(3);
    let list: Vec<_> = (0..permitted).map(|number| to(receiver.address, &[number as u8])).collect();
    let sent = sender.outgoing.send(&list).expect("send");
    assert!((1..=permitted).contains(&sent));
    for number in 0..sent {
        assert_eq!(receive(&receiver).data, [number as u8]);
    }
}

/// "If the input list is empty, the function returns `ok(0)`."
fn an_empty_list() {
    let sender = datagrams(V4, None);
    sender.outgoing.check_send().expect("check-send");
    assert_eq!(sender.outgoing.send(&[]), Ok(0));
}

fn to_the_peer_without_an_address() {
    let receiver = datagrams(V4, None);
    let sender = datagrams(V4, Some(receiver.address));
    assert_eq!(send(&sender, to_peer(b"x")), Ok(1));
    assert_eq!(receive(&receiver).remote_address, sender.address);
}

/// "this field must be None or match the stream's remote address exactly."
fn to_the_peer_by_its_address() {
    let receiver = datagrams(V4, None);
    let sender = datagrams(V4, Some(receiver.address));
    assert_eq!(send(&sender, to(receiver.address, b"x")), Ok(1));
    assert_eq!(receive(&receiver).data, b"x");
}

fn to_another_than_the_peer_is_an_invalid_argument() {
    let (peer, other) = (datagrams(V4, None), datagrams(V4, None));
    let sender = datagrams(V4, Some(peer.address));
    fails(send(&sender, to(other.address, b"x")), INVALID);
    receives_nothing(&other);
}

fn without_any_address_is_an_invalid_argument() {
    fails(send(&datagrams(V4, None), to_peer(b"x")), INVALID);
}

fn to_the_wrong_family_is_an_invalid_argument() {
    fails(send(&datagrams(V4, None), to(loopback(V6, 9), b"x")), INVALID);
    fails(send(&datagrams(V6, None), to(loopback(V4, 9), b"x")), INVALID);
}

fn to_the_address_of_all_interfaces_is_an_invalid_argument() {
    fails(send(&datagrams(V4, None), to(any(V4, 9), b"x")), INVALID);
    fails(send(&datagrams(V6, None), to(any(V6, 9), b"x")), INVALID);
}

fn to_port_0_is_an_invalid_argument() {
    fails(send(&datagrams(V4, None), to(loopback(V4, 0), b"x")), INVALID);
}

fn too_large_a_datagram() {
    let receiver = datagrams(V4, None);
    for size in [65_508, 65_536, 1 << 20] {
        let sender = datagrams(V4, None);
        fails(send(&sender, to(receiver.address, &vec![0; size])), &[ErrorCode::DatagramTooLarge]);
    }
    receives_nothing(&receiver);
}

/// "If at least one datagram has been sent successfully, this function never returns an error."
fn an_error_after_a_success_is_not_told() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    if sender.outgoing.check_send().expect("check-send") < 2 {
        return;
    }
    assert_eq!(sender.outgoing.send(&[to(receiver.address, b"good"), to(loopback(V4, 0), b"bad")]), Ok(1));
    assert_eq!(receive(&receiver).data, b"good");
}

/// "Implementations must trap if either `check-send` was not called".
fn without_a_permit_traps() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    let sent = sender.outgoing.send(&[to(receiver.address, b"x")]);
    panic!("it returned {sent:?}");
}

/// "or `datagrams` contains more items than `check-send` permitted."
fn more_than_permitted_traps() {
    let (sender, receiver) = (datagrams(V4, None), datagrams(V4, None));
    let permitted = sender.outgoing.check_send().expect("check-send");
    let list: Vec<_> = (0..=permitted).map(|_| to(receiver.address, b"x")).collect();
    let sent = sender.outgoing.send(&list);
    panic!("{permitted} were permitted, and it returned {sent:?}");
}

fn is_ready_when_a_datagram_is_permitted() {
    let sender = datagrams(V4, None);
    sender.outgoing.subscribe().block();
    assert!(sender.outgoing.check_send().expect("check-send") > 0);
}

/// The text has no word on it: all is well, or it traps.
fn dropped_before_its_streams() {
    let receiver = datagrams(V4, None);
    let Datagrams { incoming, outgoing, socket, .. } = datagrams(V4, None);
    drop(socket);
    outgoing.check_send().expect("check-send");
    assert_eq!(outgoing.send(&[to(receiver.address, b"x")]), Ok(1));
    drop((incoming, outgoing));
}

/// The text has no word on it: all is well, or it traps.
fn streams_dropped_before_their_pollables() {
    let Datagrams { incoming, outgoing, .. } = datagrams(V4, None);
    let (readable, writable) = (incoming.subscribe(), outgoing.subscribe());
    drop((incoming, outgoing));
    readable.ready();
    writable.ready();
}
