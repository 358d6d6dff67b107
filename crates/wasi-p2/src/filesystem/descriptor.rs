//! `wasi:filesystem/types`, `descriptor`.

use std::task::{Poll, ready};

use tambo_component_linker::bindings::{Answer, Borrow, Filled, Own, Space};
use tambo_engine::Trap;
use tambo_kernel::fs::Sync;
use tambo_kernel::{Error, Result as KernelResult};

use super::FileFailure;
use super::object::{FileRead, Opened};
use super::values::{descriptor_stat, descriptor_type, follows, kernel_flags, metadata_hash, set_time};
use crate::P2;
use crate::bindings::wasi::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntryStream, HostDescriptor,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};

impl P2 {
    fn sync_descriptor(&mut self, descriptor: &Borrow<Descriptor>, what: Sync) -> Poll<Result<(), FileFailure>> {
        let opened = self.filesystem.descriptors.get(descriptor.rep())?;
        let outcome = opened.sync(&mut self.host, what);
        self.waited(outcome, P2::file_failure)
    }
}

/// Whether opening so may change something, or lets it be changed.
fn changes(open: OpenFlags, flags: DescriptorFlags) -> bool {
    let changing = DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY;
    !(flags & changing).is_empty() || !(open & (OpenFlags::TRUNCATE | OpenFlags::CREATE)).is_empty()
}

/// [`Error::NotPermitted`] for a link that leads out of every directory.
fn check_link(target: &str) -> KernelResult<()> {
    if target.starts_with('/') { Err(Error::NotPermitted) } else { Ok(()) }
}

impl HostDescriptor for P2 {
    fn read_via_stream(
        &mut self,
        descriptor: Borrow<Descriptor>,
        offset: u64,
    ) -> Result<Own<InputStream>, FileFailure> {
        let input = self.opened(&descriptor)?.input(offset)?;
        Ok(self.new_input(input, None))
    }

    fn write_via_stream(
        &mut self,
        descriptor: Borrow<Descriptor>,
        offset: u64,
    ) -> Result<Own<OutputStream>, FileFailure> {
        let output = self.opened(&descriptor)?.output(Some(offset))?;
        Ok(self.new_output(output, None))
    }

    fn append_via_stream(&mut self, descriptor: Borrow<Descriptor>) -> Result<Own<OutputStream>, FileFailure> {
        let output = self.opened(&descriptor)?.output(None)?;
        Ok(self.new_output(output, None))
    }

    fn advise(
        &mut self,
        descriptor: Borrow<Descriptor>,
        offset: u64,
        length: u64,
        advice: Advice,
    ) -> Result<(), FileFailure> {
        Ok(self.opened(&descriptor)?.file()?.advise(offset, length, advice.0)?)
    }

    fn sync_data(&mut self, descriptor: Borrow<Descriptor>) -> Poll<Result<(), FileFailure>> {
        self.sync_descriptor(&descriptor, Sync::Data)
    }

    fn get_flags(&mut self, descriptor: Borrow<Descriptor>) -> Result<DescriptorFlags, FileFailure> {
        Ok(self.opened(&descriptor)?.flags())
    }

    fn get_type(&mut self, descriptor: Borrow<Descriptor>) -> Result<DescriptorType, FileFailure> {
        Ok(descriptor_type(self.opened(&descriptor)?.kind()))
    }

    fn set_size(&mut self, descriptor: Borrow<Descriptor>, size: u64) -> Result<(), FileFailure> {
        let opened = self.opened(&descriptor)?;
        opened.check_writable()?;
        Ok(opened.file()?.set_size(size)?)
    }

    fn set_times(
        &mut self,
        descriptor: Borrow<Descriptor>,
        data_access_timestamp: NewTimestamp,
        data_modification_timestamp: NewTimestamp,
    ) -> Result<(), FileFailure> {
        let (accessed, modified) = (set_time(data_access_timestamp)?, set_time(data_modification_timestamp)?);
        Ok(self.opened(&descriptor)?.set_times(accessed, modified)?)
    }

    type ReadJob = FileRead;

    fn read(
        &mut self,
        descriptor: Borrow<Descriptor>,
        length: u64,
        offset: u64,
    ) -> Poll<Result<Answer<(Filled, bool), FileRead>, FileFailure>> {
        let opened = self.filesystem.descriptors.get(descriptor.rep())?;
        let outcome = opened.begin_read(&mut self.host, length, offset);
        let job = ready!(self.waited(outcome, P2::file_failure)?);
        Poll::Ready(Ok(Answer::Fill { bytes: job.len() as u32, job }))
    }

    /// No bytes mean the end, also to who asked for none: the adapter of 0.1 takes none without the end for an interruption.
    fn read_fill(&mut self, job: &mut FileRead, mut space: Space<'_>) -> Poll<Result<(Filled, bool), FileFailure>> {
        let outcome = job.fill(&mut self.host, &mut space);
        let count = ready!(self.waited(outcome, P2::file_failure)?);
        Poll::Ready(Ok((space.filled(count), count == 0)))
    }

    fn write(&mut self, descriptor: Borrow<Descriptor>, buffer: &[u8], offset: u64) -> Poll<Result<u64, FileFailure>> {
        let opened = self.filesystem.descriptors.get(descriptor.rep())?;
        let outcome = opened.write(&mut self.host, buffer, offset);
        self.waited(outcome, P2::file_failure)
    }

    fn read_directory(&mut self, descriptor: Borrow<Descriptor>) -> Result<Own<DirectoryEntryStream>, FileFailure> {
        self.check_room()?;
        let walk = self.opened(&descriptor)?.directory()?.entries()?;
        Ok(Own::new(self.filesystem.walks.add(walk)))
    }

    fn sync(&mut self, descriptor: Borrow<Descriptor>) -> Poll<Result<(), FileFailure>> {
        self.sync_descriptor(&descriptor, Sync::All)
    }

    fn create_directory_at(&mut self, descriptor: Borrow<Descriptor>, path: &str) -> Result<(), FileFailure> {
        Ok(self.opened(&descriptor)?.directory()?.create_directory_at(path)?)
    }

    fn stat(&mut self, descriptor: Borrow<Descriptor>) -> Result<DescriptorStat, FileFailure> {
        Ok(descriptor_stat(&self.opened(&descriptor)?.stat()?))
    }

    fn stat_at(
        &mut self,
        descriptor: Borrow<Descriptor>,
        path_flags: PathFlags,
        path: &str,
    ) -> Result<DescriptorStat, FileFailure> {
        let stat = self.opened(&descriptor)?.directory()?.stat_at(path, follows(path_flags))?;
        Ok(descriptor_stat(&stat))
    }

    fn set_times_at(
        &mut self,
        descriptor: Borrow<Descriptor>,
        path_flags: PathFlags,
        path: &str,
        data_access_timestamp: NewTimestamp,
        data_modification_timestamp: NewTimestamp,
    ) -> Result<(), FileFailure> {
        let (accessed, modified) = (set_time(data_access_timestamp)?, set_time(data_modification_timestamp)?);
        let directory = self.opened(&descriptor)?.directory()?;
        Ok(directory.set_times_at(path, follows(path_flags), accessed, modified)?)
    }

    fn link_at(
        &mut self,
        descriptor: Borrow<Descriptor>,
        old_path_flags: PathFlags,
        old_path: &str,
        new_descriptor: Borrow<Descriptor>,
        new_path: &str,
    ) -> Result<(), FileFailure> {
        let source = self.opened(&descriptor)?.directory()?;
        let target = self.opened(&new_descriptor)?.directory()?;
        Ok(source.link_at(old_path, follows(old_path_flags), &**target, new_path)?)
    }

    fn open_at(
        &mut self,
        descriptor: Borrow<Descriptor>,
        path_flags: PathFlags,
        path: &str,
        open_flags: OpenFlags,
        flags: DescriptorFlags,
    ) -> Result<Own<Descriptor>, FileFailure> {
        self.check_room()?;
        let base = self.opened(&descriptor)?;
        let (directory, mutable) = (base.directory()?, base.is_mutable());
        if !mutable && changes(open_flags, flags) {
            return Err(Error::ReadOnly.into());
        }
        let node = directory.open(path, kernel_flags(path_flags, open_flags, flags)?)?;
        Ok(self.new_descriptor(Opened::beneath(mutable, node, flags)))
    }

    fn readlink_at(&mut self, descriptor: Borrow<Descriptor>, path: &str) -> Result<String, FileFailure> {
        let target = self.opened(&descriptor)?.directory()?.read_link_at(path)?;
        check_link(&target)?;
        Ok(target)
    }

    fn remove_directory_at(&mut self, descriptor: Borrow<Descriptor>, path: &str) -> Result<(), FileFailure> {
        Ok(self.opened(&descriptor)?.directory()?.remove_directory_at(path)?)
    }

    fn rename_at(
        &mut self,
        descriptor: Borrow<Descriptor>,
        old_path: &str,
        new_descriptor: Borrow<Descriptor>,
        new_path: &str,
    ) -> Result<(), FileFailure> {
        let source = self.opened(&descriptor)?.directory()?;
        let target = self.opened(&new_descriptor)?.directory()?;
        Ok(source.rename_at(old_path, &**target, new_path)?)
    }

    fn symlink_at(
        &mut self,
        descriptor: Borrow<Descriptor>,
        old_path: &str,
        new_path: &str,
    ) -> Result<(), FileFailure> {
        Ok(self.opened(&descriptor)?.directory()?.symlink_at(old_path, new_path)?)
    }

    fn unlink_file_at(&mut self, descriptor: Borrow<Descriptor>, path: &str) -> Result<(), FileFailure> {
        Ok(self.opened(&descriptor)?.directory()?.unlink_at(path)?)
    }

    fn is_same_object(&mut self, descriptor: Borrow<Descriptor>, other: Borrow<Descriptor>) -> Result<bool, Trap> {
        Ok(self.opened(&descriptor)?.is_same_object(self.opened(&other)?))
    }

    fn metadata_hash(&mut self, descriptor: Borrow<Descriptor>) -> Result<MetadataHashValue, FileFailure> {
        Ok(metadata_hash(&self.opened(&descriptor)?.stat()?))
    }

    fn metadata_hash_at(
        &mut self,
        descriptor: Borrow<Descriptor>,
        path_flags: PathFlags,
        path: &str,
    ) -> Result<MetadataHashValue, FileFailure> {
        Ok(metadata_hash(&self.opened(&descriptor)?.directory()?.stat_at(path, follows(path_flags))?))
    }

    fn drop(&mut self, descriptor: Own<Descriptor>) -> Result<(), Trap> {
        self.filesystem.descriptors.remove(descriptor.rep());
        Ok(())
    }
}
