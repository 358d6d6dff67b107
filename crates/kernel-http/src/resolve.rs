//! Names to addresses: by the system, a few at a time.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::rc::Rc;

use tambo_kernel::GuestId;
use tambo_kernel::http::HttpError;
use tambo_kernel::net::HostName;
use tokio::net::lookup_host;
use tokio::task::spawn_local;

use crate::gate::Gate;

/// Lookups at a time: each holds a thread for as long as the name server takes.
const LOOKUPS: usize = 32;

/// How many of them one guest may have.
const LOOKUPS_OF_GUEST: usize = 4;

/// Addresses of one name that are of interest.
const ADDRESSES: usize = 16;

pub(crate) struct Resolver {
    hosts: HashMap<HostName, Vec<IpAddr>>,
    lookups: Gate,
}

impl Resolver {
    pub(crate) fn new(hosts: &[(HostName, Vec<IpAddr>)]) -> Rc<Self> {
        Rc::new(Self { hosts: hosts.iter().cloned().collect(), lookups: Gate::new(LOOKUPS, LOOKUPS_OF_GUEST) })
    }

    /// The addresses of a name, at least one.
    pub(crate) async fn resolve(&self, name: &HostName, guest: GuestId) -> Result<Vec<IpAddr>, HttpError> {
        if let Some(addresses) = self.hosts.get(name) {
            return Ok(addresses.clone());
        }
        let turn = self.lookups.enter(guest).await;
        let name = name.to_string();
        // A task of its own, which outlives its exchange: the thread is busy until the name server has answered.
        let lookup = spawn_local(async move {
            let found = lookup_host((name.as_str(), 0)).await.map(|found| found.take(ADDRESSES).collect::<Vec<_>>());
            drop(turn);
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
