//! Canonical definitions (Explainer.md, "Canonical Definitions").

use tambo_component_types::Pointer;
use wasmparser::{CanonicalFunction, CanonicalOption};

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
            other => CanonKind::Unsupported(builtin_name(other)),
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

    fn options(&mut self, scope: ScopeRef, list: &[CanonicalOption]) -> Result<Options, PlanError> {
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

    fn address_width(&self, memory: &CoreDef) -> Result<Pointer, PlanError> {
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

/// The name of a built-in in Explainer.md, "Canonical Built-ins".
fn builtin_name(builtin: &CanonicalFunction) -> &'static str {
    use CanonicalFunction as Canon;
    match builtin {
        Canon::Lift { .. } => "lift",
        Canon::Lower { .. } => "lower",
        Canon::ResourceNew { .. } => "resource.new",
        Canon::ResourceDrop { .. } => "resource.drop",
        Canon::ResourceRep { .. } => "resource.rep",
        Canon::ThreadSpawnRef { .. } => "thread.spawn-ref",
        Canon::ThreadSpawnIndirect { .. } => "thread.spawn-indirect",
        Canon::ThreadAvailableParallelism => "thread.available-parallelism",
        Canon::BackpressureInc => "backpressure.inc",
        Canon::BackpressureDec => "backpressure.dec",
        Canon::TaskReturn { .. } => "task.return",
        Canon::TaskCancel => "task.cancel",
        Canon::ContextGet { .. } => "context.get",
        Canon::ContextSet { .. } => "context.set",
        Canon::ThreadYield => "thread.yield",
        Canon::SubtaskDrop => "subtask.drop",
        Canon::SubtaskCancel { .. } => "subtask.cancel",
        Canon::StreamNew { .. } => "stream.new",
        Canon::StreamRead { .. } => "stream.read",
        Canon::StreamWrite { .. } => "stream.write",
        Canon::StreamForward { .. } => "stream.forward",
        Canon::StreamCancelRead { .. } => "stream.cancel-read",
        Canon::StreamCancelWrite { .. } => "stream.cancel-write",
        Canon::StreamDropReadable { .. } => "stream.drop-readable",
        Canon::StreamDropWritable { .. } => "stream.drop-writable",
        Canon::FutureNew { .. } => "future.new",
        Canon::FutureRead { .. } => "future.read",
        Canon::FutureWrite { .. } => "future.write",
        Canon::FutureForward { .. } => "future.forward",
        Canon::FutureCancelRead { .. } => "future.cancel-read",
        Canon::FutureCancelWrite { .. } => "future.cancel-write",
        Canon::FutureDropReadable { .. } => "future.drop-readable",
        Canon::FutureDropWritable { .. } => "future.drop-writable",
        Canon::ErrorContextNew { .. } => "error-context.new",
        Canon::ErrorContextDebugMessage { .. } => "error-context.debug-message",
        Canon::ErrorContextDrop => "error-context.drop",
        Canon::WaitableSetNew => "waitable-set.new",
        Canon::WaitableSetWait { .. } => "waitable-set.wait",
        Canon::WaitableSetPoll { .. } => "waitable-set.poll",
        Canon::WaitableSetDrop => "waitable-set.drop",
        Canon::WaitableJoin => "waitable.join",
        Canon::ThreadIndex => "thread.index",
        Canon::ThreadNewIndirect { .. } => "thread.new-indirect",
        Canon::ThreadResumeLater => "thread.resume-later",
        Canon::ThreadSuspend => "thread.suspend",
        Canon::ThreadSuspendThenResume => "thread.suspend-then-resume",
        Canon::ThreadYieldThenResume => "thread.yield-then-resume",
        Canon::ThreadSuspendThenPromote => "thread.suspend-then-promote",
        Canon::ThreadYieldThenPromote => "thread.yield-then-promote",
    }
}
