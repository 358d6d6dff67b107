//! Names to addresses: by the system, a few at a time.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use tambo_kernel::http::HttpError;
use tambo_kernel::net::HostName;
use tokio::net::lookup_host;
use tokio::sync::Semaphore;
use tokio::task::spawn_local;

/// Lookups at a time: each holds a thread for as long as the name server takes.
const LOOKUPS: usize = 16;

/// Addresses of one name that are of interest.
const ADDRESSES: usize = 16;

pub(crate) struct Resolver {
    hosts: HashMap<HostName, Vec<IpAddr>>,
    lookups: Arc<Semaphore>,
}

impl Resolver {
    pub(crate) fn new(hosts: &[(HostName, Vec<IpAddr>)]) -> Rc<Self> {
        Rc::new(Self { hosts: hosts.iter().cloned().collect(), lookups: Arc::new(Semaphore::new(LOOKUPS)) })
    }

    /// The addresses of a name, at least one.
    pub(crate) async fn resolve(&self, name: &HostName) -> Result<Vec<IpAddr>, HttpError> {
        if let Some(addresses) = self.hosts.get(name) {
            return Ok(addresses.clone());
        }
        let permit = self.lookups.clone().acquire_owned().await.map_err(|_| HttpError::DestinationUnavailable)?;
        let name = name.to_string();
        // A task of its own, which outlives its exchange: the thread is busy until the name server has answered.
        let lookup = spawn_local(async move {
            let found = lookup_host((name.as_str(), 0)).await.map(|found| found.take(ADDRESSES).collect::<Vec<_>>());
            drop(permit);
            found
        });
        let mut addresses: Vec<IpAddr> = Vec::new();
        for found in
            lookup.await.map_err(|error| HttpError::internal(error.to_string()))?.map_err(|error| failed(&error))?
        {
            if !addresses.contains(&found.ip()) {
                addresses.push(found.ip());
            }
        }
        if addresses.is_empty() { Err(HttpError::DestinationNotFound) } else { Ok(addresses) }
    }
}

/// What the system's resolver says is a text only.
fn failed(error: &io::Error) -> HttpError {
    HttpError::DnsError { rcode: Some(error.to_string()), info_code: None }
}
