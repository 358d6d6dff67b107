//! Whole components, made into images and run on every engine, with a host that does only what the tests look at.

mod calls;
mod exports;
mod missing;
mod refused;
mod resources;
mod strings;
mod threads;
mod values;
mod waiting;

use std::sync::Arc;
use std::task::{Context, Poll};

use tambo_component_plan::Plan;
use tambo_component_types::Flat;
use tambo_engine::{
    Engine, EngineConfig, Flow, FuncType, HostData, Import, Instance, Limits, Prepared, Slot, Suspends, Trap, ValueType,
};

use crate::image::{BuildOptions, HostImport, HostImportKind, Image, NO_REQUEST, TrapCode};
use crate::{ImageError, build};

/// What the host was told, and what it will say.
#[derive(Default)]
struct Host {
    /// What was called, in order, as text.
    log: Vec<String>,
    trap: Option<TrapCode>,
    /// How many calls of what may wait are not ready.
    pending: usize,
    /// Requests that are left, the last one first.
    requests: Vec<u64>,
    /// What `Take` answers.
    take: Vec<u64>,
    /// What `ResourceDrop` answers; -1 for nothing.
    dropped: i64,
}

impl HostData for Host {
    fn block(&mut self) -> Result<(), Trap> {
        self.log.push("block".to_owned());
        Ok(())
    }

    fn poll_wait(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Trap>> {
        self.log.push("wait".to_owned());
        Poll::Ready(Ok(()))
    }
}

fn image_of(text: &str, options: &BuildOptions) -> Result<(Plan, Image), ImageError> {
    let bytes = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
    let plan = Plan::new(&bytes).unwrap_or_else(|error| panic!("{error}"));
    let image = build(&plan, &bytes, options)?;
    Ok((plan, image))
}

fn engines() -> [Arc<dyn Engine<Host>>; 2] {
    let config = EngineConfig::default();
    [
        Arc::new(tambo_engine_wasmtime::WasmtimeEngine::new(&config).unwrap()),
        Arc::new(tambo_engine_wasmi::WasmiEngine::new(&config).unwrap()),
    ]
}

fn import(import: &HostImport) -> Import<Host> {
    let types = |flat: &[Flat]| -> Vec<ValueType> {
        let ty = |flat: &Flat| match flat {
            Flat::I32 => ValueType::I32,
            Flat::I64 => ValueType::I64,
            Flat::F32 => ValueType::F32,
            Flat::F64 => ValueType::F64,
        };
        flat.iter().map(ty).collect()
    };
    let (kind, params) = (import.kind.clone(), import.params.len());
    Import {
        module: import.module.clone().into(),
        name: import.name.clone().into(),
        ty: FuncType::new(types(&import.params), types(&import.results)),
        suspends: match import.kind {
            HostImportKind::Park => Suspends::Park,
            _ if import.retries => Suspends::Retried,
            _ => Suspends::No,
        },
        memory: import.memory.clone().map(Into::into),
        call: Arc::new(move |call, slots| answer(&kind, call.data, params, slots)),
    }
}

fn answer(kind: &HostImportKind, host: &mut Host, params: usize, slots: &mut [Slot]) -> Flow {
    let args = slots[..params].iter().map(|slot| slot.0.to_string()).collect::<Vec<_>>().join(" ");
    if matches!(kind, HostImportKind::Call { .. } | HostImportKind::Next) && host.pending > 0 {
        host.pending -= 1;
        host.log.push("not ready".to_owned());
        return Flow::Pending;
    }
    let mut log = |what: &str| host.log.push(format!("{what} {args}").trim().to_owned());
    match kind {
        HostImportKind::Trap => {
            let code: u32 = slots[0].into();
            host.trap = Some(TrapCode::ALL[code as usize]);
            return Trap::bug("a trap of generated code").into();
        }
        HostImportKind::Call { allocates, .. } => {
            log("call");
            if let Some(slot) = slots.first_mut() {
                *slot = if *allocates { Slot(host.requests.pop().unwrap_or(NO_REQUEST)) } else { Slot(7) };
            }
        }
        HostImportKind::Next => {
            log("next");
            slots[0] = Slot(host.requests.pop().unwrap_or(NO_REQUEST));
        }
        HostImportKind::Take(_) => {
            log("take");
            for (slot, &value) in slots.iter_mut().zip(&host.take) {
                *slot = Slot(value);
            }
        }
        HostImportKind::Give(_) => log("give"),
        HostImportKind::ResourceNew { .. } => log("new"),
        HostImportKind::ResourceRep { .. } => log("rep"),
        HostImportKind::ResourceDrop { .. } => {
            log("drop");
            slots[0] = host.dropped.into();
        }
        HostImportKind::TransferOwn { from, to, .. } => {
            log(&format!("own {}>{}", from.0, to.0));
            slots[0] = Slot(slots[0].0 + 100);
        }
        HostImportKind::TransferBorrow { from, to, .. } => {
            log(&format!("borrow {}>{}", from.0, to.0));
            slots[0] = Slot(slots[0].0 + 200);
        }
        HostImportKind::ScopeEnter => log("enter"),
        HostImportKind::ScopeExit => log("exit"),
        HostImportKind::Missing(what) => {
            host.log.push(what.clone());
            return Trap::bug("something is missing").into();
        }
        HostImportKind::Park => log("park"),
        HostImportKind::Backpressure { increase, .. } => log(if *increase { "more" } else { "less" }),
    }
    Flow::Done
}

/// A component that is compiled.
struct Program {
    plan: Plan,
    image: Image,
    prepared: Arc<dyn Prepared<Host>>,
}

/// One that runs.
struct Guest<'p> {
    program: &'p Program,
    instance: Box<dyn Instance<Host>>,
}

/// Run a check of a component on every engine, with and without vectors.
fn each(text: &str, check: impl Fn(&Program)) {
    each_that(text, |_| true, check);
}

/// The same on the engines that can do something.
fn each_that(text: &str, can: impl Fn(&dyn Engine<Host>) -> bool, check: impl Fn(&Program)) {
    for simd in [true, false] {
        let options = BuildOptions { simd, ..BuildOptions::default() };
        for engine in engines().into_iter().filter(|engine| can(&**engine)) {
            let (plan, image) = image_of(text, &options).unwrap_or_else(|error| panic!("{error}"));
            let module = engine.compile(&image.wasm).unwrap_or_else(|error| panic!("{}: {error}", engine.name()));
            let imports: Vec<_> = image.imports.iter().map(import).collect();
            let prepared = module.prepare(&imports, "none", false).unwrap_or_else(|error| panic!("{error}"));
            check(&Program { plan, image, prepared });
        }
    }
}

impl Program {
    fn start(&self) -> Guest<'_> {
        let mut instance = self.prepared.instantiate(Host::default(), &Limits::default()).unwrap();
        instance.start().unwrap();
        Guest { program: self, instance }
    }

    /// The core export of a function that the root exports.
    fn export(&self, name: &str) -> &str {
        use tambo_component_plan::{ExportItem, Func, FuncSource};
        let item = &self.plan.exports.iter().find(|export| export.name == name).unwrap().item;
        let ExportItem::Func(Func { source: FuncSource::Lift(lift), .. }) = item else { panic!("a lifted function") };
        &self.image.lifts.iter().find(|export| export.lift == *lift).unwrap().export
    }

    /// Call one function of a fresh guest.
    fn run(&self, name: &str, args: &[u64]) -> Result<u64, Option<TrapCode>> {
        self.start().call(name, args)
    }
}

impl Guest<'_> {
    /// Call an export: its first result, or the trap, which is none if the core module itself trapped.
    fn call(&mut self, name: &str, args: &[u64]) -> Result<u64, Option<TrapCode>> {
        self.call_core(self.program.export(name), args)
    }

    fn call_core(&mut self, name: &str, args: &[u64]) -> Result<u64, Option<TrapCode>> {
        let (function, ty) = self.instance.function(name).unwrap();
        let mut slots: Vec<Slot> = args.iter().copied().map(Slot).collect();
        slots.resize(ty.slots().max(1), Slot::default());
        match self.instance.call(function, &mut slots) {
            Ok(()) => Ok(slots[0].0),
            Err(_) => Err(self.instance.data_mut().trap.take()),
        }
    }

    fn host(&mut self) -> &mut Host {
        self.instance.data_mut()
    }

    fn log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.host().log)
    }
}
