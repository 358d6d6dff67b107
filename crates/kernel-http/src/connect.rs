//! Opening a connection: to an address that policy has allowed, and to no other.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use rustls_pki_types::{DnsName, ServerName};
use tambo_kernel::GuestId;
use tambo_kernel::http::{HttpError, HttpPolicy, Target, Transport};
use tambo_kernel::net::Peer;
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant, timeout, timeout_at};

use crate::client::Shared;
use crate::connection::{Connection, Sender};
use crate::errors;
use crate::gate::Pass;

/// A new connection for a guest's request to a target, within a time that all steps have together.
pub(crate) async fn connect(
    shared: &Rc<Shared>,
    target: &Target,
    (guest, policy): (GuestId, &HttpPolicy),
    time: Duration,
) -> Result<Connection, HttpError> {
    let deadline = Instant::now() + time;
    let addresses = match &target.host {
        Peer::Address(address) => vec![*address],
        Peer::Name(name) => {
            let resolving = shared.resolver.resolve(name, guest);
            timeout_at(deadline, resolving).await.unwrap_or(Err(HttpError::DnsTimeout))?
        }
    };
    // The addresses that are checked here are the ones that are connected to: nothing is looked up again.
    let allowed: Vec<IpAddr> =
        addresses.into_iter().filter(|address| policy.check_address(target, *address).is_ok()).collect();
    if allowed.is_empty() {
        return Err(HttpError::DestinationIpProhibited);
    }
    // Room first: what cannot be kept is not opened.
    let room = timeout_at(deadline, shared.room(guest)).await.map_err(|_| HttpError::ConnectionLimitReached)?;
    let connecting = to_any(shared, target, &allowed, deadline, room);
    timeout_at(deadline, connecting).await.unwrap_or(Err(HttpError::ConnectionTimeout))
}

/// A connection to the first address that answers. Each but the last gets its share of the time only.
async fn to_any(
    shared: &Shared,
    target: &Target,
    addresses: &[IpAddr],
    deadline: Instant,
    room: Pass,
) -> Result<Connection, HttpError> {
    let share = deadline.saturating_duration_since(Instant::now()) / u32::try_from(addresses.len()).unwrap_or(u32::MAX);
    let mut last = HttpError::DestinationUnavailable;
    for &address in addresses {
        let stream = timeout(share, TcpStream::connect(SocketAddr::new(address, target.port))).await;
        match stream {
            Ok(Ok(stream)) => return speak(shared, target, address, stream, room).await,
            Ok(Err(error)) => last = errors::of_connecting(&error),
            Err(_) => last = HttpError::ConnectionTimeout,
        }
    }
    Err(last)
}

async fn speak(
    shared: &Shared,
    target: &Target,
    address: IpAddr,
    stream: TcpStream,
    room: Pass,
) -> Result<Connection, HttpError> {
    stream.set_nodelay(true).map_err(|error| errors::of_connecting(&error))?;
    let config = &shared.config;
    let sender = match target.transport {
        Transport::Http => Sender::http1(stream, config, room).await?,
        Transport::Https => {
            let name = server_name(&target.host)?;
            let stream = shared.tls.connect(name, stream).await.map_err(|error| errors::of_connecting(&error))?;
            match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => Sender::http2(stream, config, room).await?,
                _ => Sender::http1(stream, config, room).await?,
            }
        }
    };
    Ok(Connection { sender, address })
}

fn server_name(host: &Peer) -> Result<ServerName<'static>, HttpError> {
    match host {
        Peer::Address(address) => Ok(ServerName::IpAddress((*address).into())),
        Peer::Name(name) => DnsName::try_from(name.as_str().to_owned())
            .map(ServerName::DnsName)
            .map_err(|_| HttpError::HttpRequestUriInvalid),
    }
}
