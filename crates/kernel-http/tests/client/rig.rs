//! A server that answers by path and counts, guests that ask it, and a runtime for both.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::Future;
use std::io::IoSliceMut;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tambo_kernel::http::{
    BodyOf, GuestHttp, HeaderMap, HttpClient, HttpError, IncomingResponse, Method, OutgoingRequest, Request,
    RequestOptions, Response, body,
};
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::{Error, Grant};
use tambo_kernel_http::{Client, ClientConfig, SentBody};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::sleep;

/// Runs a test where a server's worker would run.
pub(crate) fn in_runtime(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(Duration::from_secs(20), test).await.expect("the test hangs") };
    runtime.block_on(LocalSet::new().run_until(bounded));
}

/// A client that runs beside its test.
pub(crate) fn local_client(config: ClientConfig) -> Client {
    let (client, driver) = Client::local(config).unwrap();
    spawn_local(driver.run());
    client
}

/// A guest with these rules for requests and for sockets.
pub(crate) fn guest(client: &Client, rules: &[&str], network: &[&str]) -> GuestHttp {
    let mut grant = Grant::new(tambo_kernel_os::system());
    grant.http = Some(Rc::new(client.clone()) as Rc<dyn HttpClient>);
    grant.http_rules = Arc::new(rules.iter().map(|rule| rule.parse().unwrap()).collect());
    grant.network_rules = Arc::new(network.iter().map(|rule| rule.parse().unwrap()).collect());
    GuestHttp::new(&grant)
}

/// A guest that may ask any server on loopback.
pub(crate) fn near_guest(client: &Client) -> GuestHttp {
    guest(client, &["*://127.0.0.0/8:*", "*://localhost:*"], &[])
}

pub(crate) fn request(guest: &GuestHttp, uri: &str) -> OutgoingRequest {
    let uri: tambo_kernel::http::Uri = uri.parse().unwrap();
    let parts = uri.into_parts();
    let mut request = OutgoingRequest::new(guest.fields(), guest.account());
    (request.scheme, request.authority, request.path_with_query) =
        (parts.scheme, parts.authority, parts.path_and_query);
    request
}

/// Send and wait for the head.
pub(crate) async fn send(
    guest: &GuestHttp,
    request: OutgoingRequest,
    options: RequestOptions,
) -> Result<IncomingResponse, HttpError> {
    let response = guest.send(request, options)?.await.expect("a client keeps its promises")?;
    Ok(IncomingResponse::new(response, guest.account()))
}

pub(crate) async fn get(guest: &GuestHttp, uri: &str) -> Result<IncomingResponse, HttpError> {
    send(guest, request(guest, uri), RequestOptions::default()).await
}

/// The status and all of the body, or how it failed.
pub(crate) async fn get_text(guest: &GuestHttp, uri: &str) -> Result<(u16, String), HttpError> {
    let mut response = get(guest, uri).await?;
    let text = read(&mut response).await?;
    Ok((response.status.as_u16(), text))
}

pub(crate) async fn read(response: &mut IncomingResponse) -> Result<String, HttpError> {
    let body = response.take_body().unwrap();
    let mut text = Vec::new();
    let mut buffer = [0; 1000];
    loop {
        match body.read(&mut [IoSliceMut::new(&mut buffer)], Wait::Try) {
            Ok(0) => return Ok(String::from_utf8(text).unwrap()),
            Ok(count) => text.extend_from_slice(&buffer[..count]),
            Err(Error::WouldBlock) => sleep(Duration::from_millis(1)).await,
            Err(_) => return Err(body.http_error().unwrap()),
        }
    }
}

/// A server; what it saw.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) connections: Rc<Cell<usize>>,
    pub(crate) requests: Rc<RefCell<Vec<(Method, String, HeaderMap)>>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, connections: Rc::default(), requests: Rc::default() };
        let (connections, requests) = (server.connections.clone(), server.requests.clone());
        spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.set(connections.get() + 1);
                let requests = requests.clone();
                let service = service_fn(move |request| answer(request, requests.clone()));
                spawn_local(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        server
    }

    pub(crate) fn uri(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

type Answer = Response<SentBody>;

async fn answer(
    request: Request<Incoming>,
    requests: Rc<RefCell<Vec<(Method, String, HeaderMap)>>>,
) -> Result<Answer, Infallible> {
    let path = request.uri().to_string();
    requests.borrow_mut().push((request.method().clone(), path.clone(), request.headers().clone()));
    let (writer, reader) = body(BodyOf::Response, 1 << 20, None);
    let mut response = Response::new(SentBody::new(reader));
    let stream = writer.stream();
    let write = move |bytes: &[u8]| stream.write(&[std::io::IoSlice::new(bytes)], Wait::Try).map(drop);
    match path.as_str() {
        "/echo" => {
            let source = tambo_kernel_http::received(request).into_body();
            let incoming = tambo_kernel::http::IncomingBody::new(source);
            while let Err(Error::WouldBlock) | Ok(Some(_)) = incoming
                .take_chunk(1 << 20, Wait::Try)
                .inspect(|chunk| write(chunk.as_deref().unwrap_or_default()).unwrap())
            {
                sleep(Duration::from_millis(1)).await;
            }
            writer.finish(None).unwrap();
        }
        "/redirect" => {
            *response.status_mut() = http::StatusCode::FOUND;
            response.headers_mut().insert("location", http::HeaderValue::from_static("/hello"));
            writer.finish(None).unwrap();
        }
        "/slow" => {
            sleep(Duration::from_secs(60)).await;
            drop(writer);
        }
        "/stalled" => {
            spawn_local(async move {
                write(b"begun").unwrap();
                sleep(Duration::from_secs(60)).await;
                drop(writer);
            });
        }
        "/broken" => {
            spawn_local(async move {
                write(b"begun").unwrap();
                sleep(Duration::from_millis(20)).await;
                drop(writer);
            });
        }
        "/trailers" => {
            response.headers_mut().insert("trailer", http::HeaderValue::from_static("x-sum"));
            write(b"hello").unwrap();
            let mut trailers = HeaderMap::new();
            trailers.insert("x-sum", http::HeaderValue::from_static("5"));
            writer.finish(Some(trailers)).unwrap();
        }
        "/close" => {
            response.headers_mut().insert("connection", http::HeaderValue::from_static("close"));
            writer.finish(None).unwrap();
        }
        _ => {
            write(b"hello").unwrap();
            writer.finish(None).unwrap();
        }
    }
    Ok(response)
}

/// A server that says the same to everybody, whatever they ask, and then closes.
pub(crate) async fn blunt_server(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn_local(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            drop(stream.read(&mut [0; 4096]).await);
            drop(stream.write_all(answer).await);
        }
    });
    format!("http://{address}/")
}

/// A chunk, for bodies.
pub(crate) fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}
