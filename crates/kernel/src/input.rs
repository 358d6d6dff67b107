//! A source of bytes that a guest takes in order: what 0.2's `input-stream` and 0.3's `stream<u8>` are made of.

use std::cell::{Cell, RefCell};
use std::io::IoSliceMut;
use std::rc::Rc;

use crate::ahead::{Ahead, piece};
use crate::fs::File;
use crate::host::Host;
use crate::open_file::OpenFile;
use crate::stream::{Stream, Wait};
use crate::wait::{Interest, Pollable, Readiness, Source};
use crate::{Error, Result};

/// A source. Once it has ended or failed, it has ended.
pub struct Input {
    from: From,
    ended: Cell<bool>,
}

enum From {
    Stream(Rc<dyn Stream>),
    File(FileSource),
}

struct FileSource {
    file: Rc<dyn File>,
    open: RefCell<OpenFile>,
    ahead: Ahead,
}

impl Input {
    /// The bytes of a stream.
    pub fn of_stream(stream: Rc<dyn Stream>) -> Self {
        Self { from: From::Stream(stream), ended: Cell::new(false) }
    }

    /// The bytes of a file, from where it stands.
    pub fn of_file(file: OpenFile) -> Self {
        let source = FileSource { file: file.file.clone(), open: RefCell::new(file), ahead: Ahead::default() };
        Self { from: From::File(source), ended: Cell::new(false) }
    }

    /// The stream, if it is one.
    pub fn stream(&self) -> Option<&Rc<dyn Stream>> {
        match &self.from {
            From::Stream(stream) => Some(stream),
            From::File(_) => None,
        }
    }

    /// Take bytes; none at the end. What is not there yet is waited for if `waits`, or else is no bytes at all.
    /// Parks the host.
    pub fn read(self: &Rc<Self>, host: &mut Host, buffer: &mut [u8], waits: bool) -> Result<Option<usize>> {
        if self.ended.get() {
            return Ok(None);
        }
        if buffer.is_empty() {
            return Ok(Some(0));
        }
        match self.take(buffer, host.wait_for(!waits)) {
            Ok(0) => {
                self.ended.set(true);
                Ok(None)
            }
            Ok(count) => Ok(Some(count)),
            Err(Error::WouldBlock) if waits => host.park_on(self.clone(), Interest::Read),
            Err(Error::WouldBlock) => Ok(Some(0)),
            Err(error) => {
                self.ended.set(true);
                Err(error)
            }
        }
    }

    /// Take bytes and forget them; as [`read`](Input::read).
    pub fn skip(self: &Rc<Self>, host: &mut Host, count: u64, waits: bool) -> Result<Option<u64>> {
        let mut buffer = vec![0; piece(count)];
        Ok(self.read(host, &mut buffer, waits)?.map(|count| count as u64))
    }

    /// How many bytes a [`read`](Input::read) of `wanted` gives, almost always; see [`Ahead::sure`] and
    /// [`Stream::at_hand`].
    #[inline]
    pub fn sure(&self, host: &Host, wanted: u64) -> Result<Option<usize>> {
        match &self.from {
            From::File(source) if !self.ended.get() => {
                let position = source.open.borrow().tell()?;
                source.ahead.sure(host, &*source.file, position, wanted)
            }
            From::Stream(stream) if !self.ended.get() => {
                let wanted = usize::try_from(wanted).unwrap_or(usize::MAX).min(host.budget.transfer);
                Ok(stream.at_hand().map(|bytes| bytes.min(wanted)).filter(|&sure| sure > 0))
            }
            _ => Ok(None),
        }
    }

    fn take(&self, buffer: &mut [u8], wait: Wait) -> Result<usize> {
        let buffers = &mut [IoSliceMut::new(buffer)];
        match &self.from {
            From::Stream(stream) => stream.read(buffers, wait),
            From::File(source) => source.open.borrow_mut().read(buffers, wait),
        }
    }
}

impl Pollable for Input {
    fn source(&self, interest: Interest) -> Source<'_> {
        match &self.from {
            _ if self.ended.get() => Source::Ready,
            From::Stream(stream) => stream.source(interest),
            From::File(source) => source.file.source(interest),
        }
    }

    fn readiness(&self, interest: Interest) -> Readiness {
        match &self.from {
            From::Stream(stream) if !self.ended.get() => stream.readiness(interest),
            _ => Readiness::default(),
        }
    }
}
