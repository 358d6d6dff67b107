//! What a plan needs of generated code and of the host: the first half of `emit`, before anything has an index.
//!
//! Only what is used counts: what core instances import, what the root exports, destructors, and what those use.

use std::collections::{HashMap, HashSet, VecDeque};

use tambo_component_plan::{
    CanonFuncId, CanonKind, CoreDef, ExportItem, Func, FuncSource, HostFuncId, InstanceId, LiftId, Named, Options,
    Plan, ResourceOrigin,
};
use tambo_component_types::{Flat, FuncType, Pointer, ResourceId, Type, TypeId, Types};

use super::code::{val_type, val_types};
use super::flat::{FlatFunc, asynchronous, lowered_async, params_allocate};
use super::instances::{Instances, Uses};
use super::naming;
use crate::ImageError;
use crate::image::{BuildOptions, HostImport, HostImportKind, LiftExport, ParamMode, ResultMode};
use crate::link::{Declared, Signature, Target};

/// What a generated function does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Check `may_leave` and call a host import with the same signature, again if it was not ready.
    Forward(InstanceId, usize),
    /// Call a host function whose results are allocated.
    HostCall(CanonFuncId, usize),
    /// Call a lifted function.
    Adapter(CanonFuncId, LiftId),
    /// Drop a handle, and its resource.
    ResourceDrop(InstanceId, ResourceId, usize),
    /// Be called by the host.
    Export(LiftId, ParamMode, ResultMode),
    /// Be called by the host to drop a resource.
    Destructor(ResourceId),
    /// Get what the running thread keeps.
    ContextGet(u32, Flat),
    /// Set what the running thread keeps.
    ContextSet(u32, Flat),
    /// Say that this is not there yet.
    Missing(InstanceId, usize),
}

/// What `generate` has to know of `declare`.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(super) work: Vec<Work>,
    pub(super) hosts: HashMap<HostImportKind, usize>,
    pub(super) next: HashMap<CoreDef, usize>,
    pub(super) instances: Instances,
}

/// Declare what is used.
pub(super) fn declare(plan: &Plan, options: &BuildOptions) -> Result<Declared, ImageError> {
    let mut outliner = Outliner {
        plan,
        waiting: options.waiting.iter().copied().collect(),
        declared: Declared { canon: vec![None; plan.canon_funcs.len()], ..Declared::default() },
        used: Vec::new(),
        seen: vec![false; plan.canon_funcs.len()],
        lifts_seen: vec![false; plan.lifts.len()],
        queue: VecDeque::new(),
        uses: Uses::default(),
    };
    let exported = outliner.find()?;
    outliner.declared.outline.instances = Instances::new(plan, &outliner.uses);
    for id in std::mem::take(&mut outliner.used) {
        outliner.canon(id)?;
    }
    for lift in exported {
        outliner.export(lift)?;
    }
    outliner.destructors()?;
    Ok(outliner.declared)
}

struct Outliner<'a> {
    plan: &'a Plan,
    /// The functions of the host that the image calls again itself.
    waiting: HashSet<HostFuncId>,
    declared: Declared,
    /// Used canonical functions, in the order in which they were found.
    used: Vec<CanonFuncId>,
    seen: Vec<bool>,
    lifts_seen: Vec<bool>,
    queue: VecDeque<CanonFuncId>,
    uses: Uses,
}

impl<'a> Outliner<'a> {
    /// Find what is used; the lifts that the root exports.
    fn find(&mut self) -> Result<Vec<LiftId>, ImageError> {
        for instance in &self.plan.core_instances {
            instance.imports.iter().for_each(|def| self.reach(def));
        }
        for resource in &self.plan.resources {
            if let ResourceOrigin::Defined { destructor: Some(destructor), .. } = &resource.origin {
                self.reach(destructor);
            }
        }
        let mut exported = Vec::new();
        exported_lifts(&self.plan.exports, &mut exported, &mut vec![false; self.plan.lifts.len()]);
        exported.retain(|lift| {
            let lift = &self.plan.lifts[lift.index()];
            asynchronous(&self.plan.types, self.plan.types.function(lift.ty), &lift.options).is_none()
        });
        for &lift in &exported {
            self.reach_lift(lift)?;
        }
        while let Some(id) = self.queue.pop_front() {
            self.used.push(id);
            let canon = &self.plan.canon_funcs[id.index()];
            match &canon.kind {
                CanonKind::Lower { func, options } => self.reach_lower(canon.instance, func, options)?,
                CanonKind::ResourceNew(_) => self.uses.checks_leave.push(canon.instance),
                CanonKind::ResourceDrop(resource) => {
                    self.uses.checks_leave.push(canon.instance);
                    if let Some(definer) = definer(self.plan, *resource) {
                        self.uses.calls.push((canon.instance, definer));
                    }
                }
                CanonKind::Missing { .. } => self.uses.checks_leave.push(canon.instance),
                CanonKind::ContextGet { .. } | CanonKind::ContextSet { .. } => self.declared.context = true,
                CanonKind::ResourceRep(_) | CanonKind::Backpressure { .. } => {}
            }
        }
        Ok(exported)
    }

    fn reach(&mut self, def: &CoreDef) {
        if let CoreDef::Canon(id) = def
            && !std::mem::replace(&mut self.seen[id.index()], true)
        {
            self.queue.push_back(*id);
        }
    }

    fn reach_options(&mut self, instance: InstanceId, options: &Options) {
        for def in options.realloc.iter().chain(&options.post_return) {
            self.reach(def);
            self.uses.clears_leave.push(instance);
        }
    }

    fn reach_lower(&mut self, caller: InstanceId, func: &Func, options: &Options) -> Result<(), ImageError> {
        self.uses.checks_leave.push(caller);
        if self.why_not(caller, func, options).is_some() {
            return Ok(());
        }
        self.reach_options(caller, options);
        if let FuncSource::Lift(lift) = func.source {
            self.uses.calls.push((caller, self.plan.lifts[lift.index()].instance));
            self.reach_lift(lift)?;
        }
        Ok(())
    }

    fn reach_lift(&mut self, id: LiftId) -> Result<(), ImageError> {
        if std::mem::replace(&mut self.lifts_seen[id.index()], true) {
            return Ok(());
        }
        let lift = &self.plan.lifts[id.index()];
        self.reach(&lift.core);
        self.reach_options(lift.instance, &lift.options);
        Ok(())
    }

    fn instance_name(&self, instance: InstanceId) -> &'a str {
        &self.plan.instances[instance.index()].name
    }

    fn canon(&mut self, id: CanonFuncId) -> Result<(), ImageError> {
        let canon = &self.plan.canon_funcs[id.index()];
        let instance = canon.instance;
        let target = match &canon.kind {
            CanonKind::Lower { func, options } => self.lower(id, func, options)?,
            CanonKind::ResourceNew(resource) => {
                let kind = HostImportKind::ResourceNew { resource: *resource, instance };
                let position = self.host(kind, vec![self.representation(*resource)], vec![Flat::I32], None);
                self.checked(instance, position, naming::built_in(self.plan, "resource.new", instance))
            }
            CanonKind::ResourceRep(resource) => {
                let kind = HostImportKind::ResourceRep { resource: *resource, instance };
                let results = vec![self.representation(*resource)];
                Target::Host(self.host(kind, vec![Flat::I32], results, None))
            }
            CanonKind::ResourceDrop(resource) => self.resource_drop(instance, *resource),
            CanonKind::ContextGet { slot, ty } => {
                self.generate("context.get".into(), &[], &[*ty], Work::ContextGet(*slot, *ty))
            }
            CanonKind::ContextSet { slot, ty } => {
                self.generate("context.set".into(), &[*ty], &[], Work::ContextSet(*slot, *ty))
            }
            CanonKind::Backpressure { increase } => {
                let kind = HostImportKind::Backpressure { instance, increase: *increase };
                Target::Host(self.host(kind, vec![], vec![], None))
            }
            CanonKind::Missing { name, signature } => {
                let what =
                    format!("{} uses the built-in `{name}`, which is not supported yet", self.instance_name(instance));
                let Some((params, results)) = signature else { return Err(ImageError::Unsupported(what)) };
                self.missing(id, what, params, results)
            }
        };
        self.declared.canon[id.index()] = Some(target);
        Ok(())
    }

    fn lower(&mut self, id: CanonFuncId, func: &Func, options: &Options) -> Result<Target, ImageError> {
        let caller = self.plan.canon_funcs[id.index()].instance;
        let ty = self.plan.types.function(func.ty);
        let (params, results) = if options.is_async {
            lowered_async(&self.plan.types, ty, options.pointer)?
        } else {
            FlatFunc::new(&self.plan.types, ty, options.pointer)?.lowered()
        };
        if let Some(what) = self.why_not(caller, func, options) {
            let what = format!("{what} in a call by {}, which is not supported yet", self.instance_name(caller));
            return Ok(self.missing(id, what, &params, &results));
        }
        match func.source {
            FuncSource::Lift(lift) => {
                self.transfers(caller, lift);
                let name = naming::call(self.plan, caller, func);
                Ok(self.generate(name, &params, &results, Work::Adapter(id, lift)))
            }
            FuncSource::Host(host) => {
                let allocates = ty.result.is_some_and(|result| self.plan.types.contains_pointer(result));
                let memory = options.memory.as_ref().map(|memory| self.memory(memory));
                let kind = HostImportKind::Call { canon: id, allocates };
                let answers = if allocates { vec![Flat::I64] } else { results.clone() };
                let position = self.host(kind, params.clone(), answers, memory);
                if self.waiting.contains(&host) {
                    self.retry(position);
                }
                if !allocates {
                    return Ok(self.checked(caller, position, naming::call(self.plan, caller, func)));
                }
                self.next(options)?;
                let name = naming::call(self.plan, caller, func);
                Ok(self.generate(name, &params, &results, Work::HostCall(id, position)))
            }
        }
    }

    /// What in a lowered function is not there yet, if something is: of the call, or of the function that is called.
    fn why_not(&self, caller: InstanceId, func: &Func, options: &Options) -> Option<String> {
        let (name, lifted) = match func.source {
            FuncSource::Lift(lift) => {
                let lift = &self.plan.lifts[lift.index()];
                (format!("a function of {}", self.instance_name(lift.instance)), Some(&lift.options))
            }
            FuncSource::Host(host) => {
                (format!("the import `{}`", self.plan.host_funcs[host.index()].path.join("#")), None)
            }
        };
        let types = &self.plan.types;
        if let FuncSource::Lift(lift) = func.source
            && self.plan.lifts[lift.index()].instance == caller
            && passes_references(types, types.function(func.ty))
        {
            return Some(format!("{name}: strings, lists or handles that it passes to itself"));
        }
        let mut sides = [Some(options), lifted].into_iter().flatten();
        let why = sides.find_map(|options| asynchronous(types, types.function(func.ty), options))?;
        Some(format!("{name}: {why}"))
    }

    /// A function that traps when it is called.
    fn missing(&mut self, id: CanonFuncId, what: String, params: &[Flat], results: &[Flat]) -> Target {
        let instance = self.plan.canon_funcs[id.index()].instance;
        let position = self.host(HostImportKind::Missing(what), vec![], vec![], None);
        let name = match &self.plan.canon_funcs[id.index()].kind {
            CanonKind::Lower { func, .. } => naming::call(self.plan, instance, func),
            _ => naming::built_in(self.plan, "built-in", instance),
        };
        self.generate(name, params, results, Work::Missing(instance, position))
    }

    /// Have the image call a host import again itself.
    fn retry(&mut self, position: usize) {
        self.declared.imports[position].retries = true;
        self.host(HostImportKind::Park, vec![], vec![], None);
    }

    /// A host import, behind a check of `may_leave` if that can be clear, and called again if it has to be.
    fn checked(&mut self, instance: InstanceId, position: usize, name: String) -> Target {
        let retries = self.declared.imports[position].retries;
        if !retries && !self.declared.outline.instances.may_be_left(instance) {
            return Target::Host(position);
        }
        let HostImport { params, results, .. } = self.declared.imports[position].clone();
        self.generate(name, &params, &results, Work::Forward(instance, position))
    }

    fn resource_drop(&mut self, instance: InstanceId, resource: ResourceId) -> Target {
        let kind = HostImportKind::ResourceDrop { resource, instance };
        let results = match self.representation(resource) {
            Flat::I64 => vec![Flat::I64, Flat::I32],
            _ => vec![Flat::I64],
        };
        let position = self.host(kind, vec![Flat::I32], results, None);
        let name = naming::built_in(self.plan, "resource.drop", instance);
        self.generate(name, &[Flat::I32], &[], Work::ResourceDrop(instance, resource, position))
    }

    fn representation(&self, resource: ResourceId) -> Flat {
        match self.plan.resources[resource.0 as usize].origin {
            ResourceOrigin::Defined { representation: Pointer::Bits64, .. } => Flat::I64,
            _ => Flat::I32,
        }
    }

    /// Declare what moves the handles of a call from guest to guest.
    fn transfers(&mut self, caller: InstanceId, lift: LiftId) {
        let callee = self.plan.lifts[lift.index()].instance;
        let ty = self.plan.types.function(self.plan.lifts[lift.index()].ty);
        for param in &ty.params {
            self.transfer(param.ty, caller, callee);
        }
        if let Some(result) = ty.result {
            self.transfer(result, callee, caller);
        }
        if ty.params.iter().any(|param| self.plan.types.contains_borrow(param.ty)) {
            self.host(HostImportKind::ScopeEnter, vec![], vec![], None);
            self.host(HostImportKind::ScopeExit, vec![], vec![], None);
        }
    }

    fn transfer(&mut self, root: TypeId, from: InstanceId, to: InstanceId) {
        let types = &self.plan.types;
        let mut seen = HashSet::new();
        let mut rest = vec![root];
        while let Some(ty) = rest.pop() {
            if !types.contains_handle(ty) || !seen.insert(ty) {
                continue;
            }
            let kind = match types.get(ty) {
                &Type::Own(resource) => HostImportKind::TransferOwn { resource, from, to },
                &Type::Borrow(resource) => HostImportKind::TransferBorrow { resource, from, to },
                composite => {
                    rest.extend(parts(composite));
                    continue;
                }
            };
            self.host(kind, vec![Flat::I32], vec![Flat::I32], None);
        }
    }

    fn export(&mut self, id: LiftId) -> Result<(), ImageError> {
        let lift = &self.plan.lifts[id.index()];
        let flat = FlatFunc::of_lift(&self.plan.types, lift)?;
        let ty = self.plan.types.function(lift.ty);
        let memory = lift.options.memory.as_ref().map(|memory| self.memory(memory));
        let (mut core_params, mut core_results) = (flat.params.clone(), flat.results.clone());
        let mut params = ParamMode::Flat;
        if params_allocate(&self.plan.types, ty, &flat) {
            params = ParamMode::Requests;
            self.next(&lift.options)?;
            self.host(HostImportKind::Take(id), vec![], flat.params, memory.clone());
            core_params = vec![Flat::I64];
        }
        let mut results = ResultMode::Flat;
        if flat.results_in_memory.is_some() {
            results = ResultMode::Given;
            self.host(HostImportKind::Give(id), flat.results, vec![], memory);
            core_results = Vec::new();
        }
        let export = format!("lift {}", id.0);
        let position = self.declared.functions.len();
        self.generate(export.clone(), &core_params, &core_results, Work::Export(id, params, results));
        self.declared.exports.push((export.clone(), position));
        self.declared.lifts.push(LiftExport { lift: id, export, params, results });
        Ok(())
    }

    fn destructors(&mut self) -> Result<(), ImageError> {
        for index in 0..self.plan.resources.len() {
            let resource = ResourceId(index as u32);
            if destructor(self.plan, resource).is_some() {
                let name = format!("destructor {index}");
                let position = self.declared.functions.len();
                let params = [self.representation(resource)];
                self.generate(name.clone(), &params, &[], Work::Destructor(resource));
                self.declared.exports.push((name.clone(), position));
                self.declared.destructors.push((resource, name));
            }
        }
        self.host(HostImportKind::Trap, vec![Flat::I32], vec![], None);
        Ok(())
    }

    fn generate(&mut self, name: String, params: &[Flat], results: &[Flat], work: Work) -> Target {
        let (params, results) = (val_types(params), results.iter().copied().map(val_type).collect());
        self.declared.functions.push(Signature { name, params, results });
        self.declared.outline.work.push(work);
        Target::Generated(self.declared.functions.len() - 1)
    }

    /// The position of a host import, which is declared if it is not yet.
    fn host(&mut self, kind: HostImportKind, params: Vec<Flat>, results: Vec<Flat>, memory: Option<String>) -> usize {
        if let Some(&position) = self.declared.outline.hosts.get(&kind) {
            return position;
        }
        let position = self.declared.imports.len();
        let name = naming::host(&kind, position);
        self.declared.outline.hosts.insert(kind.clone(), position);
        let import = HostImport { module: "tambo".into(), name, memory, params, results, retries: false, kind };
        self.declared.imports.push(import);
        position
    }

    /// The import that goes from one allocation to the next, for the memory of an option set.
    fn next(&mut self, options: &Options) -> Result<(), ImageError> {
        let (Some(memory), Some(_)) = (&options.memory, &options.realloc) else {
            return Err(ImageError::Bug("a value is lowered without a memory or an allocator".into()));
        };
        if self.declared.outline.next.contains_key(memory) {
            return Ok(());
        }
        let position = self.declared.imports.len();
        let import = HostImport {
            module: "tambo".into(),
            name: naming::host(&HostImportKind::Next, position),
            memory: Some(self.memory(memory)),
            params: vec![options.pointer.flat()],
            results: vec![Flat::I64],
            retries: false,
            kind: HostImportKind::Next,
        };
        self.declared.imports.push(import);
        if !self.waiting.is_empty() {
            self.retry(position);
        }
        self.declared.outline.next.insert(memory.clone(), position);
        Ok(())
    }

    /// The name that a memory is exported under.
    fn memory(&mut self, memory: &CoreDef) -> String {
        if let Some((name, _)) = self.declared.memories.iter().find(|(_, known)| known == memory) {
            return name.clone();
        }
        let name = format!("memory {}", self.declared.memories.len());
        self.declared.memories.push((name.clone(), memory.clone()));
        name
    }
}

/// The instance that defines a resource type, unless the host does.
pub(super) fn definer(plan: &Plan, resource: ResourceId) -> Option<InstanceId> {
    match plan.resources[resource.0 as usize].origin {
        ResourceOrigin::Defined { instance, .. } => Some(instance),
        ResourceOrigin::Imported { .. } => None,
    }
}

/// The instance that defines a resource type and the type's destructor, if it has one.
pub(super) fn destructor(plan: &Plan, resource: ResourceId) -> Option<(InstanceId, &CoreDef)> {
    match &plan.resources[resource.0 as usize].origin {
        ResourceOrigin::Defined { instance, destructor: Some(destructor), .. } => Some((*instance, destructor)),
        _ => None,
    }
}

/// Whether values of a function are more than what is copied. Within one instance both sides have the same memory and the
/// same table, and the specification lifts everything before it lowers anything, which one pass does not.
fn passes_references(types: &Types, ty: &FuncType) -> bool {
    let mut values = ty.params.iter().map(|param| param.ty).chain(ty.result);
    values.any(|value| types.contains_pointer(value) || types.contains_handle(value))
}

fn parts(ty: &Type) -> Vec<TypeId> {
    match ty {
        Type::List(element) | Type::FixedList(element, _) | Type::Option(element) => vec![*element],
        Type::Map(key, value) => vec![*key, *value],
        Type::Record(fields) => fields.iter().map(|field| field.ty).collect(),
        Type::Tuple(types) => types.to_vec(),
        Type::Variant(cases) => cases.iter().filter_map(|case| case.ty).collect(),
        Type::Result { ok, err } => ok.iter().chain(err).copied().collect(),
        _ => Vec::new(),
    }
}

fn exported_lifts(items: &[Named<ExportItem>], found: &mut Vec<LiftId>, seen: &mut [bool]) {
    for item in items {
        match &item.item {
            ExportItem::Func(Func { source: FuncSource::Lift(lift), .. })
                if !std::mem::replace(&mut seen[lift.index()], true) =>
            {
                found.push(*lift);
            }
            ExportItem::Instance(items) => exported_lifts(items, found, seen),
            _ => {}
        }
    }
}
