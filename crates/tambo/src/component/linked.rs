//! A component with everything that it imports.

use std::any::Any;
use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use tambo_component_linker::{Identity, unique};
use tambo_component_runtime::abi::{Markers, MatchContext, StoreId, type_name};
use tambo_component_runtime::call::{Entries, Program};
use tambo_component_runtime::host::Definition;
use tambo_component_runtime::plan::{
    ExportItem, HostFuncId, HostFuncPlan, ImportItem, Named, ResourceOrigin, TypeItem, names,
};
use tambo_component_runtime::resources::Resources;
use tambo_component_runtime::state::AtEnd;
use tambo_component_runtime::table::Quota;
use tambo_component_runtime::{DropHost, Provided, Running, State, User, Waits, imports};
use tambo_engine::{Import, Prepared, Trap};
use tambo_kernel::Interrupt;

use super::matching::Matching;
use super::types::{FuncType, ResourceId, Types};
use super::{Component, Instance, Limits, Linker, SharedInstance, paths};
use crate::{Error, ErrorKind, Stopper};

/// A component that is linked, ready to be instantiated any number of times. Cheap to clone.
pub struct Linked<S> {
    component: Component,
    imports: Arc<[Import<State>]>,
    /// Linked with the engine when it is first needed: once for blocking calls, once for such as park.
    blocking: Arc<OnceLock<Arc<dyn Prepared<State>>>>,
    parking: Arc<OnceLock<Arc<dyn Prepared<State>>>>,
    program: Arc<Program>,
    /// For each resource type, which one it is if a linked component gives it. One of the host's is not: to another
    /// instance, with another state, its representations mean nothing.
    identities: Arc<[Option<Identity>]>,
    waits: Waits,
    at_end: Arc<AtEnd>,
    state: PhantomData<fn(S)>,
}

impl<S> Clone for Linked<S> {
    fn clone(&self) -> Self {
        Self {
            component: self.component.clone(),
            imports: self.imports.clone(),
            blocking: self.blocking.clone(),
            parking: self.parking.clone(),
            program: self.program.clone(),
            identities: self.identities.clone(),
            waits: self.waits.clone(),
            at_end: self.at_end.clone(),
            state: PhantomData,
        }
    }
}

impl<S: 'static> Linked<S> {
    pub(crate) fn new(component: &Component, linker: &Linker<S>) -> Result<Self, Error> {
        let mut search = Search::new(component, linker);
        search.resources();
        search.functions();
        let Search { provided, identities, markers, at_end, problems, .. } = search;
        if !problems.is_empty() {
            let message = format!("the component imports what is not there:\n  {}", problems.join("\n  "));
            return Err(Error::new(ErrorKind::Link, message));
        }
        let bug = |message| Error::new(ErrorKind::Link, format!("bug in tambo, please report it: {message}"));
        let imports = imports(&component.image, &component.plan, &provided).map_err(bug)?;
        let ids = (0..component.plan.resources.len() as u32).map(ResourceId);
        let drops = ids.clone().map(|id| provided.drops.get(&id).cloned()).collect();
        let program = Program {
            plan: component.plan.clone(),
            image: component.image.clone(),
            drops,
            markers,
            explain: component.explain(),
            entries: Entries::new(&component.plan),
        };
        Ok(Self {
            component: component.clone(),
            imports: imports.into(),
            blocking: Arc::default(),
            parking: Arc::default(),
            program: Arc::new(program),
            identities: ids.map(|id| identities.get(&id).copied().filter(|_| at_end.contains_key(&id))).collect(),
            waits: linker.waits().clone(),
            at_end: Arc::new(at_end),
            state: PhantomData,
        })
    }

    /// The component.
    pub fn component(&self) -> &Component {
        &self.component
    }

    /// Make an instance, with a state of its own for the host's functions, and run its start functions.
    pub fn instantiate(&self, state: S, limits: &Limits) -> Result<Instance<S>, Trap> {
        self.instantiate_with(state, limits, |_| ())
    }

    /// As [`instantiate`](Linked::instantiate), but `begin` gets a handle that stops the instance before its start
    /// functions run: they are the guest's code, and may never end.
    pub fn instantiate_with(
        &self,
        state: S,
        limits: &Limits,
        begin: impl FnOnce(Stopper),
    ) -> Result<Instance<S>, Trap> {
        self.instantiate_under(state, limits, Interrupt::default(), begin)
    }

    /// As [`instantiate_with`](Linked::instantiate_with); what the state waits for is stopped by this interrupt too.
    pub fn instantiate_under(
        &self,
        state: S,
        limits: &Limits,
        stopped: Interrupt,
        begin: impl FnOnce(Stopper),
    ) -> Result<Instance<S>, Trap> {
        let inner = self.prepared(false)?.instantiate(self.state(state, limits), &limits.core())?;
        begin(Stopper { waits: stopped.clone(), code: inner.interrupter() });
        let running = Running::start(inner, self.program.clone())?;
        let id = running.state().resources().store().0;
        Ok(Instance::new(running, id, self.identities.clone(), stopped))
    }

    /// As [`instantiate`](Linked::instantiate), for asynchronous calls: the future is pending while a start function
    /// waits.
    pub async fn instantiate_async(&self, state: S, limits: &Limits) -> Result<Instance<S>, Trap> {
        self.begin_async(state, limits, Interrupt::default(), |_| ()).await
    }

    /// As [`instantiate_with`](Linked::instantiate_with), for asynchronous calls.
    pub async fn instantiate_async_with(
        &self,
        state: S,
        limits: &Limits,
        begin: impl FnOnce(Stopper),
    ) -> Result<Instance<S>, Trap> {
        self.instantiate_async_under(state, limits, Interrupt::default(), begin).await
    }

    /// As [`instantiate_under`](Linked::instantiate_under), for asynchronous calls.
    pub async fn instantiate_async_under(
        &self,
        state: S,
        limits: &Limits,
        stopped: Interrupt,
        begin: impl FnOnce(Stopper),
    ) -> Result<Instance<S>, Trap> {
        let waits = stopped.clone();
        let begin = |inner: &dyn tambo_engine::Instance<State>| begin(Stopper { waits, code: inner.interrupter() });
        self.begin_async(state, limits, stopped, begin).await
    }

    async fn begin_async(
        &self,
        state: S,
        limits: &Limits,
        stopped: Interrupt,
        begin: impl FnOnce(&dyn tambo_engine::Instance<State>),
    ) -> Result<Instance<S>, Trap> {
        let inner = self.prepared(true)?.instantiate(self.state(state, limits), &limits.core())?;
        begin(&*inner);
        let running = Running::start_async(inner, self.program.clone()).await?;
        let id = running.state().resources().store().0;
        Ok(Instance::parking(running, id, self.identities.clone(), stopped))
    }

    fn prepared(&self, parks: bool) -> Result<&dyn Prepared<State>, Trap> {
        let cell = if parks { &self.parking } else { &self.blocking };
        if let Some(prepared) = cell.get() {
            return Ok(&**prepared);
        }
        // Every import of the image is one of ours, of its own type.
        let bug = |error| Trap::bug(format!("the image cannot be linked: {error}"));
        let prepared = self.component.module.prepare(&self.imports, "", parks).map_err(bug)?;
        Ok(&**cell.get_or_init(|| prepared))
    }

    fn state(&self, state: S, limits: &Limits) -> State {
        let plan = &self.component.plan;
        let quota = Quota::new(limits.handles);
        let (store, instances) = (StoreId(unique()), plan.instances.len().max(1));
        let resources = Resources::new(store, self.component.infos.clone(), instances, quota);
        let (waits, at_end) = (self.waits.clone(), self.at_end.clone());
        State::new(plan.clone(), resources, &limits.host(), User::new(state), waits, at_end)
    }
}

/// Finds what satisfies each import.
struct Search<'a, S> {
    component: &'a Component,
    linker: &'a Linker<S>,
    provided: Provided,
    identities: HashMap<ResourceId, Identity>,
    markers: Markers,
    /// Resource types of linked components.
    at_end: AtEnd,
    problems: Vec<String>,
}

impl<'a, S: 'static> Search<'a, S> {
    fn new(component: &'a Component, linker: &'a Linker<S>) -> Self {
        let provided = Provided { told: linker.told().cloned(), ..Provided::default() };
        let identities = HashMap::new();
        Self {
            component,
            linker,
            provided,
            identities,
            markers: Markers::new(),
            at_end: AtEnd::new(),
            problems: Vec::new(),
        }
    }

    fn resources(&mut self) {
        let plan = self.component.plan.clone();
        self.types(&plan.imports, &mut Vec::new());
        for (resource, id) in plan.resources.iter().zip((0..).map(ResourceId)) {
            if let ResourceOrigin::Imported { path } = &resource.origin
                && !self.provided.drops.contains_key(&id)
            {
                self.problems.push(format!("{}: a resource, and nobody defines it", path.join("#")));
            }
        }
    }

    /// Resource types may be named more often than once, and every name must come to the same type, or the
    /// representations of one would be taken for another's.
    fn types(&mut self, items: &[Named<ImportItem>], path: &mut Vec<String>) {
        for item in items {
            path.push(item.name.clone());
            match &item.item {
                ImportItem::Instance(items) => self.types(items, path),
                ImportItem::Type(TypeItem::Resource(id)) => {
                    self.linked_resource(*id, path);
                    self.resource_of_host(*id, path);
                }
                _ => {}
            }
            path.pop();
        }
    }

    fn resource_of_host(&mut self, id: ResourceId, path: &[String]) {
        let Some(host) = paths::find(self.linker.resources(), path) else { return };
        self.markers.extend(host.marker.map(|marker| (id, marker)));
        self.add_resource(id, host.drop.clone(), host.identity, path);
    }

    fn linked_resource(&mut self, id: ResourceId, path: &[String]) {
        let Some(instance) = self.linked_instance(path) else { return };
        match instance.find(path) {
            Some(ExportItem::Type(TypeItem::Resource(there))) => {
                if let Some(identity) = instance.identity(*there) {
                    let drop = instance.drop_function(*there);
                    self.at_end.insert(id, drop.clone());
                    self.add_resource(id, drop, identity, path);
                }
            }
            _ => self.problems.push(format!("{}: the linked component exports no such resource", path.join("#"))),
        }
    }

    fn add_resource(&mut self, id: ResourceId, drop: DropHost, identity: Identity, path: &[String]) {
        match self.identities.get(&id) {
            Some(known) if *known != identity => {
                self.problems.push(format!("{}: another resource type than under its other name", path.join("#")));
            }
            Some(_) => {}
            None => {
                self.identities.insert(id, identity);
                self.provided.drops.insert(id, drop);
            }
        }
    }

    fn linked_instance(&self, path: &[String]) -> Option<&'a SharedInstance> {
        let first = path.first()?;
        let mut all = self.linker.providers().iter().rev();
        let (_, provider) = all.find(|(import, _)| names::compatible(first, import))?;
        let provider: &dyn Any = &**provider;
        provider.downcast_ref()
    }

    fn functions(&mut self) {
        let plan = self.component.plan.clone();
        for (function, id) in plan.host_funcs.iter().zip((0..).map(HostFuncId)) {
            let found = match paths::find(self.linker.functions(), &function.path) {
                Some(definition) => self.matching(definition, function),
                None => self.linked_function(function),
            };
            match found {
                Ok(definition) => {
                    self.provided.functions.insert(id, definition);
                }
                Err(problem) => self.problems.push(format!("{}: {problem}", function.path.join("#"))),
            }
        }
    }

    fn matching(
        &self,
        definition: &Arc<dyn Definition>,
        function: &HostFuncPlan,
    ) -> Result<Arc<dyn Definition>, String> {
        let types = &self.component.plan.types;
        let ty = types.function(function.ty);
        match definition.matches(&MatchContext { types, markers: &self.markers }, ty) {
            Ok(()) => Ok(definition.clone()),
            Err(mismatch) => Err(format!(
                "the component wants {}, and the host's function does not fit: {mismatch}",
                signature(types, ty)
            )),
        }
    }

    fn linked_function(&self, wanted: &HostFuncPlan) -> Result<Arc<dyn Definition>, String> {
        let types = &self.component.plan.types;
        let ty = types.function(wanted.ty);
        let Some(instance) = self.linked_instance(&wanted.path) else {
            return Err(format!("{}, and nobody defines it", signature(types, ty)));
        };
        let Some(ExportItem::Func(func)) = instance.find(&wanted.path) else {
            return Err(format!("{}, and the linked component exports no such function", signature(types, ty)));
        };
        let there = &instance.plan().types;
        let given = there.function(func.ty);
        let same = |ours: ResourceId, theirs: ResourceId| {
            self.identities.get(&ours).is_some_and(|known| instance.identity(theirs) == Some(*known))
        };
        if !(Matching { wanted: types, given: there, same: &same }).functions(ty, given) {
            let (ty, given) = (signature(types, ty), signature(there, given));
            return Err(format!("the component wants {ty}, and the linked one has {given}"));
        }
        match instance.function(wanted.path.join("#"), *func, self.component.plan.clone(), wanted.ty) {
            Some(function) => Ok(Arc::new(function)),
            None => Err("the linked component only passes on what it imports, which cannot be linked yet".to_owned()),
        }
    }
}

/// A function type as WIT writes it.
pub(crate) fn signature(types: &Types, ty: &FuncType) -> String {
    let param = |param: &super::types::Param| format!("{}: {}", param.name, type_name(types, param.ty));
    let params = ty.params.iter().map(param).collect::<Vec<_>>().join(", ");
    let result = ty.result.map(|ty| format!(" -> {}", type_name(types, ty))).unwrap_or_default();
    format!("{}func({params}){result}", if ty.is_async { "async " } else { "" })
}
