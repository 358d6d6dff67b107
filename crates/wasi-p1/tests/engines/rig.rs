//! Guests in text form, instantiated on every engine, with and without the means to park.

use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tambo_engine::{Engine, EngineConfig, Instance, Limits, Slot, Trap};
use tambo_kernel::Grant;
use tambo_kernel::clock::Timestamp;
use tambo_kernel_virt::{MemoryFs, Output};
use tambo_wasi_p1::{P1, imports};

fn engines() -> [Arc<dyn Engine<P1>>; 2] {
    let config = EngineConfig::default();
    [
        Arc::new(tambo_engine_wasmtime::WasmtimeEngine::new(&config).unwrap()),
        Arc::new(tambo_engine_wasmi::WasmiEngine::new(&config).unwrap()),
    ]
}

/// A guest that runs, and what it was given.
pub(crate) struct Guest {
    pub(crate) instance: Box<dyn Instance<P1>>,
    pub(crate) stdout: Rc<Output>,
    /// Which engine it is, for messages.
    pub(crate) on: String,
}

impl Guest {
    /// Call an export without parameters that answers a number.
    pub(crate) fn call(&mut self, name: &str) -> Result<u32, Trap> {
        let (function, _) = self.instance.function(name).unwrap();
        let mut slots = [Slot(0)];
        self.instance.call(function, &mut slots)?;
        Ok(slots[0].into())
    }

    /// The same, with parking.
    pub(crate) fn call_async(&mut self, name: &str) -> Result<u32, Trap> {
        let (function, _) = self.instance.function(name).unwrap();
        let mut slots = [Slot(0)];
        block_on(self.instance.call_async(function, &mut slots))?;
        Ok(slots[0].into())
    }

    pub(crate) fn bytes(&mut self, at: usize, len: usize) -> &[u8] {
        &self.instance.memory()[at..][..len]
    }
}

/// Virtual clocks and a file system in memory, which is `/`, descriptor 3.
pub(crate) fn grant() -> Grant {
    let mut grant = Grant::new(tambo_kernel_virt::system(7, Timestamp::from_nanoseconds(1_700_000_000_000_000_000)));
    let files = MemoryFs::new(grant.system.wall.clone(), 1 << 20, 1000);
    files.write_file("file", b"0123456789").unwrap();
    grant.preopen("/", files.root());
    grant
}

/// Run `check` on a fresh instance for every engine, once prepared without and once with parking.
pub(crate) fn on_every_engine(wat: &str, check: impl Fn(Guest)) {
    with_grants(wat, grant, check);
}

/// The same, with a grant of the test's own.
pub(crate) fn with_grants(wat: &str, grant: impl Fn() -> Grant, check: impl Fn(Guest)) {
    let wasm = wat::parse_str(wat).unwrap();
    for engine in engines() {
        let module = engine.compile(&wasm).unwrap();
        for parks in [false, true] {
            let prepared = module.prepare(&imports(), "memory", parks).unwrap();
            let stdout = Rc::new(Output::new(1 << 16));
            let mut grant = grant();
            grant.stdout = stdout.clone();
            let mut instance = prepared.instantiate(P1::new(grant).unwrap(), &Limits::default()).unwrap();
            instance.start().unwrap();
            check(Guest { instance, stdout, on: format!("{} {parks}", engine.name()) });
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
