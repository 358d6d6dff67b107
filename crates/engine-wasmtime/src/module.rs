//! A compiled module: what it imports and exports, and linking it.

use std::sync::Arc;

use tambo_engine::link::resolve;
use tambo_engine::{
    EngineError, ErrorStage, ExternKind, ExternType, FuncType, HostData, Import, Module, Prepared, start,
};

use crate::engine::{Shared, failed};
use crate::export::Exports;
use crate::prepared::PreparedModule;
use crate::types::extern_kind;

/// wasmtime's module.
pub(crate) struct CompiledModule {
    pub(crate) shared: Arc<Shared>,
    pub(crate) module: wasmtime::Module,
    /// The functions that it exports.
    pub(crate) functions: Arc<Exports>,
}

impl<T: HostData> Module<T> for CompiledModule {
    fn imports(&self) -> Vec<ExternType> {
        imports(&self.module)
    }

    fn exports(&self) -> Vec<ExternType> {
        let exports = self.module.exports().filter(|export| export.name() != start::EXPORT);
        exports
            .map(|export| ExternType {
                module: String::new(),
                name: export.name().to_owned(),
                kind: extern_kind(&export.ty()),
            })
            .collect()
    }

    fn serialize(&self) -> Result<Vec<u8>, EngineError> {
        self.module.serialize().map_err(|error| failed(ErrorStage::Setup, &error))
    }

    fn prepare(&self, given: &[Import<T>], memory: &str, parks: bool) -> Result<Arc<dyn Prepared<T>>, EngineError> {
        let imports = imports(&self.module);
        let resolved = resolve(&imports, given)?;
        Ok(Arc::new(PreparedModule::new(self, &resolved, memory, parks)?))
    }
}

impl CompiledModule {
    pub(crate) fn new(shared: &Arc<Shared>, module: wasmtime::Module) -> Self {
        Self { shared: shared.clone(), functions: Arc::new(Exports::new(module.clone())), module }
    }

    /// The index of an export, if it is a memory.
    pub(crate) fn memory(&self, name: &str) -> Option<wasmtime::ModuleExport> {
        let wasmtime::ExternType::Memory(_) = self.module.get_export(name)? else { return None };
        self.module.get_export_index(name)
    }

    /// The index of the start function that was made an export.
    pub(crate) fn start(&self) -> Option<wasmtime::ModuleExport> {
        let ty = extern_kind(&self.module.get_export(start::EXPORT)?);
        (ty == ExternKind::Func(FuncType::default())).then(|| self.module.get_export_index(start::EXPORT))?
    }
}

fn imports(module: &wasmtime::Module) -> Vec<ExternType> {
    module
        .imports()
        .map(|import| ExternType {
            module: import.module().to_owned(),
            name: import.name().to_owned(),
            kind: extern_kind(&import.ty()),
        })
        .collect()
}
