//! The connections that are kept, and for whom.
//!
//! A connection is in the pool as soon as it has sent a request: hyper says when it is ready for the next one, which is
//! when the response was read to its end. One whose response is dropped closes, and is found closed. So nobody has to
//! bring connections back.
//!
//! Time is counted in ticks: a connection that nobody used between two of them is dropped at the second.

use std::collections::HashMap;

use tambo_kernel::http::{HttpPolicy, Target, Transport};
use tambo_kernel::net::Peer;

use crate::connection::Connection;

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    transport: Transport,
    host: Peer,
    port: u16,
}

impl Key {
    pub(crate) fn new(target: &Target) -> Self {
        Self { transport: target.transport, host: target.host.clone(), port: target.port }
    }
}

struct Kept {
    connection: Connection,
    was_used: bool,
}

pub(crate) struct Pool {
    kept: HashMap<Key, Vec<Kept>>,
    limit: usize,
}

/// What the pool has for a request.
pub(crate) enum Found {
    /// A connection that takes it at once.
    Ready(Connection),
    /// Only ones that are about to become ready, or are in use.
    Busy,
    /// None.
    Nothing,
}

impl Pool {
    /// A pool that keeps so many connections to a host.
    pub(crate) fn new(limit: usize) -> Self {
        Self { kept: HashMap::new(), limit }
    }

    /// A connection whose address the guest's own policy allows, whoever opened it.
    pub(crate) fn take(&mut self, key: &Key, target: &Target, policy: &HttpPolicy) -> Found {
        let Some(kept) = self.kept.get_mut(key) else { return Found::Nothing };
        kept.retain(|kept| !kept.connection.sender.is_closed());
        // The one that was used last: the others can grow old.
        let ready = kept.iter().rposition(|kept| {
            kept.connection.sender.is_ready() && policy.check_address(target, kept.connection.address).is_ok()
        });
        let Some(index) = ready else { return if kept.is_empty() { Found::Nothing } else { Found::Busy } };
        kept[index].was_used = true;
        let address = kept[index].connection.address;
        match kept[index].connection.sender.share() {
            Some(sender) => Found::Ready(Connection { sender, address }),
            None => Found::Ready(kept.remove(index).connection),
        }
    }

    /// Keep a connection, if there is room for it.
    pub(crate) fn keep(&mut self, key: Key, connection: Connection) {
        if connection.sender.is_closed() {
            return;
        }
        let kept = self.kept.entry(key).or_default();
        // A shared one is here already.
        let is_here = connection.sender.share().is_some()
            && kept
                .iter()
                .any(|kept| kept.connection.address == connection.address && kept.connection.sender.share().is_some());
        if kept.len() < self.limit && !is_here {
            kept.push(Kept { connection, was_used: true });
        }
    }

    /// Drop so many that nobody uses, or all of those, to make room for other hosts'.
    pub(crate) fn evict(&mut self, mut count: usize) {
        for kept in self.kept.values_mut() {
            kept.retain(|kept| {
                let evicted = count > 0 && kept.connection.sender.is_ready();
                count -= usize::from(evicted);
                !evicted
            });
        }
    }

    /// Drop what nobody used since the last tick.
    pub(crate) fn tick(&mut self) {
        self.kept.retain(|_, kept| {
            kept.retain_mut(|kept| {
                let is_busy = !kept.connection.sender.is_ready();
                !kept.connection.sender.is_closed() && (std::mem::take(&mut kept.was_used) || is_busy)
            });
            !kept.is_empty()
        });
    }
}
