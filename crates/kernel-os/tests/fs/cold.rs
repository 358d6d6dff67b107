//! Reads that miss the page cache, and flushes, for a guest whose thread must not wait for the device.

use std::io::{IoSlice, IoSliceMut};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tambo_kernel::fs::{Advice, File, OpenFlags, Sync};
use tambo_kernel::open_file::OpenFile;
use tambo_kernel::output::Output;
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Source};
use tambo_kernel::{Error, Grant, Host, Result};

use super::tools::{CREATE, Case, READ, RW, each, read_all};

const MIB: usize = 1 << 20;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits as a waiter does; answers whether there was anything to wait for.
fn wait_ready(file: &dyn File, interest: Interest) -> bool {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut waited = false;
    while let Source::Waker(object) = file.source(interest) {
        match object.poll_ready(interest, &mut Context::from_waker(&waker)) {
            Poll::Ready(_) => break,
            Poll::Pending => std::thread::park(),
        }
        waited = true;
    }
    assert!(matches!(file.source(interest), Source::Ready));
    waited
}

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index / 7 % 251) as u8).collect()
}

/// A file whose pages are on the device only.
fn cold_file(case: &Case, len: usize, flags: OpenFlags) -> Rc<dyn File> {
    case.write("file", &pattern(len));
    let file = case.file("file", flags);
    file.sync(Sync::All, Wait::Block).unwrap();
    evict(&*file);
    file
}

fn evict(file: &dyn File) {
    file.advise(0, 0, Advice::DontNeed).unwrap();
}

fn try_read(file: &dyn File, len: usize, offset: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let count = file.read_at(&mut [IoSliceMut::new(&mut bytes)], offset, Wait::Try)?;
    bytes.truncate(count);
    Ok(bytes)
}

/// Begins a cold read at the start; answers whether it did. It cannot where the temporary folder is in memory.
fn begin_cold_read(case: &Case, file: &dyn File) -> bool {
    for _ in 0..100 {
        if try_read(file, 4096, 0) == Err(Error::WouldBlock) {
            return true;
        }
        evict(file);
    }
    const TMPFS: i64 = 0x0102_1994;
    assert_eq!(rustix::fs::statfs(case.inside("")).unwrap().f_type as i64, TMPFS, "pages of a disk stay in memory");
    false
}

#[test]
fn a_cold_file_is_read_without_blocking() {
    each(|case| {
        let file = cold_file(case, MIB, READ);
        let mut all = Vec::new();
        let mut waits = 0;
        loop {
            match try_read(&*file, 40_000, all.len() as u64) {
                Ok(bytes) if bytes.is_empty() => break,
                Ok(bytes) => all.extend(bytes),
                Err(error) => {
                    assert_eq!(error, Error::WouldBlock);
                    wait_ready(&*file, Interest::Read);
                    waits += 1;
                    assert!(waits < 1000, "no progress");
                }
            }
        }
        assert!(all == pattern(MIB), "the bytes differ");
    });
}

/// The page is gone again before the guest came back: it is given what was read.
#[test]
fn a_cold_read_is_done_after_one_wait() {
    each(|case| {
        let file = cold_file(case, MIB, READ);
        if !begin_cold_read(case, &*file) {
            return;
        }
        let expected = pattern(MIB);
        wait_ready(&*file, Interest::Read);
        for round in 0..20 {
            evict(&*file);
            let offset = round * 50_000;
            if try_read(&*file, 300_000, offset as u64).is_ok() {
                continue;
            }
            wait_ready(&*file, Interest::Read);
            evict(&*file);
            let (mut one, mut two) = ([0; 5000], [0; 7000]);
            let mut buffers = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
            let count = file.read_at(&mut buffers, offset as u64, Wait::Try).unwrap();
            let got = [&one[..], &two[..]].concat();
            assert!(count > 0 && got[..count] == expected[offset..offset + count], "the bytes differ");
        }
    });
}

#[test]
fn a_write_is_never_hidden_by_an_older_read() {
    each(|case| {
        let file = cold_file(case, MIB, RW);
        if !begin_cold_read(case, &*file) {
            return;
        }
        wait_ready(&*file, Interest::Read);
        file.write_at(&[IoSlice::new(b"new")], 0, Wait::Block).unwrap();
        file.sync(Sync::All, Wait::Block).unwrap();
        evict(&*file);
        let bytes = loop {
            match try_read(&*file, 4096, 0) {
                Err(Error::WouldBlock) => wait_ready(&*file, Interest::Read),
                outcome => break outcome.unwrap(),
            };
        };
        assert_eq!(&bytes[..3], b"new");
    });
}

#[test]
fn a_read_elsewhere_takes_the_place_of_one_that_nobody_fetches() {
    each(|case| {
        let file = cold_file(case, MIB, READ);
        if !begin_cold_read(case, &*file) {
            return;
        }
        let mut tries = 0;
        let bytes = loop {
            match try_read(&*file, 4096, 700_000) {
                Err(Error::WouldBlock) => wait_ready(&*file, Interest::Read),
                outcome => break outcome.unwrap(),
            };
            tries += 1;
            assert!(tries < 10, "no progress");
        };
        assert!(bytes == pattern(MIB)[700_000..700_000 + bytes.len()], "the bytes differ");
    });
}

/// Attack 13: what a guest begins and drops is not kept.
#[test]
fn attack_13_abandoned_cold_reads_are_dropped() {
    each(|case| {
        drop(cold_file(case, MIB, READ));
        let open_before = open_descriptors();
        for round in 0..2_000 {
            let file = case.file("file", READ);
            evict(&*file);
            drop(try_read(&*file, MIB, (round % 4) * 250_000));
        }
        // Those that had begun end by themselves.
        let patience = std::time::Instant::now();
        while open_descriptors() > open_before + 8 {
            assert!(patience.elapsed().as_secs() < 20, "{} descriptors are left", open_descriptors());
            std::thread::yield_now();
        }
    });
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn a_sync_that_must_not_wait_is_done_in_the_background() {
    each(|case| {
        let file = case.file("file", CREATE);
        for what in [Sync::Data, Sync::All] {
            file.write_at(&[IoSlice::new(&pattern(100_000))], 0, Wait::Try).unwrap();
            assert_eq!(file.sync(what, Wait::Try), Err(Error::WouldBlock));
            assert!(matches!(file.source(Interest::Read), Source::Ready));
            wait_ready(&*file, Interest::Write);
            assert_eq!(file.sync(what, Wait::Try), Ok(()));
        }
        // What was written since makes another sync necessary.
        assert_eq!(file.sync(Sync::All, Wait::Try), Err(Error::WouldBlock));
        wait_ready(&*file, Interest::Write);
        file.append(&[IoSlice::new(b"more")], Wait::Try).unwrap();
        assert_eq!(file.sync(Sync::All, Wait::Try), Err(Error::WouldBlock));
        wait_ready(&*file, Interest::Write);
        assert_eq!(file.sync(Sync::All, Wait::Try), Ok(()));
    });
}

#[test]
fn a_synchronous_write_that_must_not_wait_is_made_once() {
    each(|case| {
        for flags in [OpenFlags::SYNC, OpenFlags::DATA_SYNC] {
            let file = case.file("file", CREATE | OpenFlags::TRUNCATE | flags);
            for (at, text) in [(0, b"one "), (4, b"two ")] {
                assert_eq!(file.write_at(&[IoSlice::new(text)], at, Wait::Try), Err(Error::WouldBlock));
                wait_ready(&*file, Interest::Write);
                assert_eq!(file.write_at(&[IoSlice::new(text)], at, Wait::Try), Ok(4));
            }
            for _ in 0..2 {
                assert_eq!(file.append(&[IoSlice::new(b"end")], Wait::Try), Err(Error::WouldBlock));
                wait_ready(&*file, Interest::Write);
                assert_eq!(file.append(&[IoSlice::new(b"end")], Wait::Try), Ok(3));
            }
            assert_eq!(file.write_at(&[IoSlice::new(b"!")], 14, Wait::Block), Ok(1));
            assert_eq!(read_all(&*file), b"one two endend!");
            file.set_flags(OpenFlags::empty()).unwrap();
            assert_eq!(file.append(&[IoSlice::new(b"?")], Wait::Try), Ok(1));
        }
    });
}

/// Bytes that come while an earlier write is on its way to the device do not change what that write is.
#[test]
fn a_sink_of_synchronous_appends_writes_everything_once() {
    each(|case| {
        let flags = OpenFlags::WRITE | OpenFlags::APPEND | OpenFlags::DATA_SYNC;
        let file = case.file("file", CREATE | flags);
        let output = Rc::new(Output::of_file(OpenFile::new(file, flags)));
        let mut host = Host::new(&Grant::new(tambo_kernel_os::system()));
        let mut expected = Vec::new();
        for round in 0..50_u8 {
            let bytes = vec![round; 3 + usize::from(round)];
            assert!(output.check_write(&host).unwrap() > bytes.len());
            output.write(&mut host, &bytes).unwrap();
            expected.extend(bytes);
        }
        while let Err(error) = output.blocking_flush(&mut host) {
            assert_eq!(error, Error::WouldBlock);
            host.block().unwrap();
        }
        assert_eq!(std::fs::read(case.inside("file")).unwrap(), expected);
    });
}
