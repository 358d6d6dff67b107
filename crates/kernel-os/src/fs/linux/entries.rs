//! Walks over the entries of a directory.
//!
//! A walk has an open file description of its own, and reads a block of entries with one system call. Positions are the
//! system's own (`d_off`), which stay valid while the directory changes. A position in the block at hand costs nothing:
//! a guest that reads with small buffers asks again and again for the entry that did not fit.

use std::mem::MaybeUninit;
use std::ops::Range;
use std::os::fd::OwnedFd;

use rustix::fs::{RawDir, SeekFrom};
use rustix::io::Errno;
use tambo_kernel::fs::{Entries, Entry, FileKind};
use tambo_kernel::{Error, Result};

use crate::errno::kernel_error;
use crate::stat;

/// Bytes of entries that one system call reads.
const BLOCK: usize = 32 * 1024;

pub(super) struct HostEntries {
    fd: OwnedFd,
    /// Where the block begins.
    start: u64,
    block: Vec<Record>,
    names: String,
    /// The record that comes next.
    index: usize,
    buffer: Box<[MaybeUninit<u8>]>,
}

struct Record {
    name: Range<usize>,
    inode: u64,
    kind: FileKind,
    next: u64,
}

impl HostEntries {
    /// A walk from the start of a directory that was opened for this walk alone.
    pub(super) fn new(fd: OwnedFd) -> Self {
        let buffer = Box::new_uninit_slice(BLOCK);
        Self { fd, start: 0, block: Vec::new(), names: String::new(), index: 0, buffer }
    }

    /// Where the walk stands.
    fn position(&self) -> u64 {
        match self.index.checked_sub(1) {
            Some(last) => self.block[last].next,
            None => self.start,
        }
    }

    /// Reads the next block. It is empty at the end of the directory only.
    fn fill(&mut self) -> Result<()> {
        loop {
            self.start = self.position();
            self.block.clear();
            self.names.clear();
            self.index = 0;
            let mut raw = RawDir::new(&self.fd, &mut self.buffer);
            let end = loop {
                let entry = match raw.next() {
                    None => return Ok(()),
                    // A directory that was removed has no entries.
                    Some(Err(Errno::NOENT)) => return Ok(()),
                    Some(Err(errno)) => return Err(kernel_error(errno)),
                    Some(Ok(entry)) => entry,
                };
                let next = entry.next_entry_cookie().max(1);
                if let Ok(name) = entry.file_name().to_str() {
                    let from = self.names.len();
                    self.names.push_str(name);
                    // The number of the parent may be that of a directory outside.
                    let inode = if name == ".." { 0 } else { entry.ino() };
                    let kind = stat::kind(entry.file_type());
                    self.block.push(Record { name: from..self.names.len(), inode, kind, next });
                }
                if raw.is_buffer_empty() {
                    break next;
                }
            };
            if !self.block.is_empty() {
                return Ok(());
            }
            // A whole block of names that are left out.
            self.start = end;
        }
    }
}

impl Entries for HostEntries {
    fn next_entry(&mut self) -> Result<Option<Entry<'_>>> {
        if self.index == self.block.len() {
            self.fill()?;
        }
        let Some(record) = self.block.get(self.index) else { return Ok(None) };
        self.index += 1;
        let name = &self.names[record.name.clone()];
        Ok(Some(Entry { name, inode: record.inode, kind: record.kind, next: record.next }))
    }

    fn step_back(&mut self) {
        self.index = self.index.saturating_sub(1);
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        if position == self.position() && (position != 0 || self.block.is_empty()) {
            return Ok(());
        }
        // From the start a guest expects to see the directory as it is now.
        if position != 0
            && let Some(found) = self.block.iter().position(|record| record.next == position)
        {
            self.index = found + 1;
            return Ok(());
        }
        if i64::try_from(position).is_err() {
            return Err(Error::Invalid);
        }
        rustix::fs::seek(&self.fd, SeekFrom::Start(position)).map_err(kernel_error)?;
        self.start = position;
        self.block.clear();
        self.names.clear();
        self.index = 0;
        Ok(())
    }
}
