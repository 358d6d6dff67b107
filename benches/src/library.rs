//! The library side by side with native calls in one process: instances a second, and file reads and writes from a
//! blocking and from an asynchronous host.
//!
//! # Safety
//!
//! `pread` and `pwrite` get a buffer of ours with its true length.
#![expect(unsafe_code, reason = "the native side of the comparison is the system call itself")]

use std::fs::File;
use std::future::Future;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Instant;

use tambo::{Config, EngineConfig, Grant, PoolConfig, Program, Runtime};

use crate::{Options, guests, measure};

type AnyError = Box<dyn std::error::Error>;

pub(crate) fn run(options: &Options) -> ExitCode {
    match instances(options).and_then(|()| transfers(options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn pooled() -> Result<Runtime, tambo::Error> {
    let engine_config = EngineConfig { pool: Some(PoolConfig::default()), ..EngineConfig::default() };
    Runtime::with_config(Config { engine_config, ..Config::default() })
}

/// Instantiate, run and drop a hello that writes to a sink.
fn instances(options: &Options) -> Result<(), AnyError> {
    const COUNT: u32 = 20_000;
    let hello = guests::text("hello", 1).unwrap_or_default();
    let mut rows = Vec::new();
    for (name, runtime) in [("pooled", pooled()?), ("on demand", Runtime::new()?)] {
        let program = runtime.load(hello.as_bytes())?;
        let grant = Grant::new();
        let blocking = rounds(options, COUNT, || program.run(grant.clone()).map(|outcome| assert!(outcome.success())))?;
        let parking = rounds(options, COUNT, || {
            block_on(program.run_async(grant.clone())).map(|outcome| assert!(outcome.success()))
        })?;
        rows.push(vec![name.to_owned(), measure::seconds(blocking), measure::seconds(parking)]);
    }
    measure::table(&["instantiate + run + drop of hello", "blocking host", "async host"], &rows);
    println!();
    Ok(())
}

fn rounds(
    options: &Options,
    count: u32,
    mut work: impl FnMut() -> Result<(), tambo::Error>,
) -> Result<f64, tambo::Error> {
    let mut times = Vec::new();
    for _ in 0..options.rounds {
        let begun = Instant::now();
        for _ in 0..count {
            work()?;
        }
        times.push(begun.elapsed().as_secs_f64() / f64::from(count));
    }
    Ok(measure::median(&times))
}

const PAGE: usize = 4096;

/// One way of moving bytes, measured against the native loop of the same round.
struct Transfer {
    name: &'static str,
    size: usize,
    count: u32,
}

const TRANSFERS: &[Transfer] = &[
    Transfer { name: "read-4k", size: 4096, count: 65_536 },
    Transfer { name: "read-64k", size: 65_536, count: 4_096 },
    Transfer { name: "write-4k", size: 4096, count: 16_384 },
    Transfer { name: "write-64k", size: 65_536, count: 1_024 },
];

fn transfers(options: &Options) -> Result<(), AnyError> {
    let directory = tempfile::tempdir_in(std::env::current_dir()?)?;
    std::fs::write(directory.path().join("data.bin"), vec![0x5a; 256 << 20])?;
    let runtime = Runtime::new()?;
    let mut rows = Vec::new();
    for transfer in TRANSFERS {
        let text = guests::text(transfer.name, transfer.count).unwrap_or_default();
        rows.push(compare(options, transfer, &runtime.load(text.as_bytes())?, directory.path())?);
    }
    measure::table(
        &["work", "native", "blocking host", "of native throughput", "async host", "of native throughput"],
        &rows,
    );
    Ok(())
}

fn compare(options: &Options, transfer: &Transfer, program: &Program, root: &Path) -> Result<Vec<String>, AnyError> {
    let mut grant = Grant::new();
    grant.dir(root, "/")?;
    let mut blocking_grant = grant.clone();
    blocking_grant.may_block_thread(true);
    let (mut native, mut blocking, mut parking) = (Vec::new(), Vec::new(), Vec::new());
    // What runs before leaves caches as it likes: every other round goes the other way round.
    for round in 0..=options.rounds {
        if round % 2 == 0 {
            native.push(timed(|| native_loop(transfer, root))?);
        }
        blocking.push(timed(|| succeeded(program.run(blocking_grant.clone())))?);
        parking.push(timed(|| succeeded(block_on(program.run_async(grant.clone()))))?);
        if round % 2 == 1 {
            native.push(timed(|| native_loop(transfer, root))?);
        }
    }
    let each = |times: &[f64]| measure::seconds(measure::median(times) / f64::from(transfer.count));
    let throughput = |times: &[f64]| format!("{:.2}", measure::ratio(&native[1..], times));
    Ok(vec![
        transfer.name.to_owned(),
        each(&native[1..]),
        each(&blocking[1..]),
        throughput(&blocking[1..]),
        each(&parking[1..]),
        throughput(&parking[1..]),
    ])
}

fn succeeded(outcome: Result<tambo::Outcome, tambo::Error>) -> Result<(), AnyError> {
    let outcome = outcome?;
    if outcome.success() { Ok(()) } else { Err(format!("the guest ended with {outcome:?}").into()) }
}

fn timed(work: impl FnOnce() -> Result<(), AnyError>) -> Result<f64, AnyError> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed().as_secs_f64())
}

fn native_loop(transfer: &Transfer, root: &Path) -> Result<(), AnyError> {
    let mut memory = vec![0u8; transfer.size + PAGE];
    // A copy's speed depends on how its ends are aligned to each other; the guest's buffer begins a page.
    let aligned = memory.as_ptr().align_offset(PAGE);
    let buffer = &mut memory[aligned..aligned + transfer.size];
    let reads = transfer.name.starts_with("read");
    let file = if reads { File::open(root.join("data.bin"))? } else { File::create(root.join("out.bin"))? };
    for round in 0..transfer.count as usize {
        let position = round * transfer.size;
        let offset = if reads { position } else { position % (1 << 20) } as i64;
        // SAFETY: the buffer has `size` bytes.
        let count = unsafe {
            match reads {
                true => libc::pread(file.as_raw_fd(), buffer.as_mut_ptr().cast(), transfer.size, offset),
                false => libc::pwrite(file.as_raw_fd(), buffer.as_ptr().cast(), transfer.size, offset),
            }
        };
        assert_eq!(count, transfer.size as isize);
    }
    Ok(())
}

/// The smallest executor: park the thread until the future is woken.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
