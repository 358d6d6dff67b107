//! The file system of the host: the kernel's contract, the sandbox under attack, and what is the system's own.
//!
//! Every test runs with both resolvers, and with the escape oracle.

#![expect(clippy::unwrap_used, reason = "a failed unwrap here is a failed test")]

use tambo_kernel_os::{Resolver, open_directory_with};

mod cold;
mod devices;
mod entries;
mod escapes;
mod names;
mod races;
mod read_only;
mod resolvers_agree;
mod tools;

tambo_kernel_contract::directory_tests!(contract_openat2, || {
    let folder = tempfile::tempdir().unwrap();
    (open_directory_with(folder.path(), Resolver::Openat2).unwrap(), Box::new(folder))
});

tambo_kernel_contract::directory_tests!(contract_walk, || {
    let folder = tempfile::tempdir().unwrap();
    (open_directory_with(folder.path(), Resolver::Walk).unwrap(), Box::new(folder))
});
