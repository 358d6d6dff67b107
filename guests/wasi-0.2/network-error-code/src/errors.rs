//! `wasi:sockets/network`, of the errors of streams.

use conformance::files::TOO_FAR;
use conformance::net::pair;
use conformance::wasi::filesystem::preopens::get_directories;
use conformance::wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
use conformance::wasi::io::streams::StreamError;
use conformance::wasi::sockets::network::IpAddressFamily;

use crate::bindings::wasi::sockets::network::{ErrorCode, network_error_code};

conformance::cases! {
    "network/network-error-code":
        of_a_connection_that_was_reset,
        an_error_of_a_file_is_none_of_the_network;
}

/// A socket that is closed with data unread resets the connection.
fn of_a_connection_that_was_reset() {
    let (client, server) = pair(IpAddressFamily::Ipv4);
    client.output.blocking_write_and_flush(b"never read").expect("a write");
    server.input.subscribe().block();
    drop(server);
    loop {
        match client.output.blocking_write_and_flush(b"more") {
            Ok(()) => {}
            // The peer is gone, and the host need not say how.
            Err(StreamError::Closed) => return,
            Err(StreamError::LastOperationFailed(error)) => {
                let code = network_error_code(&error).expect("an error of the network");
                assert!([ErrorCode::ConnectionReset, ErrorCode::ConnectionAborted].contains(&code), "{code:?}");
                return;
            }
        }
    }
}

/// "Note that this function is fallible because not all stream-related errors are network-related errors."
fn an_error_of_a_file_is_none_of_the_network() {
    let (root, _) = get_directories().into_iter().next().expect("a directory");
    let file = root.open_at(PathFlags::empty(), "file.txt", OpenFlags::empty(), DescriptorFlags::WRITE);
    let stream = file.expect("a file").write_via_stream(TOO_FAR).expect("a stream that fails");
    match stream.blocking_write_and_flush(b"far") {
        Err(StreamError::LastOperationFailed(error)) => assert!(network_error_code(&error).is_none()),
        other => panic!("expected `last-operation-failed`, got {other:?}"),
    }
}
