//! `wasi:io/streams`, `output-stream`.

use std::rc::Rc;
use std::task::{Poll, ready};

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::input::Input;
use tambo_kernel::output::{Output, Spliced};
use tambo_kernel::wait::Interest;

use super::StreamFailure;
use crate::P2;
use crate::bindings::wasi::io::poll::Pollable;
use crate::bindings::wasi::io::streams::{Host, HostOutputStream, InputStream, OutputStream};
use crate::p2::fault;

/// Bytes that one call which writes and flushes may write.
const AT_ONCE: u64 = 4096;
static ZEROES: [u8; AT_ONCE as usize] = [0; AT_ONCE as usize];

impl P2 {
    fn output(&self, stream: &Borrow<OutputStream>) -> Result<Rc<Output>, Trap> {
        Ok(self.io.outputs.get(stream.rep())?.object.clone())
    }

    /// A sink, of a guest that may write so many bytes to it.
    fn permitted(&self, stream: &Borrow<OutputStream>, count: u64) -> Result<Rc<Output>, Trap> {
        let output = self.output(stream)?;
        if output.permits(count) {
            return Ok(output);
        }
        Err(fault(format!("{count} bytes were written to an output-stream, more than check-write permitted")))
    }

    fn write_and_flush(&mut self, stream: &Borrow<OutputStream>, bytes: &[u8]) -> Poll<Result<(), StreamFailure>> {
        let output = self.output(stream)?;
        let outcome = output.write_and_flush(&mut self.host, bytes);
        self.waited(outcome, |p2, error| p2.stream_failure(error, output.stream()))
    }

    fn spliced(&mut self, input: &Input, spliced: Spliced) -> Result<u64, StreamFailure> {
        match spliced {
            Spliced::Bytes(count) => Ok(count),
            Spliced::End => Err(StreamFailure::CLOSED),
            Spliced::Unreadable(error) => Err(self.stream_failure(error, input.stream())),
        }
    }
}

fn check_at_once(count: u64) -> Result<(), Trap> {
    if count <= AT_ONCE {
        return Ok(());
    }
    Err(fault(format!("{count} bytes were to be written and flushed at once, and {AT_ONCE} is the most")))
}

impl HostOutputStream for P2 {
    fn check_write(&mut self, stream: Borrow<OutputStream>) -> Result<u64, StreamFailure> {
        let output = self.output(&stream)?;
        output
            .check_write(&self.host)
            .map(|permit| permit as u64)
            .map_err(|error| self.stream_failure(error, output.stream()))
    }

    fn write(&mut self, stream: Borrow<OutputStream>, contents: &[u8]) -> Result<(), StreamFailure> {
        let output = self.permitted(&stream, contents.len() as u64)?;
        output.write(&mut self.host, contents).map_err(|error| self.stream_failure(error, output.stream()))
    }

    fn blocking_write_and_flush(
        &mut self,
        stream: Borrow<OutputStream>,
        contents: &[u8],
    ) -> Poll<Result<(), StreamFailure>> {
        check_at_once(contents.len() as u64)?;
        self.write_and_flush(&stream, contents)
    }

    fn flush(&mut self, stream: Borrow<OutputStream>) -> Result<(), StreamFailure> {
        let output = self.output(&stream)?;
        output.flush().map_err(|error| self.stream_failure(error, output.stream()))
    }

    fn blocking_flush(&mut self, stream: Borrow<OutputStream>) -> Poll<Result<(), StreamFailure>> {
        let output = self.output(&stream)?;
        let outcome = output.blocking_flush(&mut self.host);
        self.waited(outcome, |p2, error| p2.stream_failure(error, output.stream()))
    }

    fn subscribe(&mut self, stream: Borrow<OutputStream>) -> Result<Own<Pollable>, Trap> {
        let stream = self.io.outputs.get(stream.rep())?;
        let (object, children) = (stream.object.clone(), stream.children.clone());
        Ok(self.new_readiness(object, Interest::Write, Some(&children)))
    }

    fn write_zeroes(&mut self, stream: Borrow<OutputStream>, len: u64) -> Result<(), StreamFailure> {
        let output = self.permitted(&stream, len)?;
        output.write_zeroes(&mut self.host, len).map_err(|error| self.stream_failure(error, output.stream()))
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Borrow<OutputStream>,
        len: u64,
    ) -> Poll<Result<(), StreamFailure>> {
        check_at_once(len)?;
        self.write_and_flush(&stream, ZEROES.get(..len as usize).unwrap_or_default())
    }

    fn splice(
        &mut self,
        stream: Borrow<OutputStream>,
        src: Borrow<InputStream>,
        len: u64,
    ) -> Result<u64, StreamFailure> {
        let (output, input) = (self.output(&stream)?, self.input(&src)?);
        match output.splice(&mut self.host, &input, len, false) {
            Ok(spliced) => self.spliced(&input, spliced),
            Err(error) => Err(self.stream_failure(error, output.stream())),
        }
    }

    fn blocking_splice(
        &mut self,
        stream: Borrow<OutputStream>,
        src: Borrow<InputStream>,
        len: u64,
    ) -> Poll<Result<u64, StreamFailure>> {
        let (output, input) = (self.output(&stream)?, self.input(&src)?);
        let outcome = output.splice(&mut self.host, &input, len, true);
        let spliced = ready!(self.waited(outcome, |p2, error| p2.stream_failure(error, output.stream()))?);
        Poll::Ready(self.spliced(&input, spliced))
    }

    fn drop(&mut self, stream: Own<OutputStream>) -> Result<(), Trap> {
        if self.io.outputs.get(stream.rep())?.children.has_children() {
            return Err(fault("an output-stream was dropped before its pollables"));
        }
        self.io.outputs.remove(stream.rep());
        Ok(())
    }
}

impl Host for P2 {}
