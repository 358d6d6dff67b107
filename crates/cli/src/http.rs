//! From options to what a program may ask of other servers, and a client that asks for it.

use std::path::Path;
use std::rc::Rc;

use tambo::os::blob_store::read_file;
use tambo::{Error, ErrorKind, Grant};
use tambo_kernel_http::{Client, ClientConfig, Driver, Identity};

use crate::args::HttpOptions;

/// The largest file of certificates.
const MAX_PEM: usize = 16 << 20;

/// Grant what the rules allow. The driver carries out the requests, on the thread of the guests.
pub(crate) fn grant(options: &HttpOptions, grant: &mut Grant) -> Result<Option<Driver>, Error> {
    if options.rules.is_empty() {
        return Ok(None);
    }
    let (client, driver) = Client::local(client_config(options)?)
        .map_err(|error| Error::new(ErrorKind::Grant, format!("--http-ca, --http-cert: {error}")))?;
    grant.allow_http(options.rules.iter().cloned()).http_client(Rc::new(client));
    Ok(Some(driver))
}

fn client_config(options: &HttpOptions) -> Result<ClientConfig, Error> {
    let extra_roots = options.authorities.iter().map(|path| read_pem(path)).collect::<Result<_, _>>()?;
    let identity = options.certificate.as_ref().map(|path| read_pem(path)).transpose()?;
    let identity = identity.map(|pem| Identity { certificates: pem.clone(), key: pem });
    Ok(ClientConfig { extra_roots, identity, ..ClientConfig::default() })
}

fn read_pem(path: &Path) -> Result<Vec<u8>, Error> {
    read_file(path, MAX_PEM)
        .map_err(|error| Error::new(ErrorKind::Grant, format!("cannot read {}: {error}", path.display())))
}
