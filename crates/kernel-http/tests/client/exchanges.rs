//! What exchanges do when all goes well, and how they fail.

use std::cell::Cell;
use std::io::IoSlice;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use tambo_kernel::http::{BodyOf, BodySource, Frame, HeaderMap, HttpError, Method, RequestOptions, body};
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel_http::{Client, ClientConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::rig::*;

#[test]
fn connections_are_used_again() {
    in_runtime(async {
        let server = Server::start().await;
        let guest = near_guest(&local_client(ClientConfig::default()));
        for _ in 0..5 {
            assert_eq!(get_text(&guest, &server.uri("/")).await, Ok((200, "hello".to_owned())));
        }
        assert_eq!(server.connections.get(), 1);
        // One that is busy is not used at the same time.
        let busy = get(&guest, &server.uri("/stalled")).await.unwrap();
        assert_eq!(get_text(&guest, &server.uri("/")).await.unwrap().0, 200);
        assert_eq!(server.connections.get(), 2);
        drop(busy);
    });
}

#[test]
fn guests_share_connections() {
    in_runtime(async {
        let server = Server::start().await;
        let client = local_client(ClientConfig::default());
        for _ in 0..3 {
            get_text(&near_guest(&client), &server.uri("/")).await.unwrap();
        }
        assert_eq!(server.connections.get(), 1);
    });
}

#[test]
fn a_connection_that_was_closed_is_replaced() {
    in_runtime(async {
        let server = Server::start().await;
        let guest = near_guest(&local_client(ClientConfig::default()));
        for _ in 0..3 {
            assert_eq!(get_text(&guest, &server.uri("/close")).await.unwrap().0, 200);
        }
        assert_eq!(server.connections.get(), 3);
    });
}

/// A server that answers the first request of a connection, and closes at the second without a word.
async fn hasty_server() -> (String, Rc<Cell<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    let connections = Rc::new(Cell::new(0));
    let counted = connections.clone();
    spawn_local(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.set(counted.get() + 1);
            spawn_local(async move {
                let mut buffer = [0; 4096];
                assert!(stream.read(&mut buffer).await.unwrap() > 0);
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                assert!(stream.read(&mut buffer).await.unwrap() > 0);
            });
        }
    });
    (uri, connections)
}

/// The server's end and the request have crossed: nobody knows whether it was seen.
#[test]
fn a_request_that_does_no_harm_twice_is_sent_again() {
    in_runtime(async {
        let (uri, connections) = hasty_server().await;
        let guest = near_guest(&local_client(ClientConfig::default()));
        for number in 1..=3 {
            assert_eq!(get_text(&guest, &uri).await, Ok((200, "ok".to_owned())));
            assert_eq!(connections.get(), number);
        }
        let mut post = request(&guest, &uri);
        post.method = Method::POST;
        let failed = send(&guest, post, RequestOptions::default()).await.err();
        assert_eq!(failed, Some(HttpError::ConnectionTerminated));
        assert_eq!(connections.get(), 3);
    });
}

#[test]
fn idle_connections_end() {
    in_runtime(async {
        let server = Server::start().await;
        let config = ClientConfig { idle_time: Duration::from_millis(20), ..ClientConfig::default() };
        let guest = near_guest(&local_client(config));
        get_text(&guest, &server.uri("/")).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        get_text(&guest, &server.uri("/")).await.unwrap();
        assert_eq!(server.connections.get(), 2);
    });
}

#[test]
fn a_body_that_is_complete_goes_out_with_its_length() {
    in_runtime(async {
        let server = Server::start().await;
        let guest = near_guest(&local_client(ClientConfig::default()));
        let mut post = request(&guest, &server.uri("/echo"));
        post.method = Method::POST;
        let writer = post.body().unwrap().unwrap();
        let promised = guest.send(post, RequestOptions::default()).unwrap();
        // As guests do: the request is sent, then its body is written.
        writer.stream().write(&[IoSlice::new(b"some words")], Wait::Try).unwrap();
        writer.finish(None).unwrap();
        let response = promised.await.unwrap().unwrap();
        let mut response = tambo_kernel::http::IncomingResponse::new(response, guest.account());
        assert_eq!(read(&mut response).await.unwrap(), "some words");
        let (method, _, headers) = server.requests.borrow()[0].clone();
        assert_eq!((method, headers["content-length"].to_str().unwrap()), (Method::POST, "10"));
        assert_eq!(headers["host"].to_str().unwrap(), server.address.to_string());
        assert!(!headers.contains_key("transfer-encoding"));
    });
}

#[test]
fn bodies_stream_both_ways() {
    in_runtime(async {
        let server = Server::start().await;
        let guest = near_guest(&local_client(ClientConfig::default()));
        let mut post = request(&guest, &server.uri("/echo"));
        post.method = Method::POST;
        let writer = post.body().unwrap().unwrap();
        let stream = writer.stream();
        stream.write(&[IoSlice::new(b"one ")], Wait::Try).unwrap();
        let promised = guest.send(post, RequestOptions::default()).unwrap();
        sleep(Duration::from_millis(20)).await;
        stream.write(&[IoSlice::new(b"two")], Wait::Try).unwrap();
        writer.finish(None).unwrap();
        let response = promised.await.unwrap().unwrap();
        let mut response = tambo_kernel::http::IncomingResponse::new(response, guest.account());
        assert_eq!(read(&mut response).await.unwrap(), "one two");
    });
}

#[test]
fn trailers_arrive() {
    in_runtime(async {
        let server = Server::start().await;
        let guest = near_guest(&local_client(ClientConfig::default()));
        let mut fields = guest.fields();
        fields.append("te", b"trailers").unwrap();
        let mut wanted = tambo_kernel::http::OutgoingRequest::new(fields, guest.account());
        wanted.scheme = Some(tambo_kernel::http::uri::Scheme::HTTP);
        wanted.authority = Some(server.address.to_string().parse().unwrap());
        wanted.path_with_query = Some("/trailers".parse().unwrap());
        let mut response = send(&guest, wanted, RequestOptions::default()).await.unwrap();
        let body = response.take_body().unwrap();
        std::future::poll_fn(|context| body.poll_end(context)).await;
        assert_eq!(body.take_trailers().unwrap().unwrap().unwrap()["x-sum"], "5");
    });
}

#[test]
fn a_client_in_the_background_serves_a_thread_that_blocks() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (told, address) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let serve = async {
            let server = Server::start().await;
            told.send(server.uri("/")).unwrap();
            sleep(Duration::from_secs(20)).await;
        };
        runtime.block_on(tokio::task::LocalSet::new().run_until(serve));
    });
    let uri = address.recv().unwrap();
    let client = Client::background(ClientConfig::default()).unwrap();
    let guest = near_guest(&client);
    for _ in 0..3 {
        let promised = guest.send(request(&guest, &uri), RequestOptions::default()).unwrap();
        let response = promised.wait(Wait::Block).unwrap().unwrap().unwrap();
        let body = tambo_kernel::http::IncomingBody::new(response.into_body());
        assert_eq!(body.take_chunk(100, Wait::Block).unwrap().unwrap(), bytes("hello"));
        assert_eq!(body.take_chunk(100, Wait::Block), Ok(None));
    }
}

#[test]
fn guests_can_wait_for_less_time() {
    in_runtime(async {
        let server = Server::start().await;
        let guest = near_guest(&local_client(ClientConfig::default()));
        let short = Some(Duration::from_millis(30));
        let first = RequestOptions { first_byte_timeout: short, ..RequestOptions::default() };
        let slow = send(&guest, request(&guest, &server.uri("/slow")), first).await;
        assert_eq!(slow.err(), Some(HttpError::ConnectionReadTimeout));
        let between = RequestOptions { between_bytes_timeout: short, ..RequestOptions::default() };
        let mut stalled = send(&guest, request(&guest, &server.uri("/stalled")), between).await.unwrap();
        assert_eq!(read(&mut stalled).await, Err(HttpError::ConnectionReadTimeout));
    });
}

#[test]
fn failures_have_their_names() {
    in_runtime(async {
        let server = Server::start().await;
        let guest = near_guest(&local_client(ClientConfig { head_bytes: 8 << 10, ..ClientConfig::default() }));
        assert_eq!(get_text(&guest, &server.uri("/broken")).await, Err(HttpError::HttpResponseIncomplete));
        assert_eq!(get_text(&guest, "http://127.0.0.1:1/").await, Err(HttpError::ConnectionRefused));
        let closes = blunt_server(b"").await;
        assert_eq!(get_text(&guest, &closes).await, Err(HttpError::ConnectionTerminated));
        let nonsense = blunt_server(b"SSH-2.0-OpenSSH\r\n\r\n").await;
        assert_eq!(get_text(&guest, &nonsense).await, Err(HttpError::HttpProtocolError));
        let short = blunt_server(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
        assert_eq!(get_text(&guest, &short).await, Err(HttpError::HttpResponseIncomplete));
        let name = guest_text_of_unknown_name(&guest).await;
        assert!(matches!(name, Err(HttpError::DnsError { .. } | HttpError::DestinationNotFound)), "{name:?}");
    });
}

async fn guest_text_of_unknown_name(_: &tambo_kernel::http::GuestHttp) -> Result<(u16, String), HttpError> {
    let guest = guest(&local_client(ClientConfig::default()), &["*"], &[]);
    get_text(&guest, "http://does-not-exist.invalid/").await
}

#[test]
fn a_body_that_fails_fails_its_request() {
    in_runtime(async {
        let server = Server::start().await;
        let guest = near_guest(&local_client(ClientConfig::default()));
        let mut post = request(&guest, &server.uri("/echo"));
        post.method = Method::POST;
        let writer = post.body().unwrap().unwrap();
        writer.stream().write(&[IoSlice::new(b"half")], Wait::Try).unwrap();
        let promised = guest.send(post, RequestOptions::default()).unwrap();
        writer.fail(HttpError::LoopDetected);
        assert_eq!(promised.await.unwrap().err(), Some(HttpError::LoopDetected));
    });
}

#[test]
fn sent_bodies_are_what_their_source_is() {
    let (writer, mut reader) = body(BodyOf::Request, 10, None);
    writer.finish(Some(HeaderMap::new())).unwrap();
    let frame = reader.poll_frame(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(frame, std::task::Poll::Ready(Some(Ok(Frame::Trailers(_))))));
}
