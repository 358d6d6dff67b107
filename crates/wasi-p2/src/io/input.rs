//! `wasi:io/streams`, `input-stream`.

use std::rc::Rc;
use std::task::{Poll, ready};

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::Result as KernelResult;
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

    fn read_bytes(&mut self, input: &Rc<Input>, len: u64, waits: bool) -> KernelResult<Option<Vec<u8>>> {
        let mut bytes = vec![0; input.room(&self.host, len)?];
        let count = input.read(&mut self.host, &mut bytes, waits)?;
        Ok(count.map(|count| {
            bytes.truncate(count);
            bytes
        }))
    }
}

impl HostInputStream for P2 {
    fn read(&mut self, stream: Borrow<InputStream>, len: u64) -> Result<Vec<u8>, StreamFailure> {
        let input = self.input(&stream)?;
        let bytes = self.read_bytes(&input, len, false).map_err(|error| self.stream_failure(error, input.stream()))?;
        bytes.ok_or(StreamFailure::CLOSED)
    }

    fn blocking_read(&mut self, stream: Borrow<InputStream>, len: u64) -> Poll<Result<Vec<u8>, StreamFailure>> {
        let input = self.input(&stream)?;
        let outcome = self.read_bytes(&input, len, true);
        let bytes = ready!(self.waited(outcome, |p2, error| p2.stream_failure(error, input.stream()))?);
        Poll::Ready(bytes.ok_or(StreamFailure::CLOSED))
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
