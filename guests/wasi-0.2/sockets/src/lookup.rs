//! `ip-name-lookup`. Nothing here leaves the machine but for one name that cannot exist.

use conformance::net::{LOOPBACK_V6, fails, network, wait};
use conformance::wasi::sockets::ip_name_lookup::{ResolveAddressStream, resolve_addresses};
use conformance::wasi::sockets::network::{ErrorCode, IpAddress};

conformance::cases! {
    "ip-name-lookup/resolve-addresses":
        an_address_of_version_4_is_itself,
        an_address_of_version_6_is_itself,
        localhost_is_this_machine,
        a_malformed_name_is_an_invalid_argument,
        a_unicode_name_is_valid,
        a_very_long_name_fails;
    "ip-name-lookup/resolve-address-stream.resolve-next-address":
        ends_with_none_and_stays_there,
        never_returns_a_mapped_address,
        a_name_that_cannot_exist_fails;
    "ip-name-lookup/resolve-address-stream.subscribe":
        is_ready_when_there_is_a_result;
}

fn start(name: &str) -> ResolveAddressStream {
    resolve_addresses(&network(), name).unwrap_or_else(|code| panic!("resolve-addresses {name}: {code:?}"))
}

fn next(stream: &ResolveAddressStream) -> Result<Option<IpAddress>, ErrorCode> {
    wait(&stream.subscribe(), || stream.resolve_next_address())
}

fn all(name: &str) -> Result<Vec<IpAddress>, ErrorCode> {
    let stream = start(name);
    let mut addresses = Vec::new();
    while let Some(address) = next(&stream)? {
        addresses.push(address);
    }
    Ok(addresses)
}

/// "If the input is an IP address string, the address is parsed and returned as-is".
fn an_address_of_version_4_is_itself() {
    assert_eq!(all("192.0.2.7"), Ok(vec![IpAddress::Ipv4((192, 0, 2, 7))]));
    assert_eq!(all("0.0.0.0"), Ok(vec![IpAddress::Ipv4((0, 0, 0, 0))]));
}

fn an_address_of_version_6_is_itself() {
    assert_eq!(all("::1"), Ok(vec![IpAddress::Ipv6(LOOPBACK_V6)]));
    let address = (0x2001, 0xdb8, 0, 0, 0, 0, 0xab, 0x1);
    assert_eq!(all("2001:db8::ab:1"), Ok(vec![IpAddress::Ipv6(address)]));
}

fn localhost_is_this_machine() {
    let addresses = all("localhost").expect("every machine knows itself");
    assert!(!addresses.is_empty());
    for address in addresses {
        match address {
            IpAddress::Ipv4((first, ..)) => assert_eq!(first, 127, "{address:?}"),
            IpAddress::Ipv6(address) => assert_eq!(address, LOOPBACK_V6),
        }
    }
}

/// "`name` is a syntactically invalid domain name or IP address."
fn a_malformed_name_is_an_invalid_argument() {
    for name in ["", " ", "a b", "a..b", "a.b&c=d", "a/b", "http://localhost", "localhost:80", "[::1]", "\0", "a\0b"] {
        match resolve_addresses(&network(), name) {
            Err(code) => assert_eq!(code, ErrorCode::InvalidArgument, "{name:?}"),
            Ok(stream) => {
                let outcome = next(&stream);
                panic!("{name:?} is taken, and resolves to {outcome:?}");
            }
        }
    }
}

/// "Unicode domain names are automatically converted to ASCII using IDNA encoding."
fn a_unicode_name_is_valid() {
    let code = all("bücher.invalid").expect_err("a name below `invalid` does not exist");
    assert_ne!(code, ErrorCode::InvalidArgument);
}

/// 253 characters is what the domain name system has room for, and 63 for one label.
fn a_very_long_name_fails() {
    for name in ["a".repeat(64), "abcdefg.".repeat(40), "a".repeat(100_000)] {
        let codes = [ErrorCode::InvalidArgument, ErrorCode::NameUnresolvable];
        match resolve_addresses(&network(), &name) {
            Err(code) => fails::<()>(Err(code), &codes),
            Ok(stream) => fails(next(&stream), &codes),
        }
    }
}

/// "If all addresses have been exhausted, this function returns `none`."
fn ends_with_none_and_stays_there() {
    let stream = start("127.0.0.1");
    assert_eq!(next(&stream), Ok(Some(IpAddress::Ipv4((127, 0, 0, 1)))));
    assert_eq!(next(&stream), Ok(None));
    assert_eq!(next(&stream), Ok(None));
}

/// "This function never returns IPv4-mapped IPv6 addresses."
fn never_returns_a_mapped_address() {
    let Ok(stream) = resolve_addresses(&network(), "::ffff:127.0.0.1") else { return };
    while let Ok(Some(address)) = next(&stream) {
        assert_eq!(address, IpAddress::Ipv4((127, 0, 0, 1)));
    }
}

/// Where no resolver can be reached, that is a failure of the resolver.
fn a_name_that_cannot_exist_fails() {
    let stream = start("does-not-exist.invalid");
    let codes = [ErrorCode::NameUnresolvable, ErrorCode::TemporaryResolverFailure, ErrorCode::PermanentResolverFailure];
    fails(next(&stream), &codes);
}

fn is_ready_when_there_is_a_result() {
    let stream = start("localhost");
    let pollable = stream.subscribe();
    pollable.block();
    assert!(pollable.ready());
    assert!(stream.resolve_next_address().is_ok(), "the pollable was ready");
}
