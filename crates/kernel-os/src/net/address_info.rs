//! `getaddrinfo`: names as the rest of the system resolves them, with its hosts file, caches and order (RFC 6724).
//!
//! The standard library does the same and does not tell why it failed, which WASI wants to know.
//!
//! # Safety
//!
//! The list that the C library answers is ours until `freeaddrinfo`; [`List`] owns it, and every reference to an entry
//! borrows the `List`. An entry whose family is `AF_INET` or `AF_INET6` points to an address of that family's type, of
//! at least its size, which is checked.
#![expect(unsafe_code, reason = "no safe library tells the errors of getaddrinfo apart; see Safety")]

use std::ffi::CString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

use rustix::io::Errno;
use tambo_kernel::net::HostName;
use tambo_kernel::{Error, Result};

use crate::errno::kernel_error;

/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 256;

/// The addresses of a name, best first. Blocks. The errors of [`Lookup::addresses`].
///
/// [`Lookup::addresses`]: tambo_kernel::net::Lookup::addresses
pub(super) fn look_up(name: &HostName) -> Result<Vec<IpAddr>> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for entry in List::of(name)?.entries().take(MAX_ADDRESSES) {
        if let Some(address) = address(entry)
            && !addresses.contains(&address)
        {
            addresses.push(address);
        }
    }
    if addresses.is_empty() { Err(Error::NoSuchName) } else { Ok(addresses) }
}

struct List(*mut libc::addrinfo);

impl List {
    fn of(name: &HostName) -> Result<Self> {
        let name = CString::new(name.as_str()).map_err(|_| Error::Invalid)?;
        // SAFETY: zeros are a value of this type, "no hint" in each field.
        let mut hints: libc::addrinfo = unsafe { std::mem::zeroed() };
        // One entry for each address instead of one for each kind of socket.
        hints.ai_socktype = libc::SOCK_STREAM;
        let mut list = ptr::null_mut();
        // SAFETY: the name ends in zero, the pointers are valid for the call.
        match unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &hints, &mut list) } {
            0 => Ok(Self(list)),
            code => Err(error(code)),
        }
    }

    fn entries(&self) -> impl Iterator<Item = &libc::addrinfo> {
        // SAFETY: null or the first entry of the list, which lives as long as `self`.
        let first = unsafe { self.0.as_ref() };
        // SAFETY: null or the next entry of the list, which lives as long as `self`.
        std::iter::successors(first, |entry| unsafe { entry.ai_next.as_ref() })
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // An empty list need not be freed.
        if !self.0.is_null() {
            // SAFETY: it is a list of getaddrinfo's that nobody has freed.
            unsafe { libc::freeaddrinfo(self.0) }
        }
    }
}

fn address(entry: &libc::addrinfo) -> Option<IpAddr> {
    let has_size = |size: usize| !entry.ai_addr.is_null() && entry.ai_addrlen as usize >= size;
    match entry.ai_family {
        libc::AF_INET if has_size(size_of::<libc::sockaddr_in>()) => {
            // SAFETY: of this type by its family, and of its size.
            let address = unsafe { entry.ai_addr.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(IpAddr::V4(Ipv4Addr::from_bits(u32::from_be(address.sin_addr.s_addr))))
        }
        libc::AF_INET6 if has_size(size_of::<libc::sockaddr_in6>()) => {
            // SAFETY: of this type by its family, and of its size.
            let address = unsafe { entry.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(IpAddr::V6(Ipv6Addr::from(address.sin6_addr.s6_addr)))
        }
        _ => None,
    }
}

fn error(code: i32) -> Error {
    /// Not in the `libc` crate for every target: no address, and none of a family.
    const EAI_ADDRFAMILY: i32 = -9;
    match code {
        libc::EAI_NONAME | libc::EAI_NODATA | EAI_ADDRFAMILY => Error::NoSuchName,
        libc::EAI_AGAIN => Error::ResolverUnavailable,
        libc::EAI_MEMORY => Error::NoMemory,
        libc::EAI_SYSTEM => match std::io::Error::last_os_error().raw_os_error() {
            Some(raw) => kernel_error(Errno::from_raw_os_error(raw)),
            None => Error::ResolverFailed,
        },
        _ => Error::ResolverFailed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_host_has_a_loopback_address() {
        let addresses = look_up(&HostName::new("localhost").unwrap()).unwrap();
        assert!(addresses.iter().all(|address| address.is_loopback()), "{addresses:?}");
    }

    #[test]
    fn errors_are_told_apart() {
        assert_eq!(error(libc::EAI_NONAME), Error::NoSuchName);
        assert_eq!(error(libc::EAI_NODATA), Error::NoSuchName);
        assert_eq!(error(libc::EAI_AGAIN), Error::ResolverUnavailable);
        assert_eq!(error(libc::EAI_FAIL), Error::ResolverFailed);
        assert_eq!(error(12345), Error::ResolverFailed);
    }
}
