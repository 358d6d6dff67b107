//! Addresses that reach what is near rather than the internet, and the forms in which they are disguised.
//!
//! A grant of "everything" or of a name must not reach them: services inside a network trust whoever gets there, and
//! those of cloud machines hand out credentials. The blocks are those of the IANA special-purpose registries (RFC 6890)
//! that can be routed somewhere, and the metadata services that cloud providers document.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Cidr;

/// The address that a packet to `address` ends up at, as far as the form tells: IPv4 in any of the forms that carry it
/// within IPv6 (mapped, compatible, translated, NAT64, 6to4, Teredo) is the IPv4 address.
pub fn as_judged(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let low = |bits: u128| IpAddr::V4(Ipv4Addr::from_bits(bits as u32));
    let bits = v6.to_bits();
    match v6.segments() {
        // The unspecified address and loopback look like compatible ones, and are none.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => address,
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => low(bits),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => low(bits),
        [0x2002, ..] => low(bits >> 80),
        [0x2001, 0, ..] => low(!bits),
        _ => address,
    }
}

/// Whether an address has to be named by a block that lies within its special one.
pub fn is_special(address: IpAddr) -> bool {
    special_block(as_judged(address)).is_some()
}

/// The smallest special block around an address, which is as [`as_judged`] answers it.
pub(super) fn special_block(address: IpAddr) -> Option<&'static Cidr> {
    METADATA.iter().chain(BLOCKS).find(|block| block.contains(address))
}

/// Whether the address is this host itself.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    as_judged(address).is_loopback()
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Cidr {
    Cidr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix)
}

const fn v6(first: [u16; 4], last: u16, prefix: u8) -> Cidr {
    let [a, b, c, d] = first;
    Cidr::new(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, last)), prefix)
}

/// Services of cloud machines, each a block of its own: naming the network around them does not name them.
const METADATA: &[Cidr] = &[
    // Amazon, Google, Microsoft and most others; Amazon's for containers and pods.
    v4(169, 254, 169, 254, 32),
    v4(169, 254, 170, 2, 32),
    v4(169, 254, 170, 23, 32),
    v6([0xfd00, 0xec2, 0, 0], 0x254, 128),
    v6([0xfd00, 0xec2, 0, 0], 0x23, 128),
    // Google on IPv6.
    v6([0xfd20, 0xce, 0, 0], 0x254, 128),
    // Microsoft's host service, Alibaba, Oracle.
    v4(168, 63, 129, 16, 32),
    v4(100, 100, 100, 200, 32),
    v4(192, 0, 0, 192, 32),
];

const BLOCKS: &[Cidr] = &[
    // "This" network and the unspecified address, which reaches loopback.
    v4(0, 0, 0, 0, 8),
    // Private networks, and the space that providers share.
    v4(10, 0, 0, 0, 8),
    v4(172, 16, 0, 0, 12),
    v4(192, 168, 0, 0, 16),
    v4(100, 64, 0, 0, 10),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    // Protocol assignments, benchmarks.
    v4(192, 0, 0, 0, 24),
    v4(198, 18, 0, 0, 15),
    // Multicast; reserved, and broadcast.
    v4(224, 0, 0, 0, 4),
    v4(240, 0, 0, 0, 4),
    v6([0; 4], 0, 128),
    v6([0; 4], 1, 128),
    // NAT64 of a network's own choice.
    v6([0x64, 0xff9b, 1, 0], 0, 48),
    // Private networks; link-local, and what was site-local; multicast.
    v6([0xfc00, 0, 0, 0], 0, 7),
    v6([0xfe80, 0, 0, 0], 0, 10),
    v6([0xfec0, 0, 0, 0], 0, 10),
    v6([0xff00, 0, 0, 0], 0, 8),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn attack_18_disguised_addresses_are_judged_as_what_they_reach() {
        for (disguised, reached) in [
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("::127.0.0.1", "127.0.0.1"),
            ("::ffff:0:169.254.169.254", "169.254.169.254"),
            ("64:ff9b::10.0.0.1", "10.0.0.1"),
            ("2002:7f00:1::", "127.0.0.1"),
            ("2001:0:4136:e378:8000:63bf:56ff:fffe", "169.0.0.1"),
            ("::1", "::1"),
            ("::", "::"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(as_judged(ip(disguised)), ip(reached), "{disguised}");
        }
    }

    #[test]
    fn attack_18_what_is_near_is_special() {
        for near in [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.1.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.31.0.1",
            "192.168.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "168.63.129.16",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "64:ff9b:1::1",
            "64:ff9b::7f00:1",
            "2002:a00:1::",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(is_special(ip(near)), "{near}");
        }
        for far in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"] {
            assert!(!is_special(ip(far)), "{far}");
        }
    }

    #[test]
    fn metadata_is_not_named_by_its_surroundings() {
        let link_local: Cidr = "169.254.0.0/16".parse().unwrap();
        assert!(!link_local.is_within(special_block(ip("169.254.169.254")).unwrap()));
        assert!(link_local.is_within(special_block(ip("169.254.1.1")).unwrap()));
    }
}
