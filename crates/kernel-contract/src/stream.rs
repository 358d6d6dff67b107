//! The suite for [`Stream`]: a pipe and its two ends.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::cell::RefCell;
use std::io::{IoSlice, IoSliceMut, SeekFrom};
use std::rc::Rc;
use std::task::{Context, Waker};

use tambo_kernel::fs::FileKind;
use tambo_kernel::stream::{Stream, Wait};
use tambo_kernel::wait::{Interest, Readiness, WaitSet, Waiter};
use tambo_kernel::{Error, Interrupt, Result};

use crate::wait::Bell;

/// One `#[test]` for each case, in a module of the given name; the second argument is a closure without captures that
/// answers a fresh [`Pipe`](crate::stream::Pipe).
#[macro_export]
macro_rules! stream_tests {
    ($module:ident, $make:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "the expression may need what is imported around the macro")]
            use super::*;

            $crate::cases!(stream, $make, [
                bytes_come_out_in_order
                buffers_are_used_in_order
                empty_buffers_move_nothing
                an_empty_pipe_would_block
                a_blocking_read_takes_what_is_there
                a_full_pipe_would_block
                many_bytes_pass_through
                the_end_comes_after_the_rest
                nobody_reading_is_a_broken_pipe
                ends_have_one_direction
                a_pipe_cannot_seek
                an_empty_pipe_is_not_readable_until_written
                a_full_pipe_is_not_writable_until_read
                the_end_is_ready
                a_broken_pipe_is_ready
                a_waker_is_woken_by_a_write
                a_waker_is_woken_by_a_read
                a_waker_is_woken_by_the_end
                abandoned_waits_are_survived
            ]);
        }
    };
}

/// The two ends of one pipe of bounded capacity (at most 16 MiB), and what waits for them.
pub struct Pipe {
    reader: RefCell<Option<Rc<dyn Stream>>>,
    writer: RefCell<Option<Rc<dyn Stream>>>,
    waiter: Rc<dyn Waiter>,
}

impl Pipe {
    /// A pipe to test with. Nobody else may hold the ends.
    pub fn new(reader: Rc<dyn Stream>, writer: Rc<dyn Stream>, waiter: Rc<dyn Waiter>) -> Self {
        Self { reader: RefCell::new(Some(reader)), writer: RefCell::new(Some(writer)), waiter }
    }

    fn reader(&self) -> Rc<dyn Stream> {
        self.reader.borrow().clone().unwrap()
    }

    fn writer(&self) -> Rc<dyn Stream> {
        self.writer.borrow().clone().unwrap()
    }

    fn close_reader(&self) {
        self.reader.borrow_mut().take();
    }

    fn close_writer(&self) {
        self.writer.borrow_mut().take();
    }

    fn get(&self, len: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; len];
        let count = self.reader().read(&mut [IoSliceMut::new(&mut bytes)], Wait::Try)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    fn put(&self, bytes: &[u8]) -> Result<usize> {
        self.writer().write(&[IoSlice::new(bytes)], Wait::Try)
    }

    /// Write until it would block; how much that was.
    #[track_caller]
    fn fill(&self) -> usize {
        let mut total = 0;
        loop {
            match self.put(&[7; 4_096]) {
                Ok(count) => total += count,
                Err(error) => {
                    assert_eq!(error, Error::WouldBlock);
                    return total;
                }
            }
            assert!(total <= 16 << 20, "the pipe takes without bound");
        }
    }

    /// Read until it would block or ends; how much that was.
    #[track_caller]
    fn drain(&self) -> usize {
        let mut total = 0;
        loop {
            match self.get(65_536) {
                Ok(bytes) if bytes.is_empty() => return total,
                Ok(bytes) => total += bytes.len(),
                Err(error) => {
                    assert_eq!(error, Error::WouldBlock);
                    return total;
                }
            }
        }
    }

    fn set(&self, interest: Interest) -> WaitSet {
        match interest {
            Interest::Read => WaitSet::one(self.reader(), interest),
            Interest::Write => WaitSet::one(self.writer(), interest),
        }
    }

    #[track_caller]
    fn ready(&self, interest: Interest) -> Option<Readiness> {
        let mut set = self.set(interest);
        self.waiter.check(&mut set).unwrap();
        set.entries[0].ready
    }

    /// Waits without blocking until `change` is done and has woken the waker.
    #[track_caller]
    fn woken_by(&self, interest: Interest, change: impl FnOnce()) {
        let bell = Bell::new();
        let waker = Waker::from(bell.clone());
        let mut context = Context::from_waker(&waker);
        let mut set = self.set(interest);
        let interrupt = Interrupt::new();
        assert!(self.waiter.poll_wait(&mut set, &interrupt, &mut context).is_pending());
        change();
        bell.heard_and_settled(|| self.waiter.poll_wait(&mut set, &interrupt, &mut context));
        assert!(self.ready(interest).is_some());
    }
}

pub fn bytes_come_out_in_order(pipe: &Pipe) {
    assert_eq!(pipe.put(b"one,"), Ok(4));
    assert_eq!(pipe.put(b"two"), Ok(3));
    assert_eq!(pipe.get(2).unwrap(), b"on");
    assert_eq!(pipe.get(100).unwrap(), b"e,two");
    assert_eq!(pipe.put(b"three"), Ok(5));
    assert_eq!(pipe.get(5).unwrap(), b"three");
}

pub fn buffers_are_used_in_order(pipe: &Pipe) {
    let buffers = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cdef")];
    assert_eq!(pipe.writer().write(&buffers, Wait::Block), Ok(6));
    let (mut first, mut second, mut third) = ([0; 1], [0; 0], [9; 8]);
    let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second), IoSliceMut::new(&mut third)];
    assert_eq!(pipe.reader().read(&mut buffers, Wait::Block), Ok(6));
    assert_eq!((&first, &third), (b"a", b"bcdef\x09\x09\x09"));
}

pub fn empty_buffers_move_nothing(pipe: &Pipe) {
    assert_eq!(pipe.writer().write(&[], Wait::Try), Ok(0));
    assert_eq!(pipe.put(b""), Ok(0));
    pipe.put(b"text").unwrap();
    assert_eq!(pipe.reader().read(&mut [], Wait::Try), Ok(0));
    assert_eq!(pipe.get(0).unwrap(), b"");
    assert_eq!(pipe.get(10).unwrap(), b"text");
}

pub fn an_empty_pipe_would_block(pipe: &Pipe) {
    assert_eq!(pipe.get(1), Err(Error::WouldBlock));
    pipe.put(b"x").unwrap();
    pipe.get(1).unwrap();
    assert_eq!(pipe.get(1), Err(Error::WouldBlock));
}

pub fn a_blocking_read_takes_what_is_there(pipe: &Pipe) {
    pipe.put(b"text").unwrap();
    let mut bytes = [0; 100];
    assert_eq!(pipe.reader().read(&mut [IoSliceMut::new(&mut bytes)], Wait::Block), Ok(4));
}

pub fn a_full_pipe_would_block(pipe: &Pipe) {
    let total = pipe.fill();
    assert!(total > 0);
    assert_eq!(pipe.put(b"x"), Err(Error::WouldBlock));
    assert_eq!(pipe.drain(), total);
    assert_eq!(pipe.put(b"x"), Ok(1));
}

pub fn many_bytes_pass_through(pipe: &Pipe) {
    let (mut sent, mut received) = (0_u32, 0_u32);
    while received < 100_000 {
        let piece: Vec<u8> = (sent..sent + 3_001).map(|i| (i % 251) as u8).collect();
        match pipe.put(&piece) {
            Ok(count) => sent += count as u32,
            Err(error) => assert_eq!(error, Error::WouldBlock),
        }
        let want = received % 5_000 + 1;
        match pipe.get(want as usize) {
            Ok(bytes) => {
                assert!(bytes.iter().zip(received..).all(|(&byte, i)| u32::from(byte) == i % 251));
                received += bytes.len() as u32;
            }
            Err(error) => assert_eq!(error, Error::WouldBlock),
        }
    }
}

pub fn the_end_comes_after_the_rest(pipe: &Pipe) {
    pipe.put(b"text").unwrap();
    pipe.close_writer();
    assert_eq!(pipe.get(3).unwrap(), b"tex");
    assert_eq!(pipe.get(3).unwrap(), b"t");
    for _ in 0..3 {
        assert_eq!(pipe.get(3).unwrap(), b"");
        let mut byte = [0];
        assert_eq!(pipe.reader().read(&mut [IoSliceMut::new(&mut byte)], Wait::Block), Ok(0));
    }
}

pub fn nobody_reading_is_a_broken_pipe(pipe: &Pipe) {
    pipe.put(b"lost").unwrap();
    pipe.close_reader();
    assert_eq!(pipe.put(b"x"), Err(Error::Pipe));
    assert_eq!(pipe.writer().write(&[IoSlice::new(b"x")], Wait::Block), Err(Error::Pipe));
}

pub fn ends_have_one_direction(pipe: &Pipe) {
    let mut byte = [0];
    assert_eq!(pipe.writer().read(&mut [IoSliceMut::new(&mut byte)], Wait::Try), Err(Error::BadDescriptor));
    assert_eq!(pipe.reader().write(&[IoSlice::new(b"x")], Wait::Try), Err(Error::BadDescriptor));
}

pub fn a_pipe_cannot_seek(pipe: &Pipe) {
    for end in [pipe.reader(), pipe.writer()] {
        for to in [SeekFrom::Start(0), SeekFrom::Current(0), SeekFrom::End(0)] {
            assert_eq!(end.seek(to), Err(Error::InvalidSeek));
        }
        end.sync().unwrap();
        assert!(matches!(end.kind(), FileKind::Fifo | FileKind::StreamSocket));
        assert_eq!(end.stat().unwrap().kind, end.kind());
    }
}

pub fn an_empty_pipe_is_not_readable_until_written(pipe: &Pipe) {
    assert_eq!(pipe.ready(Interest::Read), None);
    pipe.put(b"text").unwrap();
    let ready = pipe.ready(Interest::Read).unwrap();
    assert!(ready.bytes <= 4 && !ready.hangup);
    pipe.get(4).unwrap();
    assert_eq!(pipe.ready(Interest::Read), None);
}

pub fn a_full_pipe_is_not_writable_until_read(pipe: &Pipe) {
    assert!(pipe.ready(Interest::Write).is_some());
    pipe.fill();
    assert_eq!(pipe.ready(Interest::Write), None);
    pipe.drain();
    assert!(pipe.ready(Interest::Write).is_some());
}

pub fn the_end_is_ready(pipe: &Pipe) {
    pipe.put(b"x").unwrap();
    pipe.close_writer();
    assert!(pipe.ready(Interest::Read).is_some());
    pipe.get(1).unwrap();
    let ready = pipe.ready(Interest::Read).unwrap();
    assert!(ready.hangup && ready.bytes == 0);
}

pub fn a_broken_pipe_is_ready(pipe: &Pipe) {
    pipe.fill();
    pipe.close_reader();
    assert!(pipe.ready(Interest::Write).unwrap().hangup);
}

pub fn a_waker_is_woken_by_a_write(pipe: &Pipe) {
    pipe.woken_by(Interest::Read, || assert_eq!(pipe.put(b"x"), Ok(1)));
    let mut set = pipe.set(Interest::Read);
    pipe.waiter.wait(&mut set, &Interrupt::new()).unwrap();
    assert!(set.any_ready());
}

pub fn a_waker_is_woken_by_a_read(pipe: &Pipe) {
    pipe.fill();
    pipe.woken_by(Interest::Write, || assert!(pipe.drain() > 0));
}

pub fn a_waker_is_woken_by_the_end(pipe: &Pipe) {
    pipe.woken_by(Interest::Read, || pipe.close_writer());
}

/// Attack 13: waits that are dropped leave nothing that grows, and later waits still work.
pub fn abandoned_waits_are_survived(pipe: &Pipe) {
    let interrupt = Interrupt::new();
    for _ in 0..1_000 {
        let waker = Waker::from(Bell::new());
        let mut set = pipe.set(Interest::Read);
        let outcome = pipe.waiter.poll_wait(&mut set, &interrupt, &mut Context::from_waker(&waker));
        assert!(outcome.is_pending());
        assert_eq!(pipe.ready(Interest::Read), None);
    }
    pipe.woken_by(Interest::Read, || assert_eq!(pipe.put(b"x"), Ok(1)));
    let mut set = pipe.set(Interest::Read);
    pipe.waiter.wait(&mut set, &interrupt).unwrap();
    assert!(pipe.ready(Interest::Read).is_some());
}
