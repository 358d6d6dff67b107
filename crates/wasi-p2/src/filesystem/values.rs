//! Kinds, flags, times and attributes: the words of 0.2 for those of the kernel.

use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::{FileKind, OpenFlags as KernelFlags, SetTime, Stat};
use tambo_kernel::{Error, Result};

use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::filesystem::types::{
    DescriptorFlags, DescriptorStat, DescriptorType, MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::clocks::datetime;

pub(super) fn descriptor_type(kind: FileKind) -> DescriptorType {
    match kind {
        FileKind::Unknown => DescriptorType::Unknown,
        FileKind::BlockDevice => DescriptorType::BlockDevice,
        FileKind::CharacterDevice => DescriptorType::CharacterDevice,
        FileKind::Directory => DescriptorType::Directory,
        FileKind::Fifo => DescriptorType::Fifo,
        FileKind::Regular => DescriptorType::RegularFile,
        FileKind::SymbolicLink => DescriptorType::SymbolicLink,
        FileKind::DatagramSocket | FileKind::StreamSocket => DescriptorType::Socket,
    }
}

pub(super) fn follows(flags: PathFlags) -> bool {
    flags.contains(PathFlags::SYMLINK_FOLLOW)
}

/// What the kernel should open for. `mutate-directory` is no matter of opening; [`Error::Invalid`] for a new directory.
pub(super) fn kernel_flags(path: PathFlags, open: OpenFlags, access: DescriptorFlags) -> Result<KernelFlags> {
    let creates = open.contains(OpenFlags::CREATE);
    if open.contains(OpenFlags::DIRECTORY) && (creates || open.contains(OpenFlags::TRUNCATE)) {
        return Err(Error::Invalid);
    }
    // To truncate is to write, whatever the guest means to do with the file afterwards.
    let writes = access.contains(DescriptorFlags::WRITE) || open.contains(OpenFlags::TRUNCATE);
    let mut flags = KernelFlags::empty();
    flags.set(KernelFlags::WRITE, writes);
    // The kernel opens for something, even what the guest will only ask the attributes of.
    flags.set(KernelFlags::READ, access.contains(DescriptorFlags::READ) || !writes);
    flags.set(KernelFlags::FOLLOW, follows(path));
    flags.set(KernelFlags::CREATE, creates);
    flags.set(KernelFlags::EXCLUSIVE, creates && open.contains(OpenFlags::EXCLUSIVE));
    flags.set(KernelFlags::DIRECTORY, open.contains(OpenFlags::DIRECTORY));
    flags.set(KernelFlags::TRUNCATE, open.contains(OpenFlags::TRUNCATE));
    if writes {
        flags |= sync_flags(access);
    }
    Ok(flags)
}

/// How writes behave. What is asked of reads is asked of the writes before them.
pub(super) fn sync_flags(flags: DescriptorFlags) -> KernelFlags {
    let all =
        flags.contains(DescriptorFlags::FILE_INTEGRITY_SYNC) || flags.contains(DescriptorFlags::REQUESTED_WRITE_SYNC);
    let mut kernel = KernelFlags::empty();
    kernel.set(KernelFlags::SYNC, all);
    kernel.set(KernelFlags::DATA_SYNC, flags.contains(DescriptorFlags::DATA_INTEGRITY_SYNC));
    kernel
}

/// [`Error::Overflow`] for a time that no clock shows.
pub(super) fn set_time(time: NewTimestamp) -> Result<SetTime> {
    match time {
        NewTimestamp::NoChange => Ok(SetTime::Keep),
        NewTimestamp::Now => Ok(SetTime::Now),
        NewTimestamp::Timestamp(Datetime { seconds, nanoseconds }) => {
            let seconds = i64::try_from(seconds).map_err(|_| Error::Overflow)?;
            Ok(SetTime::At(Timestamp { seconds, nanoseconds }))
        }
    }
}

pub(super) fn descriptor_stat(stat: &Stat) -> DescriptorStat {
    DescriptorStat {
        r#type: descriptor_type(stat.kind),
        link_count: stat.links,
        size: stat.size,
        data_access_timestamp: Some(datetime(stat.accessed)),
        data_modification_timestamp: Some(datetime(stat.modified)),
        status_change_timestamp: Some(datetime(stat.changed)),
    }
}

/// The lower half stays with the object, however often it changes: guests that come from 0.1 take it for the number of
/// an inode.
pub(super) fn metadata_hash(stat: &Stat) -> MetadataHashValue {
    let (lower, upper) = stat.metadata_hash();
    MetadataHashValue { lower, upper }
}
