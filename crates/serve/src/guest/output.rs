//! Standard output and error of a guest: whole lines, each with the component's name and the request's before it, on the
//! server's standard error.

use std::cell::{Cell, RefCell};
use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;

use tambo_kernel::fs::FileKind;
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Pollable, Source};
use tambo_kernel::{Error, Result};

use crate::handler::RequestId;
use crate::place::Place;

/// What is kept of a line; a longer one is cut into several.
const LONGEST: usize = 4096;

/// One of a guest's streams.
pub(crate) struct GuestOutput {
    place: Rc<Place>,
    component: Rc<str>,
    /// The request that its instance answers at the moment.
    request: Rc<Cell<RequestId>>,
    line: RefCell<Vec<u8>>,
}

impl GuestOutput {
    pub(crate) fn new(place: Rc<Place>, component: Rc<str>, request: Rc<Cell<RequestId>>) -> Self {
        Self { place, component, request, line: RefCell::default() }
    }

    fn take(&self, bytes: &[u8]) {
        let mut line = self.line.borrow_mut();
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            for piece in part.chunks(LONGEST) {
                line.extend_from_slice(piece);
                if line.len() >= LONGEST || line.ends_with(b"\n") {
                    self.write(&mut line);
                }
            }
        }
    }

    fn write(&self, line: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(line);
        self.place.log.tell(&format!("[{} {}] {}", self.component, self.request.get(), text.trim_end_matches('\n')));
        line.clear();
    }
}

impl Drop for GuestOutput {
    fn drop(&mut self) {
        let mut line = self.line.take();
        if !line.is_empty() {
            self.write(&mut line);
        }
    }
}

impl Pollable for GuestOutput {
    fn source(&self, _: Interest) -> Source<'_> {
        Source::Ready
    }
}

impl Stream for GuestOutput {
    fn read(&self, _: &mut [IoSliceMut<'_>], _: Wait) -> Result<usize> {
        Err(Error::BadDescriptor)
    }

    fn write(&self, buffers: &[IoSlice<'_>], _: Wait) -> Result<usize> {
        buffers.iter().for_each(|buffer| self.take(buffer));
        Ok(buffers.iter().map(|buffer| buffer.len()).sum())
    }

    fn kind(&self) -> FileKind {
        FileKind::Fifo
    }
}
