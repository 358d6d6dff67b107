//! From options to what a program may ask of other servers, and a client that asks for it.

use std::path::Path;
use std::rc::Rc;

use tambo::kernel::net::{Direction, Protocol, Rule};
use tambo::os::blob_store::read_file;
use tambo::{Error, ErrorKind, Grant};
use tambo_kernel_http::{Client, ClientConfig, Driver, Identity, TlsError, TlsPart};

use crate::args::{Authority, HttpOptions};

/// The largest file of certificates.
const MAX_PEM: usize = 16 << 20;

/// Whether requests are allowed: by rules for them, or by those for sockets, which allow requests too.
pub(crate) fn is_allowed(options: &Authority) -> bool {
    let connects = |rule: &Rule| match rule {
        Rule::Use { protocol, direction, .. } => {
            *protocol != Some(Protocol::Udp) && *direction != Some(Direction::Listen)
        }
        Rule::LookUp(_) => false,
    };
    options.inherit_network || !options.http.rules.is_empty() || options.allow_net.iter().any(connects)
}

/// Grant what the rules allow. The driver carries out the requests, on the thread of the guests.
pub(crate) fn grant(options: &Authority, grant: &mut Grant) -> Result<Option<Driver>, Error> {
    if !is_allowed(options) {
        return refuse_idle_files(&options.http).map(|()| None);
    }
    let options = &options.http;
    let (client, driver) =
        Client::local(client_config(options)?).map_err(|error| unusable_certificates(options, &error))?;
    grant.allow_http(options.rules.iter().cloned()).http_client(Rc::new(client));
    Ok(Some(driver))
}

/// Whoever names certificates believes that requests are sent.
fn refuse_idle_files(options: &HttpOptions) -> Result<(), Error> {
    let option = match options {
        HttpOptions { authorities, .. } if !authorities.is_empty() => "--http-ca",
        HttpOptions { certificate: Some(_), .. } => "--http-cert",
        _ => return Ok(()),
    };
    let message = format!("{option} is for requests, and nothing allows one");
    Err(Error::new(ErrorKind::Grant, message)
        .with_hint("--allow-http RULE allows requests; so does --allow-net RULE, for all of TCP"))
}

fn unusable_certificates(options: &HttpOptions, error: &TlsError) -> Error {
    let (option, path) = match error.part() {
        TlsPart::ExtraRoots(index) => ("--http-ca", options.authorities.get(index)),
        TlsPart::Identity => ("--http-cert", options.certificate.as_ref()),
        TlsPart::Library => ("--http-ca, --http-cert", None),
    };
    let path = path.map(|path| format!(" {}", path.display())).unwrap_or_default();
    Error::new(ErrorKind::Grant, format!("{option}{path}: {error}"))
}

fn client_config(options: &HttpOptions) -> Result<ClientConfig, Error> {
    let authorities = options.authorities.iter().map(|path| read_pem("--http-ca", path));
    let extra_roots = authorities.collect::<Result<_, _>>()?;
    let identity = options.certificate.as_ref().map(|path| read_pem("--http-cert", path)).transpose()?;
    let identity = identity.map(|pem| Identity { certificates: pem.clone(), key: pem });
    Ok(ClientConfig { extra_roots, identity, ..ClientConfig::default() })
}

fn read_pem(option: &str, path: &Path) -> Result<Vec<u8>, Error> {
    read_file(path, MAX_PEM)
        .map_err(|error| Error::new(ErrorKind::Grant, format!("{option} {}: cannot read it: {error}", path.display())))
}
