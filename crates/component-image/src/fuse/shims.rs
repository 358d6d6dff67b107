//! Leaves out the detours that tools insert where a core module needs, as an import, a function that cannot exist
//! before the module does.
//!
//! A *shim* is instantiated first; its functions do nothing but call an entry of its table that is still empty. The
//! module is then instantiated with these, what it needs is made from its exports, and a *fixup* fills the table. In
//! an image a function may be used before the place where the plan defines it, so calls of the shim can go where they
//! end. Both are recognised by what they consist of, whatever they are called, and left out only if nothing can tell:
//!
//! - the shim is its table, empty at first, and functions that pass their parameters on to a constant entry of it;
//! - nobody else imports the table but one fixup, which fills each entry that the shim uses, within bounds, with a
//!   function of the type that the call expects, and consists of nothing else;
//! - no core instance between the two has a start section: nothing could run while the entries are empty;
//! - what fills an entry is defined by a canonical function or by a core instance itself, so that it has an index
//!   before any import is resolved.
//!
//! Anything else is fused like all other modules.

use std::collections::HashMap;

use tambo_component_plan::{CoreDef, CoreInstanceId, CoreInstancePlan, Plan};
use wasmparser::{
    CompositeInnerType, ConstExpr, ElementItems, ElementKind, FuncType, Operator, RefType, SubType, TableInit, TypeRef,
    ValType,
};

use super::module::{Kind, Module};

/// What is left out of an image.
#[derive(Default)]
pub(super) struct Elided<'p> {
    /// For each shim, what its functions come down to, by their index.
    shims: HashMap<CoreInstanceId, Vec<&'p CoreDef>>,
    /// By core instance; shorter if the last ones are kept.
    dropped: Vec<bool>,
}

impl<'p> Elided<'p> {
    /// Whether a core instance is left out.
    pub(super) fn dropped(&self, instance: CoreInstanceId) -> bool {
        self.dropped.get(instance.index()).copied().unwrap_or(false)
    }

    /// What to use instead of a shim's export.
    pub(super) fn target(
        &self,
        plan: &Plan,
        modules: &[Module<'_>],
        instance: CoreInstanceId,
        name: &str,
    ) -> Option<&'p CoreDef> {
        let targets = self.shims.get(&instance)?;
        match module_of(plan, modules, instance)?.exports.get(name)? {
            (Kind::Func, index) => targets.get(*index as usize).copied(),
            _ => None,
        }
    }
}

/// Shims and fixups of a plan that can be left out.
pub(super) fn find<'p>(plan: &'p Plan, modules: &[Module<'_>]) -> Elided<'p> {
    let mut elided = Elided { shims: HashMap::new(), dropped: vec![false; plan.core_instances.len()] };
    let shapes: Vec<Option<Shim>> = modules.iter().map(shim).collect();
    let shape = |instance: CoreInstanceId| {
        let module = plan.core_instances.get(instance.index())?.module;
        Some((shapes.get(module.index())?.as_ref()?, modules.get(module.index())?))
    };
    for (id, users) in table_users(plan, modules, &shape) {
        let [fixup_id] = users[..] else { continue };
        let Some((shim, _)) = shape(id) else { continue };
        let Some(instance) = plan.core_instances.get(fixup_id.index()) else { continue };
        let Some(module) = modules.get(instance.module.index()) else { continue };
        if starts_between(plan, modules, id, fixup_id) {
            continue;
        }
        let direct = |def: &CoreDef| is_direct(plan, modules, def) && !refers_to_shim(def, &shape);
        if let Some(targets) = targets(shim, instance, module, &direct) {
            elided.shims.insert(id, targets);
            elided.dropped[id.index()] = true;
            elided.dropped[fixup_id.index()] = true;
        }
    }
    elided
}

fn module_of<'a, 'm>(plan: &Plan, modules: &'a [Module<'m>], instance: CoreInstanceId) -> Option<&'a Module<'m>> {
    modules.get(plan.core_instances.get(instance.index())?.module.index())
}

/// For each instance of a shim, once for each import of its table: who imports it. In the plan's order.
fn table_users<'s, 'm: 's>(
    plan: &Plan,
    modules: &[Module<'_>],
    shape: &impl Fn(CoreInstanceId) -> Option<(&'s Shim, &'s Module<'m>)>,
) -> Vec<(CoreInstanceId, Vec<CoreInstanceId>)> {
    let mut users: HashMap<CoreInstanceId, Vec<CoreInstanceId>> = HashMap::new();
    for (position, user) in plan.core_instances.iter().enumerate() {
        let Some(module) = modules.get(user.module.index()) else { continue };
        for (ty, def) in module.imports.iter().zip(&user.imports) {
            if let (TypeRef::Table(_), CoreDef::Export { instance, .. }) = (ty, def)
                && shape(*instance).is_some()
            {
                users.entry(*instance).or_default().push(CoreInstanceId(position as u32));
            }
        }
    }
    let mut users: Vec<_> = users.into_iter().collect();
    users.sort_unstable_by_key(|&(shim, _)| shim);
    users
}

/// Whether code may run after one core instance and before another.
fn starts_between(plan: &Plan, modules: &[Module<'_>], first: CoreInstanceId, last: CoreInstanceId) -> bool {
    let between = plan.core_instances.get(first.index() + 1..last.index());
    between.is_none_or(|between| {
        between.iter().any(|instance| modules.get(instance.module.index()).is_none_or(|module| module.start.is_some()))
    })
}

/// Whether a function has an index before imports are resolved.
fn is_direct(plan: &Plan, modules: &[Module<'_>], def: &CoreDef) -> bool {
    match def {
        CoreDef::Canon(_) => true,
        CoreDef::Export { instance, name } => module_of(plan, modules, *instance).is_some_and(|module| {
            matches!(module.exports.get(name.as_str()), Some((Kind::Func, index)) if *index >= module.imported(Kind::Func))
        }),
    }
}

/// Whether a function may itself be left out.
fn refers_to_shim<'s, 'm: 's>(
    def: &CoreDef,
    shape: &impl Fn(CoreInstanceId) -> Option<(&'s Shim, &'s Module<'m>)>,
) -> bool {
    matches!(def, CoreDef::Export { instance, .. } if shape(*instance).is_some())
}

/// What a shim's functions call.
struct Shim {
    /// For each function: the entry of the table, and the type that is expected there.
    calls: Vec<(u32, FuncType)>,
    table_size: u64,
}

/// A module as a shim, if it is exactly one.
fn shim(module: &Module<'_>) -> Option<Shim> {
    let [table] = &module.tables[..] else { return None };
    let nothing_else = module.imports.is_empty()
        && module.memories.is_empty()
        && module.globals.is_empty()
        && module.tags.is_empty()
        && module.elements.is_empty()
        && module.data.is_empty()
        && module.start.is_none();
    let plain_table = matches!(table.init, TableInit::RefNull)
        && table.ty.element_type == RefType::FUNCREF
        && !table.ty.table64
        && !table.ty.shared;
    if !nothing_else || !plain_table || module.bodies.len() != module.functions.len() {
        return None;
    }
    let types = plain_types(module);
    let mut calls = Vec::with_capacity(module.functions.len());
    for (&ty, body) in module.functions.iter().zip(&module.bodies) {
        let signature = (*types.get(ty as usize)?)?;
        calls.push((trampoline(body, ty, signature.params().len())?, signature.clone()));
    }
    Some(Shim { calls, table_size: table.ty.initial })
}

/// The entry that a function passes its parameters on to, if it does exactly that.
fn trampoline(body: &wasmparser::FunctionBody<'_>, own_type: u32, params: usize) -> Option<u32> {
    if body.get_locals_reader().ok()?.get_count() != 0 {
        return None;
    }
    let mut operators = body.get_operators_reader().ok()?;
    for param in 0..params as u32 {
        match operators.read().ok()? {
            Operator::LocalGet { local_index } if local_index == param => {}
            _ => return None,
        }
    }
    let Operator::I32Const { value } = operators.read().ok()? else { return None };
    match operators.read().ok()? {
        Operator::CallIndirect { type_index, table_index: 0 } if type_index == own_type => {}
        _ => return None,
    }
    matches!(operators.read().ok()?, Operator::End).then_some(())?;
    operators.eof().then_some(value as u32)
}

/// By index, the types of a module that are functions over numbers and nothing more: of those, equal ones are the same
/// type, and none is a subtype of another.
fn plain_types<'a>(module: &'a Module<'_>) -> Vec<Option<&'a FuncType>> {
    let groups = module.groups.iter();
    groups.flat_map(|group| group.types().map(move |ty| plain(ty).filter(|_| group.types().len() == 1))).collect()
}

fn plain(ty: &SubType) -> Option<&FuncType> {
    let composite = &ty.composite_type;
    let whole = ty.is_final
        && ty.supertype_idxs.is_empty()
        && !composite.shared
        && composite.descriptor_idx.is_none()
        && composite.describes_idx.is_none();
    match &composite.inner {
        CompositeInnerType::Func(func) if whole => {
            let number = |ty: &ValType| !matches!(ty, ValType::Ref(_));
            func.params().iter().chain(func.results()).all(number).then_some(func)
        }
        _ => None,
    }
}

/// What a shim's functions come down to, if the module is exactly a fixup that says so.
fn targets<'p>(
    shim: &Shim,
    instance: &'p CoreInstancePlan,
    module: &Module<'_>,
    direct: &impl Fn(&CoreDef) -> bool,
) -> Option<Vec<&'p CoreDef>> {
    let only_imports = Kind::ALL.into_iter().all(|kind| module.defined(kind) == 0)
        && module.exports.is_empty()
        && module.data.is_empty()
        && module.start.is_none()
        && module.imported(Kind::Table) == 1
        && module.imported(Kind::Func) as usize + 1 == module.imports.len()
        && module.imports.len() == instance.imports.len();
    if !only_imports {
        return None;
    }
    let functions: Vec<(u32, &CoreDef)> = module
        .imports
        .iter()
        .zip(&instance.imports)
        .filter_map(|(ty, def)| match ty {
            TypeRef::Func(ty) => Some((*ty, def)),
            _ => None,
        })
        .collect();
    let filled = filled(module, shim.table_size)?;
    let types = plain_types(module);
    let mut targets = Vec::with_capacity(shim.calls.len());
    for (entry, expected) in &shim.calls {
        let (ty, def) = functions.get(*filled.get(entry)? as usize)?;
        let found = (*types.get(*ty as usize)?)?;
        if found != expected || !direct(def) {
            return None;
        }
        targets.push(*def);
    }
    Some(targets)
}

/// Which function of a fixup ends up in which entry of the table.
fn filled(module: &Module<'_>, table_size: u64) -> Option<HashMap<u32, u32>> {
    let mut entries = HashMap::new();
    for element in &module.elements {
        let ElementKind::Active { table_index: None | Some(0), offset_expr } = &element.kind else { return None };
        let ElementItems::Functions(functions) = &element.items else { return None };
        let first = constant(offset_expr)?;
        if u64::from(first) + u64::from(functions.count()) > table_size {
            return None;
        }
        for (entry, function) in (first..).zip(functions.clone()) {
            entries.insert(entry, function.ok()?);
        }
    }
    Some(entries)
}

fn constant(expr: &ConstExpr<'_>) -> Option<u32> {
    let mut operators = expr.get_operators_reader();
    match operators.read().ok()? {
        Operator::I32Const { value } if operators.is_end_then_eof() => Some(value as u32),
        _ => None,
    }
}
