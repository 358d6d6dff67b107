//! What rights mean here.
//!
//! Rights are a leftover of CloudABI. Hosts differ on them, guests depend on few of them, and they are no security
//! boundary: that is the grant. So the door answers the rights that make sense for the kind of object and the way it
//! was opened, and remembers what a guest gave up:
//!
//! - `path_open` opens for reading if asked for `FD_READ` or `FD_READDIR`, and for writing if asked for `FD_WRITE`;
//!   the other rights asked for, and those to inherit, are ignored. (Go asks for `FD_FILESTAT_SET_SIZE` on files that
//!   it only reads, so that right cannot mean "for writing"; other guests ask for all rights, or for fewer than they
//!   use.)
//! - `fd_fdstat_set_rights` can only take away (`notcapable` otherwise), and what was taken away is enforced: the call
//!   answers `notcapable` from then on. Inheriting rights that a directory or listener gave up are missing from
//!   whatever is opened or accepted through it.
//! - A file that is not open for writing answers `badf` to a write, as POSIX has it, not `notcapable`.
//! - A read-only directory reports the same rights as a writable one: wasi-libc masks its request with them, and would
//!   open a file for reading where it must fail with `rofs`.
//! - A stream has `FD_SEEK` and `FD_TELL` only if it can seek: wasi-libc's `isatty` is "a character device without
//!   these rights".

use std::io::SeekFrom;

use tambo_kernel::fs::OpenFlags;

use crate::abi::Rights;
use crate::descriptor::Object;

const DIRECTORY: Rights = Rights::FD_DATASYNC
    .union(Rights::FD_FDSTAT_SET_FLAGS)
    .union(Rights::FD_SYNC)
    .union(Rights::PATH_CREATE_DIRECTORY)
    .union(Rights::PATH_CREATE_FILE)
    .union(Rights::PATH_LINK_SOURCE)
    .union(Rights::PATH_LINK_TARGET)
    .union(Rights::PATH_OPEN)
    .union(Rights::FD_READDIR)
    .union(Rights::PATH_READLINK)
    .union(Rights::PATH_RENAME_SOURCE)
    .union(Rights::PATH_RENAME_TARGET)
    .union(Rights::PATH_FILESTAT_GET)
    .union(Rights::PATH_FILESTAT_SET_SIZE)
    .union(Rights::PATH_FILESTAT_SET_TIMES)
    .union(Rights::FD_FILESTAT_GET)
    .union(Rights::FD_FILESTAT_SET_TIMES)
    .union(Rights::PATH_SYMLINK)
    .union(Rights::PATH_REMOVE_DIRECTORY)
    .union(Rights::PATH_UNLINK_FILE);

/// What any open file may do besides reading and writing.
const FILE: Rights = Rights::FD_DATASYNC
    .union(Rights::FD_SEEK)
    .union(Rights::FD_FDSTAT_SET_FLAGS)
    .union(Rights::FD_SYNC)
    .union(Rights::FD_TELL)
    .union(Rights::FD_ADVISE)
    .union(Rights::FD_FILESTAT_GET)
    .union(Rights::FD_FILESTAT_SET_TIMES)
    .union(Rights::POLL_FD_READWRITE);

const STREAM: Rights = Rights::FD_DATASYNC
    .union(Rights::FD_FDSTAT_SET_FLAGS)
    .union(Rights::FD_SYNC)
    .union(Rights::FD_FILESTAT_GET)
    .union(Rights::POLL_FD_READWRITE);

const CONNECTION: Rights = Rights::FD_READ
    .union(Rights::FD_WRITE)
    .union(Rights::FD_FDSTAT_SET_FLAGS)
    .union(Rights::FD_FILESTAT_GET)
    .union(Rights::POLL_FD_READWRITE)
    .union(Rights::SOCK_SHUTDOWN);

/// Read too: it is what polling for a connection asks for.
const LISTENER: Rights = Rights::FD_READ
    .union(Rights::FD_FDSTAT_SET_FLAGS)
    .union(Rights::FD_FILESTAT_GET)
    .union(Rights::POLL_FD_READWRITE)
    .union(Rights::SOCK_ACCEPT);

/// The base and inheriting rights that make sense for an object opened for `access`.
pub(crate) fn natural(object: &Object, access: OpenFlags) -> (Rights, Rights) {
    match object {
        Object::Directory(_) => (DIRECTORY, DIRECTORY | FILE | write_rights() | Rights::FD_READ),
        Object::File(_) => (FILE | access_rights(access), Rights::empty()),
        Object::Stream(stream) => {
            let seek = if stream.seek(SeekFrom::Current(0)).is_ok() {
                Rights::FD_SEEK | Rights::FD_TELL
            } else {
                Rights::empty()
            };
            let size = Rights::FD_ALLOCATE | Rights::FD_FILESTAT_SET_SIZE;
            (STREAM | seek | (access_rights(access) - size), Rights::empty())
        }
        Object::Listener(_) => (LISTENER, CONNECTION),
        Object::Connection(_) => (CONNECTION, Rights::empty()),
    }
}

fn access_rights(access: OpenFlags) -> Rights {
    let read = if access.contains(OpenFlags::READ) { Rights::FD_READ } else { Rights::empty() };
    let write = if access.contains(OpenFlags::WRITE) { write_rights() } else { Rights::empty() };
    read | write
}

fn write_rights() -> Rights {
    Rights::FD_WRITE | Rights::FD_ALLOCATE | Rights::FD_FILESTAT_SET_SIZE
}

/// For what `path_open` opens, given the base rights asked for.
pub(crate) fn access(requested: u64) -> OpenFlags {
    let requested = Rights::from_bits_truncate(requested);
    let mut access = OpenFlags::empty();
    access.set(OpenFlags::READ, requested.intersects(Rights::FD_READ | Rights::FD_READDIR));
    access.set(OpenFlags::WRITE, requested.contains(Rights::FD_WRITE));
    access
}
