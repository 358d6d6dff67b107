//! TLS: both protocols by ALPN, and a certificate that is replaced.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::Client;
use crate::frames::{Connection, END_STREAM};
use crate::server::{PATIENCE, Server, web};

/// A new certificate for `localhost`, written as files; answers it.
fn certificate(directory: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(directory.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    fs::write(directory.join("cert.pem"), made.cert.pem()).unwrap();
    made.cert.der().clone()
}

fn connect(
    server: &Server,
    trusted: &CertificateDer<'static>,
    alpn: &[u8],
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let mut config =
        builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), server.connect())
}

#[test]
fn both_protocols_and_a_new_certificate() {
    let directory = tempfile::tempdir().unwrap();
    let first = certificate(directory.path());
    let path = |name: &str| directory.path().join(name).display().to_string();
    let server = Server::start_with(&web(), &["--tls-cert", &path("cert.pem"), "--tls-key", &path("key.pem")]);

    let mut client = Client::new(connect(&server, &first, b"http/1.1"));
    assert_eq!(client.get("/hello").text(), "hello, world\n");
    assert!(client.get("/request").text().contains("Https"));
    let mut connection = Connection::open(connect(&server, &first, b"h2"));
    connection.request(1, "GET", "/hello", END_STREAM);
    connection.wait_for_end();
    assert_eq!((connection.status(1), connection.body(1)), (Some(200), &b"hello, world\n"[..]));

    let second = certificate(directory.path());
    let begin = Instant::now();
    loop {
        let mut stream = connect(&server, &second, b"http/1.1");
        if stream.conn.complete_io(&mut stream.sock).is_ok() {
            break assert_eq!(Client::new(stream).get("/hello").status, 200);
        }
        assert!(begin.elapsed() < PATIENCE, "the old certificate is still there");
    }
    assert_eq!(client.get("/hello").status, 200, "connections that are there go on");
    server.wait_for_line("reloaded the certificate");
}

#[test]
fn who_speaks_no_tls_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let trusted = certificate(directory.path());
    let path = |name: &str| directory.path().join(name).display().to_string();
    let server = Server::start_with(&web(), &["--tls-cert", &path("cert.pem"), "--tls-key", &path("key.pem")]);
    let mut plain = server.client();
    plain.send("GET /hello HTTP/1.1\r\nhost: test\r\n\r\n");
    assert!(plain.try_read().is_none());
    assert_eq!(Client::new(connect(&server, &trusted, b"http/1.1")).get("/hello").status, 200);
}
