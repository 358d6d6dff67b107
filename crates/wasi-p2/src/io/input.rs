//! `wasi:io/streams`, `input-stream`.

use std::rc::Rc;
use std::task::{Poll, ready};

use tambo_component_linker::bindings::{Answer, Borrow, Filled, Own, Space};
use tambo_engine::Trap;
use tambo_kernel::Result as KernelResult;
use tambo_kernel::ahead::piece;
use tambo_kernel::input::Input;
use tambo_kernel::wait::Interest;

use super::StreamFailure;
use crate::P2;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::{HostInputStream, InputStream};
use crate::p2::fault;

impl P2 {
    pub(super) fn input(&self, stream: &Borrow<InputStream>) -> Result<Rc<Input>, Trap> {
        Ok(self.io.inputs.get(stream.rep())?.object.clone())
    }

    /// How many bytes were taken, if the source has not ended.
    #[inline]
    fn taken(&mut self, outcome: KernelResult<Option<usize>>, from: &Input) -> Poll<Result<usize, StreamFailure>> {
        self.waited(outcome, |p2, error| p2.stream_failure(error, from.stream()))
            .map(|count| count?.ok_or(StreamFailure::CLOSED))
    }

    /// What is known to come is read into the guest's memory; else what is there is taken first.
    fn begin_read(
        &mut self,
        stream: &Borrow<InputStream>,
        len: u64,
        waits: bool,
    ) -> Poll<Result<Answer<Filled, Reading>, StreamFailure>> {
        let input = self.input(stream)?;
        match input.sure(&self.host, len) {
            Ok(Some(sure)) => return Poll::Ready(Ok(Answer::Fill { bytes: sure as u32, job: Reading::Ahead(input) })),
            Ok(None) => {}
            Err(error) => return Poll::Ready(Err(self.stream_failure(error, input.stream()))),
        }
        let wanted = piece(len);
        let taken = &mut self.io.taken;
        if taken.len() < wanted {
            taken.resize(wanted, 0);
        }
        let outcome = input.read(&mut self.host, &mut taken[..wanted], waits);
        let count = ready!(self.taken(outcome, &input)?);
        Poll::Ready(Ok(Answer::Fill { bytes: count as u32, job: Reading::Taken(count) }))
    }

    fn finish_read(
        &mut self,
        reading: &Reading,
        mut space: Space<'_>,
        waits: bool,
    ) -> Poll<Result<Filled, StreamFailure>> {
        let count = match reading {
            Reading::Ahead(input) => {
                let outcome = input.read(&mut self.host, space.bytes(), waits);
                ready!(self.taken(outcome, input)?)
            }
            Reading::Taken(count) => copy(&self.io.taken[..*count], &mut space),
        };
        Poll::Ready(Ok(space.filled(count)))
    }
}

/// How a read goes on when the guest has made room.
pub enum Reading {
    /// The source has that much.
    Ahead(Rc<Input>),
    /// So many bytes were taken, and lie in `Io::taken`: between the two halves of a read a guest only
    /// makes room, and calls nothing.
    Taken(usize),
}

/// Copy bytes into a space that was made for them; how many.
pub(crate) fn copy(bytes: &[u8], space: &mut Space<'_>) -> usize {
    let places = space.bytes();
    let count = places.len().min(bytes.len());
    places[..count].copy_from_slice(&bytes[..count]);
    count
}

impl HostInputStream for P2 {
    type ReadJob = Reading;
    type BlockingReadJob = Reading;

    fn read(&mut self, stream: Borrow<InputStream>, len: u64) -> Poll<Result<Answer<Filled, Reading>, StreamFailure>> {
        self.begin_read(&stream, len, false)
    }

    fn read_fill(&mut self, reading: &mut Reading, space: Space<'_>) -> Poll<Result<Filled, StreamFailure>> {
        self.finish_read(reading, space, false)
    }

    fn blocking_read(
        &mut self,
        stream: Borrow<InputStream>,
        len: u64,
    ) -> Poll<Result<Answer<Filled, Reading>, StreamFailure>> {
        self.begin_read(&stream, len, true)
    }

    fn blocking_read_fill(&mut self, reading: &mut Reading, space: Space<'_>) -> Poll<Result<Filled, StreamFailure>> {
        self.finish_read(reading, space, true)
    }

    fn skip(&mut self, stream: Borrow<InputStream>, len: u64) -> Result<u64, StreamFailure> {
        let input = self.input(&stream)?;
        let count =
            input.skip(&mut self.host, len, false).map_err(|error| self.stream_failure(error, input.stream()))?;
        count.ok_or(StreamFailure::CLOSED)
    }

    fn blocking_skip(&mut self, stream: Borrow<InputStream>, len: u64) -> Poll<Result<u64, StreamFailure>> {
        let input = self.input(&stream)?;
        let outcome = input.skip(&mut self.host, len, true);
        let count = ready!(self.waited(outcome, |p2, error| p2.stream_failure(error, input.stream()))?);
        Poll::Ready(count.ok_or(StreamFailure::CLOSED))
    }

    fn subscribe(&mut self, stream: Borrow<InputStream>) -> Result<Own<Pollable>, Trap> {
        let stream = self.io.inputs.get(stream.rep())?;
        let (object, children) = (stream.object.clone(), stream.children.clone());
        Ok(self.new_readiness(object, Interest::Read, Some(&children)))
    }

    fn drop(&mut self, stream: Own<InputStream>) -> Result<(), Trap> {
        if self.io.inputs.get(stream.rep())?.children.has_children() {
            return Err(fault("an input-stream was dropped before its pollables"));
        }
        self.io.inputs.remove(stream.rep());
        Ok(())
    }
}
