//! A sink of bytes that a guest writes in order, never waiting unless it asks to: what 0.2's `output-stream` and 0.3's
//! writable end of a `stream<u8>` are made of.
//!
//! A guest asks how much it may write, and may then write that much. Bytes go to the sink at once as far as it takes
//! them; the rest is kept, within a bound, and given on while the guest waits for anything ([`Deferred`]).

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::IoSlice;
use std::rc::Rc;

use crate::ahead::piece;
use crate::fs::File;
use crate::host::{Deferred, Host};
use crate::input::Input;
use crate::open_file::OpenFile;
use crate::stream::{Stream, Wait};
use crate::wait::{Interest, Pollable, Source, WaitSet};
use crate::{Error, Result};

/// Bytes that one sink keeps at most.
const KEPT: usize = 64 << 10;

/// A sink. After an error it is closed: [`Error::Pipe`].
pub struct Output {
    to: To,
    /// Bytes that it may keep itself.
    room: usize,
    kept: RefCell<VecDeque<u8>>,
    /// How many of them the sink was offered when it would have blocked. It may have begun with those: no more and no less
    /// is offered again.
    offered: Cell<usize>,
    /// How many bytes the guest was told it may write.
    permit: Cell<usize>,
    /// The guest wants what is kept to be gone before it writes more.
    flushing: Cell<bool>,
    state: Cell<State>,
}

enum To {
    Stream(Rc<dyn Stream>),
    File(Rc<dyn File>, RefCell<OpenFile>),
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    /// Failed while nobody looked; the next call is told.
    Failed(Error),
    Closed,
}

impl Output {
    /// Into a stream.
    pub fn of_stream(stream: Rc<dyn Stream>) -> Self {
        Self::new(To::Stream(stream), KEPT)
    }

    /// Into a stream that says how much it takes at once ([`Readiness::bytes`](crate::wait::Readiness::bytes)): a guest may
    /// write that much, and nothing is kept besides. Whatever was written is in the stream when the sink is dropped.
    pub fn of_bounded(stream: Rc<dyn Stream>) -> Self {
        Self::new(To::Stream(stream), 0)
    }

    /// Into a file, from where it stands, or at its end if it is open for appending.
    pub fn of_file(file: OpenFile) -> Self {
        Self::new(To::File(file.file.clone(), RefCell::new(file)), KEPT)
    }

    fn new(to: To, room: usize) -> Self {
        Self {
            to,
            room,
            kept: RefCell::default(),
            offered: Cell::new(0),
            permit: Cell::new(0),
            flushing: Cell::new(false),
            state: Cell::new(State::Open),
        }
    }

    /// The stream, if it is one.
    pub fn stream(&self) -> Option<&Rc<dyn Stream>> {
        match &self.to {
            To::Stream(stream) => Some(stream),
            To::File(..) => None,
        }
    }

    /// How many bytes the guest may write now; it may write them later too.
    pub fn check_write(&self, host: &Host) -> Result<usize> {
        self.give_on();
        self.check()?;
        let kept = self.kept.borrow().len();
        let permit = match &self.to {
            _ if self.flushing.get() => 0,
            To::Stream(stream) if self.room == 0 => piece(stream.readiness(Interest::Write).bytes),
            _ => self.room.saturating_sub(kept).min(host.budget.output.saturating_sub(host.deferred_bytes())),
        };
        self.permit.set(permit);
        Ok(permit)
    }

    /// Whether the guest may write so many bytes: it was told so, and has not written them since.
    pub fn permits(&self, count: u64) -> bool {
        count <= self.permit.get() as u64
    }

    /// Take bytes that are [permitted](Output::permits), without waiting.
    pub fn write(self: &Rc<Self>, host: &mut Host, bytes: &[u8]) -> Result<()> {
        self.check()?;
        self.permit.set(self.permit.get().saturating_sub(bytes.len()));
        let written = if self.kept.borrow().is_empty() { self.put_all(bytes)? } else { 0 };
        if let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            if self.offered.get() == 0 {
                self.offered.set(rest.len());
            }
            self.kept.borrow_mut().extend(rest);
            host.defer(self.clone());
        }
        Ok(())
    }

    /// Take zeroes that are [permitted](Output::permits), without waiting.
    pub fn write_zeroes(self: &Rc<Self>, host: &mut Host, count: u64) -> Result<()> {
        let zeroes = vec![0; usize::try_from(count).unwrap_or(usize::MAX).min(KEPT)];
        self.write(host, &zeroes)
    }

    /// Write all of these bytes and what is kept before them, and wait until they are gone. Parks the host.
    pub fn write_and_flush(self: &Rc<Self>, host: &mut Host, bytes: &[u8]) -> Result<()> {
        self.blocking_flush(host)?;
        while let Some(rest) = bytes.get(host.progress..).filter(|rest| !rest.is_empty()) {
            match self.put(rest, host.wait_for(false)) {
                Ok(count) => host.progress += count,
                Err(Error::WouldBlock) => return host.park_on(self.sink(), Interest::Write),
                Err(error) => return Err(self.fail(error)),
            }
        }
        Ok(())
    }

    /// Let nothing more in until what is kept is gone.
    pub fn flush(&self) -> Result<()> {
        self.give_on();
        self.check()?;
        let busy = !self.kept.borrow().is_empty();
        self.flushing.set(busy);
        if busy {
            self.permit.set(0);
        }
        Ok(())
    }

    /// Wait until what is kept is gone. Parks the host.
    pub fn blocking_flush(self: &Rc<Self>, host: &mut Host) -> Result<()> {
        self.give_on();
        self.check()?;
        if self.kept.borrow().is_empty() {
            return Ok(());
        }
        self.flushing.set(true);
        host.park(WaitSet::default())
    }

    /// Move bytes from a source: as many as may be written and are there. If `waits`, waits until some can be moved, which
    /// parks the host. None if the source has ended.
    pub fn splice(self: &Rc<Self>, host: &mut Host, from: &Rc<Input>, count: u64, waits: bool) -> Result<Spliced> {
        let permit = self.check_write(host)?;
        if permit == 0 && waits && count > 0 {
            return match self.room {
                0 => host.park_on(self.sink(), Interest::Write),
                _ => host.park(WaitSet::default()),
            };
        }
        let mut buffer = vec![0; piece(count).min(permit)];
        match from.read(host, &mut buffer, waits) {
            Ok(Some(read)) => {
                self.write(host, buffer.get(..read).unwrap_or_default())?;
                Ok(Spliced::Bytes(read as u64))
            }
            Ok(None) => Ok(Spliced::End),
            Err(Error::WouldBlock) => Err(Error::WouldBlock),
            Err(error) => Ok(Spliced::Unreadable(error)),
        }
    }

    /// Take no more from the guest; what is kept is given on. Whether nothing is.
    pub fn close(&self) -> bool {
        self.give_on();
        self.state.set(State::Closed);
        self.kept.borrow().is_empty()
    }

    /// Whether it can take no more: an error that nobody was told of is told.
    fn check(&self) -> Result<()> {
        match self.state.get() {
            State::Open => Ok(()),
            State::Closed => Err(Error::Pipe),
            State::Failed(error) => {
                self.state.set(State::Closed);
                Err(error)
            }
        }
    }

    fn fail(&self, error: Error) -> Error {
        self.state.set(State::Closed);
        self.kept.borrow_mut().clear();
        self.offered.set(0);
        error
    }

    /// As many bytes as go without waiting.
    fn put_all(&self, bytes: &[u8]) -> Result<usize> {
        let mut written = 0;
        while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match self.put(rest, Wait::Try) {
                Ok(count) => written += count,
                Err(Error::WouldBlock) => break,
                Err(error) => return Err(self.fail(error)),
            }
        }
        Ok(written)
    }

    fn sink(&self) -> Rc<dyn Pollable> {
        match &self.to {
            To::Stream(stream) => stream.clone(),
            To::File(file, _) => file.clone(),
        }
    }

    fn put(&self, bytes: &[u8], wait: Wait) -> Result<usize> {
        let buffers = &[IoSlice::new(bytes)];
        let count = match &self.to {
            To::Stream(stream) => stream.write(buffers, wait)?,
            To::File(_, open) => open.borrow_mut().write(buffers, wait)?,
        };
        // A sink that takes nothing and says nothing would be asked for ever.
        if count == 0 { Err(Error::Io) } else { Ok(count) }
    }
}

/// What became of a [`splice`](Output::splice).
pub enum Spliced {
    /// So many bytes were moved.
    Bytes(u64),
    /// The source has ended.
    End,
    /// The source failed.
    Unreadable(Error),
}

impl Deferred for Output {
    fn give_on(&self) -> bool {
        let mut kept = self.kept.borrow_mut();
        while !kept.is_empty() {
            let kept_bytes: &[u8] = kept.make_contiguous();
            let offered = kept_bytes.get(..self.offered.get()).filter(|bytes| !bytes.is_empty()).unwrap_or(kept_bytes);
            let (outcome, count) = (self.put(offered, Wait::Try), offered.len());
            self.offered.set(0);
            match outcome {
                Ok(count) => drop(kept.drain(..count)),
                Err(Error::WouldBlock) => {
                    self.offered.set(count);
                    return false;
                }
                Err(error) => {
                    self.state.set(State::Failed(error));
                    kept.clear();
                }
            }
        }
        self.flushing.set(false);
        true
    }

    fn left(&self) -> usize {
        self.kept.borrow().len()
    }
}

impl Pollable for Output {
    fn source(&self, _: Interest) -> Source<'_> {
        let kept = self.kept.borrow().len();
        let takes = kept < self.room && !self.flushing.get();
        match &self.to {
            // What waits for a sink that would block waits for the sink.
            _ if self.state.get() != State::Open && kept == 0 => Source::Ready,
            To::Stream(stream) if kept > 0 || !takes => stream.source(Interest::Write),
            To::File(file, _) if kept > 0 || !takes => file.source(Interest::Write),
            To::Stream(_) | To::File(..) => Source::Ready,
        }
    }
}
