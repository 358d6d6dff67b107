//! Which addresses the resolver gave a guest for which names: what makes rules by name apply to its sockets.
//!
//! A guest connects to addresses, so a rule by name can only ask where the address came from. What was resolved counts,
//! however the name is resolved later; a name is never resolved again to judge an address, which a resolver that
//! answers differently each time could use.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::rc::Rc;

use super::HostName;

/// Pairs that are remembered; the oldest is forgotten first, and its guest has to look the name up again.
const MAX_PAIRS: usize = 1024;

/// Addresses and names, the newest last.
#[derive(Debug, Default)]
pub(super) struct KnownNames(VecDeque<(IpAddr, Rc<HostName>)>);

impl KnownNames {
    /// Remember that the resolver gave these addresses for the name.
    pub(super) fn remember(&mut self, name: &HostName, addresses: &[IpAddr]) {
        let name = Rc::new(name.clone());
        self.0.retain(|(address, known)| *known != name || !addresses.contains(address));
        for &address in addresses {
            if self.0.len() >= MAX_PAIRS {
                self.0.pop_front();
            }
            self.0.push_back((address, name.clone()));
        }
    }

    /// The names that an address was given for.
    pub(super) fn names(&self, address: IpAddr) -> impl Iterator<Item = &HostName> {
        self.0.iter().filter(move |(known, _)| *known == address).map(|(_, name)| &**name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(number))
    }

    #[test]
    fn attack_17_what_is_remembered_is_bounded() {
        let mut known = KnownNames::default();
        let name = HostName::new("a.example").unwrap();
        for number in 0..10_000 {
            known.remember(&name, &[address(number), address(number)]);
        }
        assert_eq!(known.0.len(), MAX_PAIRS);
        assert_eq!(known.names(address(0)).count(), 0);
        assert!(known.names(address(9_999)).all(|known| *known == name));
    }

    #[test]
    fn an_address_may_have_many_names() {
        let mut known = KnownNames::default();
        let [a, b] = ["a", "b"].map(|text| HostName::new(text).unwrap());
        known.remember(&a, &[address(1), address(2)]);
        known.remember(&b, &[address(1)]);
        known.remember(&a, &[address(1)]);
        assert_eq!(known.names(address(1)).collect::<Vec<_>>(), [&b, &a]);
        assert_eq!(known.names(address(2)).collect::<Vec<_>>(), [&a]);
        assert_eq!(known.names(address(3)).count(), 0);
    }
}
