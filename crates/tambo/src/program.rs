//! A loaded program: compiled once, linked once for each way of calling, instantiated any number of times.

use std::sync::{Arc, OnceLock};

use tambo_engine::{ExternKind, ExternType, Import, Module, Prepared};
use tambo_wasi_p1::{P1, TraceSink};

use crate::guest::Guest;
use crate::{Error, ErrorKind, Grant, Instance, Outcome, Runtime};

/// A program. Cheap to clone; clones share the compiled module and may be used on any thread.
#[derive(Clone)]
pub struct Program {
    runtime: Runtime,
    module: Arc<dyn Module<Guest>>,
    blocking: Arc<OnceLock<Arc<dyn Prepared<Guest>>>>,
    parking: Arc<OnceLock<Arc<dyn Prepared<Guest>>>>,
}

impl Program {
    pub(crate) fn new(runtime: Runtime, module: Arc<dyn Module<Guest>>) -> Self {
        Self { runtime, module, blocking: Arc::default(), parking: Arc::default() }
    }

    /// The runtime that loaded it.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// What it imports.
    pub fn imports(&self) -> Vec<ExternType> {
        self.module.imports()
    }

    /// What it exports.
    pub fn exports(&self) -> Vec<ExternType> {
        self.module.exports()
    }

    /// Run it to its end, blocking this thread.
    pub fn run(&self, grant: Grant) -> Result<Outcome, Error> {
        let timeout = grant.timeout;
        let mut instance = match self.instantiate(grant)? {
            Ok(instance) => instance,
            Err(outcome) => return Ok(outcome),
        };
        let _watchdog = timeout.map(|time| instance.stopper().stop_after(time)).transpose()?;
        instance.run()
    }

    /// Run it to its end; the future is pending while the guest waits.
    ///
    /// Any executor drives it. Here two guests share one thread and wait for each other's sleep to end:
    ///
    /// ```
    /// use std::{future::Future, pin::pin, sync::Arc, task::{Context, Poll, Wake}, thread::Thread};
    /// use tambo::{Grant, Runtime};
    ///
    /// # fn main() -> Result<(), tambo::Error> {
    /// let program = Runtime::new()?.load(br#"(module
    ///     (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    ///     (memory (export "memory") 1)
    ///     (data (i32.const 16) "\01\00\00\00\00\00\00\00\40\42\0f\00")     ;; the monotonic clock, in a millisecond
    ///     (func (export "_start") (drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))))"#)?;
    ///
    /// struct Unpark(Thread);
    /// impl Wake for Unpark {
    ///     fn wake(self: Arc<Self>) {
    ///         self.0.unpark();
    ///     }
    /// }
    /// let waker = Arc::new(Unpark(std::thread::current())).into();
    /// let mut context = Context::from_waker(&waker);
    ///
    /// let (mut one, mut two) = (pin!(program.run_async(Grant::new())), pin!(program.run_async(Grant::new())));
    /// let (mut first, mut second) = (one.as_mut().poll(&mut context), two.as_mut().poll(&mut context));
    /// while first.is_pending() || second.is_pending() {
    ///     std::thread::park();
    ///     if first.is_pending() {
    ///         first = one.as_mut().poll(&mut context);
    ///     }
    ///     if second.is_pending() {
    ///         second = two.as_mut().poll(&mut context);
    ///     }
    /// }
    /// assert!(matches!(first, Poll::Ready(Ok(outcome)) if outcome.success()));
    /// assert!(matches!(second, Poll::Ready(Ok(outcome)) if outcome.success()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_async(&self, grant: Grant) -> Result<Outcome, Error> {
        let timeout = grant.timeout;
        let mut instance = match self.instantiate_async(grant)? {
            Ok(instance) => instance,
            Err(outcome) => return Ok(outcome),
        };
        let _watchdog = timeout.map(|time| instance.stopper().stop_after(time)).transpose()?;
        instance.run_async().await
    }

    /// Make an instance for blocking calls. The inner error is a guest that could not be made within its limits.
    pub fn instantiate(&self, grant: Grant) -> Result<Result<Instance, Outcome>, Error> {
        let prepared = self.prepared(&self.blocking, false)?;
        instantiate(&*prepared, grant)
    }

    /// Make an instance for asynchronous calls, as [`instantiate`](Program::instantiate). No call of it blocks the
    /// thread, whatever the grant says.
    pub fn instantiate_async(&self, mut grant: Grant) -> Result<Result<Instance, Outcome>, Error> {
        grant.kernel.may_block_thread = false;
        let prepared = self.prepared(&self.parking, true)?;
        instantiate(&*prepared, grant)
    }

    /// Make an instance for blocking calls whose every WASI call is told to `sink`.
    pub fn instantiate_traced(&self, grant: Grant, sink: TraceSink) -> Result<Result<Instance, Outcome>, Error> {
        let prepared = self.prepare(&tambo_wasi_p1::traced(sink), false)?;
        instantiate(&*prepared, grant)
    }

    fn prepared(
        &self,
        cell: &OnceLock<Arc<dyn Prepared<Guest>>>,
        parks: bool,
    ) -> Result<Arc<dyn Prepared<Guest>>, Error> {
        if let Some(prepared) = cell.get() {
            return Ok(prepared.clone());
        }
        let prepared = self.prepare(&tambo_wasi_p1::imports(), parks)?;
        Ok(cell.get_or_init(|| prepared).clone())
    }

    fn prepare(&self, imports: &[Import<Guest>], parks: bool) -> Result<Arc<dyn Prepared<Guest>>, Error> {
        check_imports(&self.module.imports(), imports)?;
        Ok(self.module.prepare(imports, "memory", parks)?)
    }
}

fn instantiate(prepared: &dyn Prepared<Guest>, grant: Grant) -> Result<Result<Instance, Outcome>, Error> {
    let limits = grant.limits.clone();
    let p1 = P1::new(grant.into_kernel())
        .map_err(|error| Error::new(ErrorKind::Grant, format!("the grant cannot be given: {error}")))?;
    Ok(prepared.instantiate(Guest { p1 }, &limits).map(Instance::new).map_err(Outcome::Trap))
}

/// All imports that nobody defines, in one message: an engine would name only the first.
fn check_imports(wanted: &[ExternType], given: &[Import<Guest>]) -> Result<(), Error> {
    let mut problems = Vec::new();
    for import in wanted {
        let definition = given.iter().find(|given| given.module == import.module && given.name == import.name);
        match (definition, &import.kind) {
            (Some(definition), ExternKind::Func(ty)) if *ty == definition.ty => {}
            (Some(definition), kind) => {
                problems
                    .push(format!("{}::{} is {}, the module wants {kind}", import.module, import.name, definition.ty));
            }
            (None, kind) => problems.push(format!("{}::{}: {kind}", import.module, import.name)),
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    let message = format!("the module imports what is not there:\n  {}", problems.join("\n  "));
    Err(Error::new(ErrorKind::Link, message)
        .with_hint("wasi_snapshot_preview1 and wasi_unstable are provided, and nothing else yet"))
}
