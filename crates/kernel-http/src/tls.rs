//! What a client trusts, and how it proves who it is.

use std::fmt;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig as RustlsConfig, RootCertStore};

use crate::ClientConfig;

/// Certificates or a key that cannot be used, and why.
#[derive(Debug)]
pub struct TlsError {
    part: TlsPart,
    message: String,
}

/// Which part of a [`ClientConfig`] an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsPart {
    /// Of the extra roots, the one at this index.
    ExtraRoots(usize),
    /// The identity.
    Identity,
    /// None: the library of TLS itself.
    Library,
}

impl TlsError {
    fn new(part: TlsPart, message: impl Into<String>) -> Self {
        Self { part, message: message.into() }
    }

    /// What it is about.
    pub fn part(&self) -> TlsPart {
        self.part
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TlsError {}

/// Makes TLS of connections; HTTP/2 if the server has it.
pub(crate) fn connector(config: &ClientConfig) -> Result<TlsConnector, TlsError> {
    let mut roots = RootCertStore::empty();
    if !config.only_extra_roots {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for (index, pem) in config.extra_roots.iter().enumerate() {
        let unusable = |message| TlsError::new(TlsPart::ExtraRoots(index), message);
        for certificate in certificates(pem).map_err(unusable)? {
            roots.add(certificate).map_err(|error| unusable(format!("a root certificate: {error}")))?;
        }
    }
    let builder = RustlsConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::new(TlsPart::Library, error.to_string()))?
        .with_root_certificates(roots);
    let mut tls = match &config.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let unusable = |message| TlsError::new(TlsPart::Identity, message);
            let key = PrivateKeyDer::from_pem_slice(&identity.key)
                .map_err(|error| unusable(format!("the private key: {error}")))?;
            builder
                .with_client_auth_cert(certificates(&identity.certificates).map_err(unusable)?, key)
                .map_err(|error| unusable(format!("the client's certificate: {error}")))?
        }
    };
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(tls)))
}

/// At least one certificate; or what is wrong, in words.
fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err("no certificate in it: PEM is expected".to_owned()),
        Err(error) => Err(format!("a certificate: {error}")),
    }
}
