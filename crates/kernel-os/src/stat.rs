//! Attributes of an open descriptor, from the system's form into the kernel's.

use rustix::fs::FileType;
use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::{FileKind, Stat};

/// The kernel's form of what `fstat` gave.
pub(crate) fn from_system(stat: &rustix::fs::Stat) -> Stat {
    // The fields' types differ between processors, hence the casts, which lose nothing.
    Stat {
        device: stat.st_dev,
        inode: stat.st_ino,
        kind: kind(FileType::from_raw_mode(stat.st_mode)),
        links: u64::from(stat.st_nlink as u32),
        size: stat.st_size as u64,
        accessed: Timestamp { seconds: stat.st_atime, nanoseconds: stat.st_atime_nsec as u32 },
        modified: Timestamp { seconds: stat.st_mtime, nanoseconds: stat.st_mtime_nsec as u32 },
        changed: Timestamp { seconds: stat.st_ctime, nanoseconds: stat.st_ctime_nsec as u32 },
    }
}

/// The kernel's word for a type of file. A socket counts as a stream socket: nothing else is read and written here.
pub(crate) fn kind(file_type: FileType) -> FileKind {
    match file_type {
        FileType::RegularFile => FileKind::Regular,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::SymbolicLink,
        FileType::Fifo => FileKind::Fifo,
        FileType::Socket => FileKind::StreamSocket,
        FileType::CharacterDevice => FileKind::CharacterDevice,
        FileType::BlockDevice => FileKind::BlockDevice,
        FileType::Unknown => FileKind::Unknown,
    }
}
