//! Built-ins that are not implemented yet: their names and their core signatures, so that a component that has one and
//! does not call it can be run (Explainer.md, "Canonical Built-ins"; CanonicalABI.md, "Canonical Definitions").

use tambo_component_types::{Flat, MAX_FLAT_PARAMS, Pointer};
use wasmparser::{CanonicalFunction as Canon, CanonicalOption, ComponentValType};

use super::{CoreSort, Evaluator, ScopeRef};
use crate::PlanError;
use crate::plan::CanonKind;

const WORD: Flat = Flat::I32;

impl Evaluator<'_> {
    pub(super) fn missing(&mut self, scope: ScopeRef, builtin: &Canon) -> Result<CanonKind, PlanError> {
        let word = |params: usize, results: usize| (vec![WORD; params], vec![WORD; results]);
        let signature = match builtin {
            Canon::TaskReturn { result, options } => (self.returned(scope, *result, options)?, Vec::new()),
            Canon::TaskCancel => word(0, 0),
            Canon::SubtaskDrop
            | Canon::StreamDropReadable { .. }
            | Canon::StreamDropWritable { .. }
            | Canon::FutureDropReadable { .. }
            | Canon::FutureDropWritable { .. }
            | Canon::ErrorContextDrop
            | Canon::WaitableSetDrop
            | Canon::ThreadResumeLater => word(1, 0),
            Canon::StreamForward { .. } | Canon::FutureForward { .. } | Canon::WaitableJoin => word(2, 0),
            Canon::ThreadYield | Canon::WaitableSetNew | Canon::ThreadIndex | Canon::ThreadSuspend => word(0, 1),
            Canon::SubtaskCancel { .. }
            | Canon::StreamCancelRead { .. }
            | Canon::StreamCancelWrite { .. }
            | Canon::FutureCancelRead { .. }
            | Canon::FutureCancelWrite { .. }
            | Canon::ThreadSuspendThenResume
            | Canon::ThreadYieldThenResume
            | Canon::ThreadSuspendThenPromote
            | Canon::ThreadYieldThenPromote => word(1, 1),
            Canon::StreamNew { .. } | Canon::FutureNew { .. } => (Vec::new(), vec![Flat::I64]),
            Canon::StreamRead { options, .. } | Canon::StreamWrite { options, .. } => {
                let address = self.options(scope, options)?.pointer.flat();
                (vec![WORD, address, address], vec![address])
            }
            Canon::FutureRead { options, .. } | Canon::FutureWrite { options, .. } => {
                (vec![WORD, self.options(scope, options)?.pointer.flat()], vec![WORD])
            }
            Canon::ErrorContextNew { options } => (vec![self.options(scope, options)?.pointer.flat(); 2], vec![WORD]),
            Canon::ErrorContextDebugMessage { options } => {
                (vec![WORD, self.options(scope, options)?.pointer.flat()], Vec::new())
            }
            Canon::WaitableSetWait { memory } | Canon::WaitableSetPoll { memory } => {
                let memory = self.core_def(scope, CoreSort::Memory, *memory)?;
                (vec![WORD, self.address_width(&memory)?.flat()], vec![WORD])
            }
            _ => return Ok(CanonKind::Missing { name: builtin_name(builtin).into(), signature: None }),
        };
        Ok(CanonKind::Missing { name: builtin_name(builtin).into(), signature: Some(signature) })
    }

    /// What `task.return` takes: the result as if it were parameters.
    fn returned(
        &mut self,
        scope: ScopeRef,
        result: Option<ComponentValType>,
        options: &[CanonicalOption],
    ) -> Result<Vec<Flat>, PlanError> {
        let pointer: Pointer = self.options(scope, options)?.pointer;
        let Some(result) = result else { return Ok(Vec::new()) };
        let ty = self.val_type(scope, &result)?;
        let flat = self.plan.types.layout(ty, pointer).flat.as_ref().filter(|flat| flat.len() <= MAX_FLAT_PARAMS);
        Ok(flat.map_or_else(|| vec![pointer.flat()], |flat| flat.to_vec()))
    }
}

/// The name of a built-in in Explainer.md, "Canonical Built-ins".
fn builtin_name(builtin: &Canon) -> &'static str {
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
