//! What generated functions are called in backtraces, and what imports are called.

use tambo_component_plan::{Func, FuncSource, InstanceId, Plan};

use crate::image::HostImportKind;

/// Bytes of a name of the component's that are used, since many functions may repeat it.
const LONGEST: usize = 100;

/// A call from one component instance to what another one exports, or to what the root imports.
pub(super) fn call(plan: &Plan, caller: InstanceId, func: &Func) -> String {
    let from = instance(plan, caller);
    match func.source {
        FuncSource::Lift(lift) => format!("call from {from} to {}", instance(plan, plan.lifts[lift.index()].instance)),
        FuncSource::Host(host) => {
            let path = &plan.host_funcs[host.index()].path;
            let path = path.iter().map(|name| short(name)).collect::<Vec<_>>().join("#");
            format!("call from {from} to the import {path}")
        }
    }
}

/// What a component instance does by a built-in.
pub(super) fn built_in(plan: &Plan, name: &str, caller: InstanceId) -> String {
    format!("{name} of {}", instance(plan, caller))
}

/// What an import of the image is called.
pub(super) fn host(kind: &HostImportKind, position: usize) -> String {
    let what = match kind {
        HostImportKind::Call { .. } => "call",
        HostImportKind::Next => "next",
        HostImportKind::Take(_) => "take",
        HostImportKind::Give(_) => "give",
        HostImportKind::ResourceNew { .. } => "resource.new",
        HostImportKind::ResourceRep { .. } => "resource.rep",
        HostImportKind::ResourceDrop { .. } => "resource.drop",
        HostImportKind::TransferOwn { .. } => "transfer-own",
        HostImportKind::TransferBorrow { .. } => "transfer-borrow",
        HostImportKind::ScopeEnter => "scope-enter",
        HostImportKind::ScopeExit => "scope-exit",
        HostImportKind::Trap => "trap",
        HostImportKind::Missing(_) => "missing",
        HostImportKind::Park => "park",
        HostImportKind::Backpressure { .. } => "backpressure",
    };
    format!("{what} {position}")
}

fn instance(plan: &Plan, id: InstanceId) -> &str {
    short(&plan.instances[id.index()].name)
}

fn short(name: &str) -> &str {
    &name[..name.floor_char_boundary(LONGEST)]
}
