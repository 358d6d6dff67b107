//! TLS: trust, HTTP/2, and the client's own certificate.

use std::convert::Infallible;
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tambo_kernel::http::{HttpError, NoBody, Request, Response};
use tambo_kernel_http::{Client, ClientConfig, Identity, SentBody};
use tokio::net::TcpListener;
use tokio::task::spawn_local;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::rig::*;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    fn identity(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        Identity { certificates: certificate.pem().into_bytes(), key: key.serialize_pem().into_bytes() }
    }
}

/// A server that answers with the version of HTTP it was asked in. `asks` for a client's certificate.
async fn server(authority: &Authority, protocols: &[&str], asks: bool) -> String {
    let identity = authority.identity("localhost");
    let chain = CertificateDer::pem_slice_iter(&identity.certificates).collect::<Result<Vec<_>, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(&identity.key).unwrap();
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = match asks {
        false => builder.with_no_client_auth(),
        true => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(&authority.pem()).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, key).unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            spawn_local(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let service = service_fn(|request: Request<Incoming>| async move {
                    let mut response = Response::new(SentBody::new(NoBody));
                    let version = format!("{:?} {}", request.version(), request.uri());
                    response.headers_mut().insert("x-seen", version.parse().unwrap());
                    Ok::<_, Infallible>(response)
                });
                let stream = TokioIo::new(stream);
                match is_h2 {
                    true => drop(http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await),
                    false => drop(http1::Builder::new().serve_connection(stream, service).await),
                }
            });
        }
    });
    format!("https://localhost:{port}/path")
}

async fn seen(client: &Client, uri: &str) -> Result<String, HttpError> {
    let response = get(&near_guest(client), uri).await?;
    Ok(response.headers().map()["x-seen"].to_str().unwrap().to_owned())
}

fn trusting(authority: &Authority) -> ClientConfig {
    ClientConfig { extra_roots: vec![authority.pem()], ..ClientConfig::default() }
}

#[test]
fn both_versions_are_spoken_over_tls() {
    in_runtime(async {
        let authority = Authority::new();
        let client = local_client(trusting(&authority));
        let old = server(&authority, &["http/1.1"], false).await;
        assert_eq!(seen(&client, &old).await, Ok("HTTP/1.1 /path".to_owned()));
        let new = server(&authority, &["h2", "http/1.1"], false).await;
        for _ in 0..3 {
            assert_eq!(seen(&client, &new).await, Ok(format!("HTTP/2.0 {new}")));
        }
        let silent = server(&authority, &[], false).await;
        assert_eq!(seen(&client, &silent).await, Ok("HTTP/1.1 /path".to_owned()));
    });
}

#[test]
fn who_is_not_trusted_is_not_talked_to() {
    in_runtime(async {
        let uri = server(&Authority::new(), &["http/1.1"], false).await;
        let client = local_client(trusting(&Authority::new()));
        assert_eq!(seen(&client, &uri).await, Err(HttpError::TlsCertificateError));
        let plain = Server::start().await;
        let failed = seen(&client, &format!("https://localhost:{}/", plain.address.port())).await;
        assert!(failed.is_err(), "{failed:?}");
    });
}

#[test]
fn a_client_shows_its_certificate() {
    in_runtime(async {
        let authority = Authority::new();
        let uri = server(&authority, &["http/1.1"], true).await;
        let nobody = seen(&local_client(trusting(&authority)), &uri).await;
        assert!(nobody.is_err(), "{nobody:?}");
        let somebody = ClientConfig { identity: Some(authority.identity("client")), ..trusting(&authority) };
        assert_eq!(seen(&local_client(somebody), &uri).await, Ok("HTTP/1.1 /path".to_owned()));
    });
}

#[test]
fn what_is_no_certificate_is_refused() {
    let nothing = ClientConfig { extra_roots: vec![b"no pem".to_vec()], ..ClientConfig::default() };
    assert!(Client::background(nothing).is_err());
    let identity = Identity { certificates: Authority::new().pem(), key: b"no key".to_vec() };
    assert!(Client::background(ClientConfig { identity: Some(identity), ..ClientConfig::default() }).is_err());
}
