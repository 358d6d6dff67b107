//! The handles of all component instances of a store, and what canonical definitions do to them (CanonicalABI.md,
//! `lift_own`, `lift_borrow`, `lower_own`, `lower_borrow`, "canon resource.new", "canon resource.drop",
//! "canon resource.rep").

use std::sync::Arc;

use tambo_component_abi::{Fault, Handles, Mismatch, Passing, Resource, StoreId};
use tambo_component_plan::{InstanceId, Plan, ResourceOrigin};
use tambo_component_types::ResourceId;

use crate::owned::HostOwned;
use crate::scope::{Loan, Scopes};
use crate::table::{Handle, Ownership, Quota, Table};

/// What is known of a resource type before anything runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceInfo {
    /// A name for messages.
    pub name: String,
    /// The instance that defines it; none if the host does.
    pub definer: Option<InstanceId>,
}

/// The resource types of a plan.
pub fn resource_infos(plan: &Plan) -> Arc<[ResourceInfo]> {
    let info = |resource: &tambo_component_plan::ResourcePlan| ResourceInfo {
        name: resource.name.clone(),
        definer: match resource.origin {
            ResourceOrigin::Imported { .. } => None,
            ResourceOrigin::Defined { instance, .. } => Some(instance),
        },
    };
    plan.resources.iter().map(info).collect()
}

/// The handles of a store.
#[derive(Debug)]
pub struct Resources {
    store: StoreId,
    infos: Arc<[ResourceInfo]>,
    tables: Box<[Table]>,
    host_owned: HostOwned,
    scopes: Scopes,
    quota: Quota,
    /// How often each instance has asked to be called less; short of those that never did.
    pressure: Vec<u16>,
}

impl Resources {
    /// Empty tables for so many instances, with so many handles together.
    pub fn new(store: StoreId, infos: Arc<[ResourceInfo]>, instances: usize, quota: Quota) -> Self {
        Self {
            store,
            infos,
            tables: vec![Table::default(); instances].into(),
            host_owned: HostOwned::default(),
            scopes: Scopes::default(),
            quota,
            pressure: Vec::new(),
        }
    }

    /// An instance asks to be called less, or more (CanonicalABI.md, "canon backpressure").
    pub fn press_back(&mut self, instance: InstanceId, increase: bool) -> Result<(), Fault> {
        if self.pressure.len() <= instance.index() {
            self.pressure.resize(instance.index() + 1, 0);
        }
        let count = &mut self.pressure[instance.index()];
        let changed = if increase { count.checked_add(1) } else { count.checked_sub(1) };
        *count = changed.ok_or_else(|| Fault::new("backpressure counter out of range"))?;
        Ok(())
    }

    /// Begin a call that lends handles.
    #[inline]
    pub fn enter_scope(&mut self) {
        self.scopes.enter();
    }

    /// End it: what it lent is given back. Traps if the callee kept a borrowed handle.
    #[inline]
    pub fn exit_scope(&mut self) -> Result<(), Fault> {
        let loans = self.scopes.exit()?;
        self.quota.give_back(loans.len() as u32);
        for loan in loans {
            // A handle that is lent cannot be removed, so it is there.
            if let Some(table) = self.tables.get_mut(loan.instance.index())
                && let Ok(handle) = table.get_mut(loan.handle)
            {
                let lends = handle.lends();
                *lends = lends.saturating_sub(1);
            }
        }
        Ok(())
    }

    /// A new handle that owns (`canon resource.new`, `lower_own`).
    #[inline]
    pub fn add_own(&mut self, instance: InstanceId, resource: ResourceId, rep: u64) -> Result<u32, Fault> {
        self.tables[instance.index()].add(Handle::own(resource, rep), &mut self.quota)
    }

    /// The representation of a handle's resource (`canon resource.rep`; a borrow of a call that can take no handles).
    #[inline]
    pub fn rep(&self, instance: InstanceId, resource: ResourceId, index: u32) -> Result<u64, Fault> {
        let handle = self.tables[instance.index()].get(index)?;
        if handle.resource != resource {
            return Err(self.wrong_type(index, resource, handle.resource));
        }
        Ok(handle.rep)
    }

    /// Drop a handle (`canon resource.drop`): the representation of the resource if the handle owned it.
    #[inline]
    pub fn drop_handle(
        &mut self,
        instance: InstanceId,
        resource: ResourceId,
        index: u32,
    ) -> Result<Option<u64>, Fault> {
        let handle = self.remove(instance, resource, index)?;
        match handle.ownership {
            Ownership::Own { .. } => Ok(Some(handle.rep)),
            Ownership::Borrow { scope, .. } => {
                self.scopes.dropped(scope);
                Ok(None)
            }
        }
    }

    /// Take a handle that owns out of its table (`lift_own`).
    #[inline]
    pub fn take_own(&mut self, instance: InstanceId, resource: ResourceId, index: u32) -> Result<u64, Fault> {
        let handle = self.remove(instance, resource, index)?;
        match handle.ownership {
            Ownership::Own { .. } => Ok(handle.rep),
            Ownership::Borrow { .. } => {
                Err(Fault::new(format!("handle index {index} is borrowed, and only an owned one can be given away")))
            }
        }
    }

    /// Put handles back that [`take_own`](Resources::take_own) took out, as if it had not: the last first.
    fn put_back(&mut self, instance: InstanceId, taken: &[Taken]) -> Result<(), Fault> {
        let table = &mut self.tables[instance.index()];
        let mut last_first = taken.iter().rev();
        last_first.try_for_each(|taken| table.put_back(taken.index, Handle::own(taken.ty, taken.rep), &mut self.quota))
    }

    /// Lend a handle for the innermost scope (`lift_borrow`).
    #[inline]
    pub fn lend(&mut self, instance: InstanceId, resource: ResourceId, index: u32) -> Result<u64, Fault> {
        let handle = self.tables[instance.index()].get_mut(index)?;
        let rep = handle.rep;
        if handle.resource != resource {
            let found = handle.resource;
            return Err(self.wrong_type(index, resource, found));
        }
        self.quota.take()?;
        // The quota is one of 32 bits, so this cannot overflow.
        *handle.lends() += 1;
        self.scopes.lend(Loan { instance, handle: index });
        Ok(rep)
    }

    /// A borrowed handle for the innermost scope, or the representation itself for the instance that defines the type
    /// (`lower_borrow`).
    #[inline]
    pub fn add_borrow(&mut self, instance: InstanceId, resource: ResourceId, rep: u64) -> Result<u32, Fault> {
        if self.infos[resource.0 as usize].definer == Some(instance) {
            let wide =
                |_| Fault::new("a representation of more than 32 bits cannot be lent to the instance that made it");
            return u32::try_from(rep).map_err(wide);
        }
        let scope = self.scopes.borrow()?;
        self.tables[instance.index()].add(Handle::borrow(resource, rep, scope), &mut self.quota)
    }

    /// Every resource that a handle still owns: for the host to drop what it owns at the end.
    pub fn owned(&self) -> impl Iterator<Item = (ResourceId, u64)> {
        let handles = self.tables.iter().flat_map(Table::handles);
        handles.filter(|handle| matches!(handle.ownership, Ownership::Own { .. })).map(|own| (own.resource, own.rep))
    }

    /// The store that they are of.
    pub fn store(&self) -> StoreId {
        self.store
    }

    /// The host is about to pass resources to a guest.
    #[inline]
    pub(crate) fn begin_offers(&mut self) {
        self.host_owned.offered.clear();
    }

    /// The guest will not be called: what was given since is the host's again.
    pub(crate) fn take_back(&mut self) {
        self.host_owned.take_back(&mut self.quota);
    }

    /// Whether the host may pass a resource to a guest. It owns those of guests that it was given and did not pass on; of
    /// its own it may make as many as it likes.
    pub(crate) fn offer(&mut self, resource: Resource, passing: Passing) -> Result<(), Mismatch> {
        if resource.store().is_some_and(|store| store != self.store) {
            return Err(Mismatch::new("the resource came from another instance"));
        }
        if !self.is_of_guest(resource.ty) {
            return Ok(());
        }
        self.host_owned.offer((resource.ty, resource.rep), passing, &mut self.quota)
    }

    #[inline]
    fn is_of_guest(&self, ty: ResourceId) -> bool {
        self.infos.get(ty.0 as usize).is_some_and(|info| info.definer.is_some())
    }

    #[inline]
    fn remove(&mut self, instance: InstanceId, resource: ResourceId, index: u32) -> Result<Handle, Fault> {
        let table = &mut self.tables[instance.index()];
        let handle = table.get_mut(index)?;
        if handle.resource != resource {
            let found = handle.resource;
            return Err(self.wrong_type(index, resource, found));
        }
        if *handle.lends() != 0 {
            return Err(lent());
        }
        table.remove(index, &mut self.quota)
    }

    #[cold]
    fn wrong_type(&self, index: u32, expected: ResourceId, found: ResourceId) -> Fault {
        let origin = |resource: ResourceId| match self.infos[resource.0 as usize].definer {
            Some(_) => "guest-defined",
            None => "host-defined",
        };
        let name = |resource: ResourceId| &self.infos[resource.0 as usize].name;
        let different = if origin(expected) == origin(found) { "different " } else { "" };
        Fault::new(format!(
            "handle index {index} used with the wrong type, expected {} resource but found a {different}{} resource \
             (`{}`, `{}`)",
            origin(expected),
            origin(found),
            name(expected),
            name(found),
        ))
    }
}

#[cold]
fn lent() -> Fault {
    Fault::new("cannot remove owned resource while borrowed")
}

/// The handles of one instance, during one call.
#[derive(Debug)]
pub struct InstanceHandles<'a> {
    /// All handles.
    pub resources: &'a mut Resources,
    /// The instance.
    pub instance: InstanceId,
    /// Whether a scope is open for what is lent. A call that takes no owned handles needs none: nothing can remove a
    /// handle while the host runs, so nobody could tell.
    pub lends: bool,
}

impl Handles for InstanceHandles<'_> {
    #[inline]
    fn lift_own(&mut self, handle: u32, ty: ResourceId) -> Result<u64, Fault> {
        let rep = self.resources.take_own(self.instance, ty, handle)?;
        if self.resources.is_of_guest(ty) {
            let Resources { host_owned, quota, .. } = &mut *self.resources;
            host_owned.add((ty, rep), quota)?;
        }
        Ok(rep)
    }

    #[inline]
    fn lift_borrow(&mut self, handle: u32, ty: ResourceId) -> Result<u64, Fault> {
        if self.lends {
            self.resources.lend(self.instance, ty, handle)
        } else {
            self.resources.rep(self.instance, ty, handle)
        }
    }

    #[inline]
    fn lower_own(&mut self, rep: u64, ty: ResourceId) -> Result<u32, Fault> {
        self.resources.add_own(self.instance, ty, rep)
    }

    #[inline]
    fn lower_borrow(&mut self, rep: u64, ty: ResourceId) -> Result<u32, Fault> {
        self.resources.add_borrow(self.instance, ty, rep)
    }

    #[inline]
    fn store(&self) -> StoreId {
        self.resources.store
    }

    fn offer(&mut self, resource: Resource, passing: Passing) -> Result<(), Mismatch> {
        self.resources.offer(resource, passing)
    }
}

/// A handle that was taken out of its table.
#[derive(Clone, Copy, Debug)]
struct Taken {
    index: u32,
    ty: ResourceId,
    rep: u64,
}

/// The handles of a call that may be tried again: what it takes out of the table can be put back.
#[derive(Debug)]
pub(crate) struct RetriedHandles<'a> {
    handles: InstanceHandles<'a>,
    taken: Vec<Taken>,
}

impl<'a> RetriedHandles<'a> {
    pub(crate) fn new(handles: InstanceHandles<'a>) -> Self {
        Self { handles, taken: Vec::new() }
    }

    /// What was taken out, if this try fails.
    pub(crate) fn into_retry(self) -> Retry {
        Retry { instance: self.handles.instance, taken: self.taken }
    }
}

impl Handles for RetriedHandles<'_> {
    fn lift_own(&mut self, index: u32, ty: ResourceId) -> Result<u64, Fault> {
        let rep = self.handles.lift_own(index, ty)?;
        self.taken.push(Taken { index, ty, rep });
        Ok(rep)
    }

    fn lift_borrow(&mut self, handle: u32, ty: ResourceId) -> Result<u64, Fault> {
        self.handles.lift_borrow(handle, ty)
    }

    fn lower_own(&mut self, rep: u64, ty: ResourceId) -> Result<u32, Fault> {
        self.handles.lower_own(rep, ty)
    }

    fn lower_borrow(&mut self, rep: u64, ty: ResourceId) -> Result<u32, Fault> {
        self.handles.lower_borrow(rep, ty)
    }

    fn store(&self) -> StoreId {
        self.handles.store()
    }

    fn offer(&mut self, resource: Resource, passing: Passing) -> Result<(), Mismatch> {
        self.handles.offer(resource, passing)
    }
}

/// What a try of a call took out of a table.
#[derive(Debug)]
pub(crate) struct Retry {
    instance: InstanceId,
    taken: Vec<Taken>,
}

impl Retry {
    /// The call has to wait: put it back. Its scope, if it has one, must be closed.
    pub(crate) fn put_back(&self, resources: &mut Resources) -> Result<(), Fault> {
        resources.put_back(self.instance, &self.taken)
    }
}

#[cfg(test)]
mod tests;
