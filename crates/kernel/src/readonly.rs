//! A directory that can be read and not changed: one wrapper that answers [`Error::ReadOnly`] to every mutation.

use std::any::Any;
use std::rc::Rc;

use crate::fs::{Directory, Entries, FileKind, Node, OpenFlags, SetTime, Stat, Sync};
use crate::{Error, Result};

/// A read-only view. What is opened through it is read-only too: files because they are not open for writing (and are
/// wrapped, for what a file lets even readers change), streams likewise, directories because they are wrapped again.
pub struct ReadOnly(Rc<dyn Directory>);

impl ReadOnly {
    /// A read-only view of `inner`.
    pub fn new(inner: Rc<dyn Directory>) -> Self {
        Self(inner)
    }

    /// Creating what exists is no mutation; whether it exists is found out without creating it, and, if nothing is to be
    /// opened, without opening it: that would wake whoever waits at the other end of a pipe.
    fn open_existing(&self, path: &str, flags: OpenFlags) -> Result<Node> {
        let exclusive = flags.contains(OpenFlags::EXCLUSIVE);
        match self.0.stat_at(path, flags.contains(OpenFlags::FOLLOW) && !exclusive) {
            Ok(_) if exclusive => Err(Error::Exist),
            Ok(stat) if stat.kind == FileKind::Directory => Err(Error::IsDirectory),
            Ok(_) => self.0.open(path, flags - OpenFlags::CREATE).map(read_only),
            Err(Error::NoEntry) => Err(Error::ReadOnly),
            Err(error) => Err(error),
        }
    }
}

impl Directory for ReadOnly {
    fn open(&self, path: &str, flags: OpenFlags) -> Result<Node> {
        if flags.intersects(OpenFlags::WRITE | OpenFlags::TRUNCATE | OpenFlags::APPEND) {
            return Err(Error::ReadOnly);
        }
        if flags.contains(OpenFlags::CREATE) {
            return self.open_existing(path, flags);
        }
        self.0.open(path, flags).map(read_only)
    }

    fn stat_at(&self, path: &str, follow: bool) -> Result<Stat> {
        self.0.stat_at(path, follow)
    }

    fn set_times_at(&self, _: &str, _: bool, _: SetTime, _: SetTime) -> Result<()> {
        Err(Error::ReadOnly)
    }

    fn create_directory_at(&self, _: &str) -> Result<()> {
        Err(Error::ReadOnly)
    }

    fn remove_directory_at(&self, _: &str) -> Result<()> {
        Err(Error::ReadOnly)
    }

    fn unlink_at(&self, _: &str) -> Result<()> {
        Err(Error::ReadOnly)
    }

    fn read_link_at(&self, path: &str) -> Result<String> {
        self.0.read_link_at(path)
    }

    fn symlink_at(&self, _: &str, _: &str) -> Result<()> {
        Err(Error::ReadOnly)
    }

    /// Refused as the *source* too: a second name in a writable place would be a way to change the file.
    fn link_at(&self, _: &str, _: bool, _: &dyn Directory, _: &str) -> Result<()> {
        Err(Error::ReadOnly)
    }

    fn rename_at(&self, _: &str, _: &dyn Directory, _: &str) -> Result<()> {
        Err(Error::ReadOnly)
    }

    fn link_target(&self) -> Result<&dyn Any> {
        Err(Error::ReadOnly)
    }

    fn is_read_only(&self) -> bool {
        true
    }

    fn stat(&self) -> Result<Stat> {
        self.0.stat()
    }

    fn set_times(&self, _: SetTime, _: SetTime) -> Result<()> {
        Err(Error::ReadOnly)
    }

    fn sync(&self, _: Sync) -> Result<()> {
        Ok(())
    }

    fn entries(&self) -> Result<Box<dyn Entries>> {
        self.0.entries()
    }
}

fn read_only(node: Node) -> Node {
    match node {
        Node::Directory(directory) => Node::Directory(Rc::new(ReadOnly(directory))),
        Node::File(file) => Node::File(Rc::new(file::ReadOnlyFile(file))),
        Node::Stream(stream) => Node::Stream(Rc::new(stream::ReadOnlyStream(stream))),
    }
}

mod file {
    //! A file opened through a read-only view.

    use std::io::{IoSlice, IoSliceMut};
    use std::rc::Rc;

    use crate::fs::{Advice, File, FileKind, OpenFlags, SetTime, Stat, Sync};
    use crate::stream::Wait;
    use crate::wait::{Interest, Pollable, Readiness, Source};
    use crate::{Error, Result};

    pub(super) struct ReadOnlyFile(pub(super) Rc<dyn File>);

    impl Pollable for ReadOnlyFile {
        fn source(&self, interest: Interest) -> Source<'_> {
            self.0.source(interest)
        }

        fn readiness(&self, interest: Interest) -> Readiness {
            self.0.readiness(interest)
        }
    }

    impl File for ReadOnlyFile {
        fn kind(&self) -> FileKind {
            self.0.kind()
        }

        fn read_at(&self, buffers: &mut [IoSliceMut<'_>], offset: u64, wait: Wait) -> Result<usize> {
            self.0.read_at(buffers, offset, wait)
        }

        fn write_at(&self, _: &[IoSlice<'_>], _: u64, _: Wait) -> Result<usize> {
            Err(Error::BadDescriptor)
        }

        fn append(&self, _: &[IoSlice<'_>], _: Wait) -> Result<usize> {
            Err(Error::BadDescriptor)
        }

        fn stat(&self) -> Result<Stat> {
            self.0.stat()
        }

        fn set_size(&self, _: u64) -> Result<()> {
            Err(Error::ReadOnly)
        }

        fn set_times(&self, _: SetTime, _: SetTime) -> Result<()> {
            Err(Error::ReadOnly)
        }

        fn sync(&self, _: Sync, _: Wait) -> Result<()> {
            Ok(())
        }

        fn allocate(&self, _: u64, _: u64) -> Result<()> {
            Err(Error::ReadOnly)
        }

        /// Advice changes caches that others share, so it goes no further than the check of its arguments.
        fn advise(&self, offset: u64, len: u64, _: Advice) -> Result<()> {
            offset.checked_add(len).map(|_| ()).ok_or(Error::Invalid)
        }

        fn set_flags(&self, flags: OpenFlags) -> Result<()> {
            self.0.set_flags(flags)
        }
    }
}

mod stream {
    //! A pipe or device opened through a read-only view.

    use std::io::{IoSlice, IoSliceMut, SeekFrom};
    use std::rc::Rc;

    use crate::fs::{FileKind, Stat};
    use crate::stream::{Stream, Wait};
    use crate::wait::{Interest, Pollable, Readiness, Source};
    use crate::{Error, Result};

    pub(super) struct ReadOnlyStream(pub(super) Rc<dyn Stream>);

    impl Pollable for ReadOnlyStream {
        fn source(&self, interest: Interest) -> Source<'_> {
            self.0.source(interest)
        }

        fn readiness(&self, interest: Interest) -> Readiness {
            self.0.readiness(interest)
        }
    }

    impl Stream for ReadOnlyStream {
        fn read(&self, buffers: &mut [IoSliceMut<'_>], wait: Wait) -> Result<usize> {
            self.0.read(buffers, wait)
        }

        fn write(&self, _: &[IoSlice<'_>], _: Wait) -> Result<usize> {
            Err(Error::BadDescriptor)
        }

        fn kind(&self) -> FileKind {
            self.0.kind()
        }

        fn stat(&self) -> Result<Stat> {
            self.0.stat()
        }

        fn seek(&self, to: SeekFrom) -> Result<u64> {
            self.0.seek(to)
        }
    }
}
