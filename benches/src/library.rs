//! The library in one process: instances a second here, file reads and writes in [`crate::transfers`].

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::Instant;

use tambo::{Config, EngineConfig, Grant, PoolConfig, Runtime};

use crate::{Options, guests, measure, transfers};

pub(crate) type AnyError = Box<dyn std::error::Error>;

pub(crate) fn run(options: &Options) -> Result<(), AnyError> {
    if options.filter.is_empty() {
        instances(options)?;
    }
    transfers::run(options)
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

/// The smallest executor: park the thread until the future is woken.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
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
