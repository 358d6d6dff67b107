//! A compiled module, a module linked with its imports, and instances of it.
//!
//! wasmi has functions in stores only, so every instance makes its own, by the way that was found when the module was
//! linked.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tambo_engine::link::resolve;
use tambo_engine::{
    EngineError, ErrorStage, ExternKind, ExternType, FuncType, HostData, Import, Instance, Limits, Module, Prepared,
    Suspends, Trap, adapter, named_memories, start,
};
use wasmi::{Error, Extern, Func, Store};
use wasmparser::{Parser, Payload};

use crate::engine::Shared;
use crate::host::{Linkable, Pending, make_park};
use crate::instance::WasmiInstance;
use crate::run::Meter;
use crate::store::StoreData;
use crate::trap::from_instantiation;
use crate::types::extern_kind;

/// wasmi's module.
pub(crate) struct CompiledModule {
    shared: Arc<Shared>,
    module: wasmi::Module,
    /// Names of exports in the order of the binary; wasmi sorts them.
    exports: Arc<[String]>,
}

impl CompiledModule {
    /// `wasm` is what the module was compiled from.
    pub(crate) fn new(shared: &Arc<Shared>, module: wasmi::Module, wasm: &[u8]) -> Self {
        Self { shared: shared.clone(), module, exports: export_names(wasm).into() }
    }
}

fn export_names(wasm: &[u8]) -> Vec<String> {
    let payloads = Parser::new(0).parse_all(wasm).map_while(Result::ok);
    let sections = payloads.filter_map(|payload| match payload {
        Payload::ExportSection(exports) => Some(exports),
        _ => None,
    });
    sections.flat_map(|exports| exports.into_iter().flatten()).map(|export| export.name.to_owned()).collect()
}

impl<T: HostData> Module<T> for CompiledModule {
    fn imports(&self) -> Vec<ExternType> {
        let imports = self.module.imports();
        imports.map(|import| external(import.module(), import.name(), import.ty())).collect()
    }

    fn exports(&self) -> Vec<ExternType> {
        let names = self.exports.iter().filter(|name| *name != start::EXPORT);
        names.filter_map(|name| Some(external("", name, &self.module.get_export(name)?))).collect()
    }

    fn serialize(&self) -> Result<Vec<u8>, EngineError> {
        Err(EngineError::new(ErrorStage::Setup, "wasmi interprets modules as they are: it has no precompiled form"))
    }

    fn prepare(&self, given: &[Import<T>], memory: &str, parks: bool) -> Result<Arc<dyn Prepared<T>>, EngineError> {
        let imports = Module::<T>::imports(self);
        let resolved = resolve(&imports, given)?;
        let named = named_memories(&resolved);
        Ok(Arc::new(PreparedModule {
            shared: self.shared.clone(),
            module: self.module.clone(),
            imports: imports_of(&resolved, parks, &named)?,
            adapter: if parks { adapter_of(&self.shared, &resolved, &named)? } else { None },
            memory: memory.to_owned(),
            exports: self.exports.clone(),
            named,
            parks,
        }))
    }
}

fn external(module: &str, name: &str, ty: &wasmi::ExternType) -> ExternType {
    ExternType { module: module.to_owned(), name: name.to_owned(), kind: extern_kind(ty) }
}

struct PreparedModule<T> {
    shared: Arc<Shared>,
    module: wasmi::Module,
    imports: Vec<Source<T>>,
    adapter: Option<Adapter<T>>,
    memory: String,
    exports: Arc<[String]>,
    named: Vec<Cow<'static, str>>,
    parks: bool,
}

/// Where an import of the guest comes from.
enum Source<T> {
    Host(Linkable<T>),
    /// The adapter's next export.
    Adapter,
    /// The engine's own.
    Park,
}

struct Adapter<T> {
    module: wasmi::Module,
    tries: Vec<Linkable<T>>,
}

fn imports_of<T: HostData>(
    imports: &[&Import<T>],
    parks: bool,
    memories: &[Cow<'static, str>],
) -> Result<Vec<Source<T>>, EngineError> {
    let source = |import: &&Import<T>| {
        let pending = match import.suspends {
            Suspends::Adapted if parks => return Ok(Source::Adapter),
            Suspends::Park => return Ok(Source::Park),
            Suspends::Adapted => Pending::Blocks,
            Suspends::Retried => Pending::Parks,
            Suspends::No => Pending::Never,
        };
        Linkable::new(import, pending, memories).map(Source::Host)
    };
    imports.iter().map(source).collect()
}

/// The adapter for the imports that need one, in order; none if there are none.
fn adapter_of<T: HostData>(
    shared: &Shared,
    imports: &[&Import<T>],
    memories: &[Cow<'static, str>],
) -> Result<Option<Adapter<T>>, EngineError> {
    let suspending = imports.iter().copied().filter(|import| import.suspends == Suspends::Adapted);
    let suspending: Vec<&Import<T>> = suspending.collect();
    if suspending.is_empty() {
        return Ok(None);
    }
    let types: Vec<FuncType> = suspending.iter().map(|import| import.ty.clone()).collect();
    let module = wasmi::Module::new(&shared.engine, adapter(&types)?.wasm)
        .map_err(|error| EngineError::new(ErrorStage::Link, format!("bug in tambo, please report it: {error}")))?;
    let tries = suspending.into_iter().map(|import| Linkable::new(import, Pending::Parks, memories));
    Ok(Some(Adapter { module, tries: tries.collect::<Result<_, _>>()? }))
}

impl<T: HostData> PreparedModule<T> {
    fn link(&self, store: &mut Store<StoreData<T>>) -> Result<wasmi::Instance, Error> {
        let mut adapted = match &self.adapter {
            Some(adapter) => adapter.instantiate(store)?.into_iter(),
            None => Vec::new().into_iter(),
        };
        let mut externs = Vec::with_capacity(self.imports.len());
        for import in &self.imports {
            let func = match import {
                Source::Host(linkable) => linkable.make(store),
                Source::Adapter => adapted.next().ok_or_else(lost)?,
                Source::Park => make_park(store, self.parks),
            };
            externs.push(Extern::Func(func));
        }
        wasmi::Instance::new(store, &self.module, &externs)
    }

    fn start(&self, store: &Store<StoreData<T>>, instance: wasmi::Instance) -> Option<Func> {
        let start = instance.get_func(store, start::EXPORT)?;
        let ty = extern_kind(&wasmi::ExternType::Func(start.ty(store)));
        (ty == ExternKind::Func(FuncType::default())).then_some(start)
    }
}

impl<T: HostData> Adapter<T> {
    /// Its exports, in order.
    fn instantiate(&self, store: &mut Store<StoreData<T>>) -> Result<Vec<Func>, Error> {
        let mut externs = vec![Extern::Func(make_park(store, true))];
        for linkable in &self.tries {
            externs.push(Extern::Func(linkable.make(store)));
        }
        let instance = wasmi::Instance::new(&mut *store, &self.module, &externs)?;
        let export = |position: usize| instance.get_func(&*store, &position.to_string()).ok_or_else(lost);
        (0..self.tries.len()).map(export).collect()
    }
}

fn lost() -> Error {
    Error::new("bug in tambo, please report it: the adapter lacks an export")
}

impl<T: HostData> Prepared<T> for PreparedModule<T> {
    fn instantiate(&self, data: T, limits: &Limits) -> Result<Box<dyn Instance<T>>, Trap> {
        let place = self.shared.places.take()?;
        let config = &self.shared.config;
        let mut store = Store::new(&self.shared.engine, StoreData::new(data, limits, config));
        store.limiter(|data| &mut data.limiter);
        let instance = match self.link(&mut store) {
            Ok(instance) => instance,
            Err(error) => return Err(from_instantiation(error, store.data_mut().limiter.quotas.take_refusal())),
        };
        store.data_mut().memory = instance.get_memory(&store, &self.memory);
        store.data_mut().named = self.named.iter().map(|name| instance.get_memory(&store, name)).collect();
        let meter = Meter::new(&mut store, config, limits)?;
        Ok(Box::new(WasmiInstance {
            start: self.start(&store, instance),
            store,
            instance,
            names: self.exports.clone(),
            functions: Vec::new(),
            parks: self.parks,
            abandoned: false,
            meter,
            flag: config.interrupts.then(Arc::<AtomicBool>::default),
            shared: self.shared.clone(),
            _place: place,
        }))
    }
}
