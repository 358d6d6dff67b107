//! A module linked with its imports, and instances of it.
//!
//! Without an adapter everything is resolved before the first instance (wasmtime's `InstancePre`). With one, an
//! instance is two: the adapter's, which is resolved before, and the guest's, whose adapted imports are the adapter's
//! exports. A module that calls its pending imports again itself needs none.

use std::borrow::Cow;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tambo_engine::{
    EngineError, ErrorStage, FuncType, HostData, Import, Instance, Limits, PARK_MODULE, PARK_NAME, Prepared, Suspends,
    Trap, adapter, named_memories,
};
use wasmtime::{Extern, InstancePre, Linker, ModuleExport, Store};

use crate::engine::{Shared, failed};
use crate::export::{Exports, into_func};
use crate::host::{Imports, Pending};
use crate::instance::WasmtimeInstance;
use crate::interrupt::Flag;
use crate::module::CompiledModule;
use crate::store::StoreData;
use crate::trap::{from_call, from_instantiation};

pub(crate) struct PreparedModule<T: 'static> {
    shared: Arc<Shared>,
    module: wasmtime::Module,
    linkage: Linkage<T>,
    memory: Option<ModuleExport>,
    named: Box<[Option<ModuleExport>]>,
    start: Option<ModuleExport>,
    exports: Arc<Exports>,
    parks: bool,
}

enum Linkage<T: 'static> {
    Direct { guest: InstancePre<StoreData<T>>, is_async: bool },
    Adapted { adapter: InstancePre<StoreData<T>>, direct: Linker<StoreData<T>>, sources: Vec<Source> },
}

/// Where an import of the guest comes from, if there is an adapter.
enum Source {
    Adapter(ModuleExport),
    Host { module: String, name: String },
}

impl<T: HostData> PreparedModule<T> {
    pub(crate) fn new(
        compiled: &CompiledModule,
        imports: &[&Import<T>],
        memory: &str,
        parks: bool,
    ) -> Result<Self, EngineError> {
        let names = named_memories(imports);
        let linkage = if parks && imports.iter().any(|import| import.suspends == Suspends::Adapted) {
            adapted(compiled, imports, &names)?
        } else {
            direct(compiled, imports, &names, parks)?
        };
        Ok(Self {
            shared: compiled.shared.clone(),
            module: compiled.module.clone(),
            linkage,
            memory: compiled.memory(memory),
            named: names.iter().map(|name| compiled.memory(name)).collect(),
            start: compiled.start(),
            exports: compiled.functions.clone(),
            parks,
        })
    }

    fn store(&self, data: T, limits: &Limits, flag: Option<&Arc<Flag>>) -> Result<Store<StoreData<T>>, Trap> {
        let config = &self.shared.config;
        let mut store = Store::new(&self.shared.engine, StoreData::new(data, limits, config));
        store.limiter(|data| &mut data.limiter);
        if config.fuel {
            let fuel = limits.fuel.unwrap_or(u64::MAX);
            store.set_fuel(fuel).map_err(|error| from_call(error, &self.module))?;
        }
        if let Some(flag) = flag.cloned() {
            store.set_epoch_deadline(1);
            store.epoch_deadline_callback(move |store| flag.check(store.data().blocking));
        }
        Ok(store)
    }

    fn link(&self, store: &mut Store<StoreData<T>>) -> wasmtime::Result<wasmtime::Instance> {
        match &self.linkage {
            Linkage::Direct { guest, is_async: false } => guest.instantiate(store),
            Linkage::Direct { guest, is_async: true } => at_once(guest.instantiate_async(store)),
            Linkage::Adapted { adapter, direct, sources } => {
                let adapter = at_once(adapter.instantiate_async(&mut *store))?;
                let mut externs = Vec::with_capacity(sources.len());
                for source in sources {
                    let found = match source {
                        Source::Adapter(export) => adapter.get_module_export(&mut *store, export).ok_or_else(lost)?,
                        Source::Host { module, name } => direct.get(&mut *store, module, name)?,
                    };
                    externs.push(found);
                }
                at_once(wasmtime::Instance::new_async(store, &self.module, &externs))
            }
        }
    }
}

impl<T: HostData> Prepared<T> for PreparedModule<T> {
    fn instantiate(&self, data: T, limits: &Limits) -> Result<Box<dyn Instance<T>>, Trap> {
        let place = self.shared.places.take()?;
        let flag = self.shared.config.interrupts.then(Arc::<Flag>::default);
        let mut store = self.store(data, limits, flag.as_ref())?;
        let instance = match self.link(&mut store) {
            Ok(instance) => instance,
            Err(error) => {
                let refusal = store.data_mut().limiter.0.take_refusal();
                return Err(from_instantiation(error, refusal, &self.module));
            }
        };
        let mut bind = |export: &Option<ModuleExport>| {
            let found = export.as_ref().and_then(|export| instance.get_module_export(&mut store, export));
            found.and_then(Extern::into_memory)
        };
        let (memory, named) = (bind(&self.memory), self.named.iter().map(&mut bind).collect());
        store.data_mut().memory = memory;
        store.data_mut().named = named;
        let start = self.start.as_ref().and_then(|index| instance.get_module_export(&mut store, index));
        Ok(Box::new(WasmtimeInstance {
            store,
            instance,
            module: self.module.clone(),
            start: into_func(start),
            exports: self.exports.clone(),
            functions: Vec::new(),
            parks: self.parks,
            metered: self.shared.config.fuel,
            abandoned: false,
            flag,
            _place: place,
        }))
    }
}

/// Every import straight from the host.
fn direct<T: HostData>(
    compiled: &CompiledModule,
    imports: &[&Import<T>],
    memories: &[Cow<'static, str>],
    parks: bool,
) -> Result<Linkage<T>, EngineError> {
    let mut linker = Imports::new(&compiled.shared, memories, parks);
    for import in imports {
        linker.define(import)?;
    }
    let is_async = parks && imports.iter().any(|import| import.suspends == Suspends::Park);
    let guest = linker.linker.instantiate_pre(&compiled.module);
    Ok(Linkage::Direct { guest: guest.map_err(|error| failed(ErrorStage::Link, &error))?, is_async })
}

/// Adapted imports through an adapter. An import that the guest names twice is adapted twice.
fn adapted<T: HostData>(
    compiled: &CompiledModule,
    imports: &[&Import<T>],
    memories: &[Cow<'static, str>],
) -> Result<Linkage<T>, EngineError> {
    let shared = &compiled.shared;
    let suspending = imports.iter().copied().filter(|import| import.suspends == Suspends::Adapted);
    let suspending: Vec<&Import<T>> = suspending.collect();
    let types: Vec<FuncType> = suspending.iter().map(|import| import.ty.clone()).collect();
    let wasm = adapter(&types)?.wasm;
    let module =
        wasmtime::Module::from_binary(&shared.engine, &wasm).map_err(|error| failed(ErrorStage::Link, &error))?;

    let mut tries = Imports::new(shared, memories, true);
    tries.define_park((PARK_MODULE, PARK_NAME))?;
    for (position, import) in suspending.iter().enumerate() {
        tries.define_as(("try", &position.to_string()), import, Pending::Parks)?;
    }
    let adapter = tries.linker.instantiate_pre(&module).map_err(|error| failed(ErrorStage::Link, &error))?;

    let mut direct = Imports::new(shared, memories, true);
    let mut sources = Vec::with_capacity(imports.len());
    let mut exports = 0..;
    for import in imports {
        let source = if import.suspends == Suspends::Adapted {
            exports
                .next()
                .and_then(|position: usize| module.get_export_index(&position.to_string()))
                .map(Source::Adapter)
        } else {
            direct.define(import)?;
            Some(Source::Host { module: import.module.clone().into_owned(), name: import.name.clone().into_owned() })
        };
        sources.push(source.ok_or_else(|| failed(ErrorStage::Link, &lost()))?);
    }
    Ok(Linkage::Adapted { adapter, direct: direct.linker, sources })
}

fn lost() -> wasmtime::Error {
    wasmtime::Error::msg("bug in tambo, please report it: the adapter lacks an export")
}

/// Runs a future of wasmtime that never waits: an instantiation without start function, in a store whose limits are
/// synchronous. wasmtime insists on the asynchronous form because one import could suspend.
fn at_once<R>(future: impl Future<Output = wasmtime::Result<R>>) -> wasmtime::Result<R> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(wasmtime::Error::msg("an instantiation was suspended")),
    }
}
