//! TLS: a certificate and its key from PEM files, for HTTP/2 and HTTP/1.1 by ALPN.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tambo::os::blob_store::{file_identity, read_regular_file};
use tambo::{Error, ErrorKind};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The name of HTTP/2 in ALPN.
pub(crate) const HTTP_2: &[u8] = b"h2";
/// The largest file that is taken for a certificate.
const MAX_FILE: usize = 1 << 20;

/// Where the certificate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

impl TlsFiles {
    /// Read them. Answers also a number that is another one if they say something else.
    pub(crate) fn load(&self) -> Result<(Arc<ServerConfig>, u64), Error> {
        let (certificate, key) = (read(&self.certificate)?, read(&self.key)?);
        let mut contents = DefaultHasher::new();
        (&certificate, &key).hash(&mut contents);
        let chain = CertificateDer::pem_slice_iter(&certificate)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| failed(&self.certificate, &error))?;
        let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| failed(&self.key, &error))?;
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| failed(&self.certificate, &error))?;
        let mut config = builder
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| failed(&self.certificate, &error))?;
        config.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
        Ok((Arc::new(config), contents.finish()))
    }

    /// What changes when the files do.
    pub(crate) fn identity(&self) -> (Option<String>, Option<String>) {
        (file_identity(&self.certificate), file_identity(&self.key))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    read_regular_file(path, MAX_FILE).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::File, format!("{}: {error}", path.display()))
        .with_hint("--tls-cert wants a PEM chain, --tls-key its PEM key")
}
