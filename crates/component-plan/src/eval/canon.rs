//! Canonical definitions (Explainer.md, "Canonical Definitions").

use tambo_component_types::{Flat, Pointer};
use wasmparser::{CanonicalFunction, CanonicalOption, ValType};

use super::{CoreSort, Evaluator, Item, ScopeRef, TypeValue, at};
use crate::PlanError;
use crate::plan::{CanonFunc, CanonFuncId, CanonKind, CoreDef, Encoding, Func, FuncSource, LiftId, LiftPlan, Options};

impl Evaluator<'_> {
    pub(super) fn canon(&mut self, scope: ScopeRef, canon: &CanonicalFunction) -> Result<(), PlanError> {
        let kind = match canon {
            CanonicalFunction::Lift { core_func_index, type_index, options } => {
                return self.lift(scope, *core_func_index, *type_index, options);
            }
            CanonicalFunction::Lower { func_index, options } => {
                let func = at(&self.scope(scope).funcs, *func_index, "func")?;
                CanonKind::Lower { func, options: self.options(scope, options)? }
            }
            CanonicalFunction::ResourceNew { resource } => CanonKind::ResourceNew(self.resource_at(scope, *resource)?),
            CanonicalFunction::ResourceRep { resource } => CanonKind::ResourceRep(self.resource_at(scope, *resource)?),
            CanonicalFunction::ResourceDrop { resource } => {
                CanonKind::ResourceDrop(self.resource_at(scope, *resource)?)
            }
            CanonicalFunction::ContextGet { ty, slot } => CanonKind::ContextGet { slot: *slot, ty: context_type(*ty)? },
            CanonicalFunction::ContextSet { ty, slot } => CanonKind::ContextSet { slot: *slot, ty: context_type(*ty)? },
            CanonicalFunction::BackpressureInc => CanonKind::Backpressure { increase: true },
            CanonicalFunction::BackpressureDec => CanonKind::Backpressure { increase: false },
            other => self.missing(scope, other)?,
        };
        let id = CanonFuncId(self.plan.canon_funcs.len() as u32);
        let instance = self.scope(scope).instance;
        self.plan.canon_funcs.push(CanonFunc { instance, kind });
        self.scope_mut(scope).core[CoreSort::Func as usize].push(CoreDef::Canon(id));
        Ok(())
    }

    fn lift(&mut self, scope: ScopeRef, core: u32, ty: u32, options: &[CanonicalOption]) -> Result<(), PlanError> {
        let TypeValue::Func(ty) = at(&self.scope(scope).types, ty, "type")? else {
            return Err(PlanError::bug(format!("type {ty} is not that of a function")));
        };
        let core = self.core_def(scope, CoreSort::Func, core)?;
        let options = self.options(scope, options)?;
        let id = LiftId(self.plan.lifts.len() as u32);
        let instance = self.scope(scope).instance;
        self.plan.lifts.push(LiftPlan { instance, core, ty, options });
        self.push(scope, Item::Func(Func { ty, source: FuncSource::Lift(id) }));
        Ok(())
    }

    pub(super) fn options(&mut self, scope: ScopeRef, list: &[CanonicalOption]) -> Result<Options, PlanError> {
        let mut options = Options::default();
        for option in list {
            match option {
                CanonicalOption::UTF8 => options.encoding = Encoding::Utf8,
                CanonicalOption::UTF16 => options.encoding = Encoding::Utf16,
                CanonicalOption::CompactUTF16 => options.encoding = Encoding::Latin1OrUtf16,
                CanonicalOption::Memory(index) => {
                    let memory = self.core_def(scope, CoreSort::Memory, *index)?;
                    options.pointer = self.address_width(&memory)?;
                    options.memory = Some(memory);
                }
                CanonicalOption::Realloc(index) => {
                    options.realloc = Some(self.core_def(scope, CoreSort::Func, *index)?);
                }
                CanonicalOption::PostReturn(index) => {
                    options.post_return = Some(self.core_def(scope, CoreSort::Func, *index)?);
                }
                CanonicalOption::Callback(index) => {
                    options.callback = Some(self.core_def(scope, CoreSort::Func, *index)?);
                }
                CanonicalOption::Async => options.is_async = true,
                CanonicalOption::CoreType(_) | CanonicalOption::Gc => {
                    return Err(PlanError::unsupported(
                        "the canonical ABI for garbage-collected types is not supported yet",
                    ));
                }
            }
        }
        Ok(options)
    }

    pub(super) fn address_width(&self, memory: &CoreDef) -> Result<Pointer, PlanError> {
        let CoreDef::Export { instance, name } = memory else {
            return Err(PlanError::bug("a canonical definition makes a memory"));
        };
        let module = self.plan.core_instances[instance.index()].module;
        let module = &self.program.modules[self.module_positions[module.index()]];
        match module.exported_memory_is_wide(name) {
            Some(true) => Ok(Pointer::Bits64),
            Some(false) => Ok(Pointer::Bits32),
            None => Err(PlanError::bug(format!("core instance {} exports no memory {name:?}", instance.0))),
        }
    }
}

fn context_type(ty: ValType) -> Result<Flat, PlanError> {
    match ty {
        ValType::I32 => Ok(Flat::I32),
        ValType::I64 => Ok(Flat::I64),
        other => Err(PlanError::bug(format!("a thread keeps a {other}"))),
    }
}
