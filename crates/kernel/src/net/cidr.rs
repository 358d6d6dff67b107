//! A block of addresses: an address and how many of its first bits count.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::RuleError;

/// A block of IP addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cidr {
    first: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// The block of the addresses that share the first `prefix` bits with `address`; a prefix that is too long stands
    /// for the address alone.
    pub const fn new(address: IpAddr, prefix: u8) -> Self {
        match address {
            IpAddr::V4(address) => {
                let prefix = if prefix > 32 { 32 } else { prefix };
                let bits = address.to_bits() & mask_v4(prefix);
                Self { first: IpAddr::V4(Ipv4Addr::from_bits(bits)), prefix }
            }
            IpAddr::V6(address) => {
                let prefix = if prefix > 128 { 128 } else { prefix };
                let bits = address.to_bits() & mask_v6(prefix);
                Self { first: IpAddr::V6(Ipv6Addr::from_bits(bits)), prefix }
            }
        }
    }

    /// The block of one address.
    pub const fn of(address: IpAddr) -> Self {
        Self::new(address, 128)
    }

    /// Its first address.
    pub const fn first(&self) -> IpAddr {
        self.first
    }

    /// Whether the address is in the block.
    pub const fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(address)) => address.to_bits() & mask_v4(self.prefix) == first.to_bits(),
            (IpAddr::V6(first), IpAddr::V6(address)) => address.to_bits() & mask_v6(self.prefix) == first.to_bits(),
            _ => false,
        }
    }

    /// Whether every address of the block is in the other one.
    pub const fn is_within(&self, other: &Self) -> bool {
        self.prefix >= other.prefix && other.contains(self.first)
    }
}

const fn mask_v4(prefix: u8) -> u32 {
    // A shift by all bits is no shift.
    if prefix == 0 { 0 } else { u32::MAX << (32 - prefix) }
}

const fn mask_v6(prefix: u8) -> u128 {
    if prefix == 0 { 0 } else { u128::MAX << (128 - prefix) }
}

/// `ADDRESS` or `ADDRESS/BITS`.
impl FromStr for Cidr {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| RuleError::new(format!("{address:?} is no IP address")))?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(text) => (text.parse().ok().filter(|&prefix| prefix <= longest))
                .ok_or_else(|| RuleError::new(format!("{text:?} is no length of a prefix, 0 to {longest}")))?,
        };
        let block = Self::new(address, prefix);
        if block.first != address {
            let message = format!("{text} has bits behind its prefix: write {block} or {address}");
            return Err(RuleError::new(message));
        }
        Ok(block)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = if self.first.is_ipv4() { 32 } else { 128 };
        match self.prefix == longest {
            true => write!(f, "{}", self.first),
            false => write!(f, "{}/{}", self.first, self.prefix),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> Cidr {
        text.parse().unwrap()
    }

    #[test]
    fn blocks_contain_what_shares_their_prefix() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(block("10.0.0.0/8").contains(ip("10.255.0.1")));
        assert!(!block("10.0.0.0/8").contains(ip("11.0.0.0")));
        assert!(block("0.0.0.0/0").contains(ip("255.255.255.255")));
        assert!(!block("0.0.0.0/0").contains(ip("::1")));
        assert!(block("::/0").contains(ip("ffff::")));
        assert!(block("2001:db8::/32").contains(ip("2001:db8:ffff::1")));
        assert!(!block("1.2.3.4").contains(ip("1.2.3.5")));
    }

    #[test]
    fn blocks_lie_within_each_other() {
        assert!(block("10.1.0.0/16").is_within(&block("10.0.0.0/8")));
        assert!(block("10.0.0.0/8").is_within(&block("10.0.0.0/8")));
        assert!(!block("0.0.0.0/1").is_within(&block("10.0.0.0/8")));
        assert!(!block("::/0").is_within(&block("0.0.0.0/0")));
    }

    #[test]
    fn what_is_no_block_is_refused() {
        for text in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1/8", "10.0.0/8", "::1/129", "/8", "1.2.3.4/"] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
        assert_eq!(block("10.0.0.0/8").to_string(), "10.0.0.0/8");
        assert_eq!(block("::1").to_string(), "::1");
    }
}
