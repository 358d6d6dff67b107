//! What an image imports, as functions of the host: one for each [`HostImportKind`].
//!
//! Everything that is known before the guest runs is captured; a call looks nothing up.

use std::collections::HashMap;
use std::sync::Arc;

use tambo_component_abi::Fault;
use tambo_component_image::{HostImport, HostImportKind, Image, TrapCode};
use tambo_component_plan::{CanonFuncId, CanonKind, FuncSource, HostFuncId, InstanceId, LiftId, Plan, ResourceOrigin};
use tambo_component_types::{Flat, ResourceId};
use tambo_engine::{Call, Flow, FuncType, HostFn, Import, Slot, Suspends, Trap, ValueType};

use crate::host::Definition;
use crate::site::Site;
use crate::state::{State, flow};
use crate::trace::{self, Told};
use crate::transfer;
use crate::user::User;

/// What the host does when a guest drops a resource of the host.
pub type DropHost = Arc<dyn Fn(&mut User, u64) -> Result<(), Trap> + Send + Sync>;

/// What the embedder gives to a component.
#[derive(Default)]
pub struct Provided {
    /// For each function that the root imports, what it is.
    pub functions: HashMap<HostFuncId, Arc<dyn Definition>>,
    /// For each resource type that the root imports, what dropping one does.
    pub drops: HashMap<ResourceId, DropHost>,
    /// Who is told of every call, if somebody is.
    pub told: Option<Told>,
}

/// The host functions of an image, in its order. An error is a mistake of ours, in words.
pub fn imports(image: &Image, plan: &Arc<Plan>, provided: &Provided) -> Result<Vec<Import<State>>, String> {
    let maker = Maker { plan, provided };
    image.imports.iter().map(|import| maker.import(import)).collect()
}

struct Maker<'a> {
    plan: &'a Arc<Plan>,
    provided: &'a Provided,
}

impl Maker<'_> {
    fn import(&self, import: &HostImport) -> Result<Import<State>, String> {
        let (call, waits) = self.function(import)?;
        let suspends = match import.kind {
            HostImportKind::Park => Suspends::Park,
            _ if import.retries => Suspends::Retried,
            _ => waits.into(),
        };
        let types = |flat: &[Flat]| flat.iter().map(|&flat| value_type(flat)).collect::<Vec<_>>();
        Ok(Import {
            module: import.module.clone().into(),
            name: import.name.clone().into(),
            ty: FuncType::new(types(&import.params), types(&import.results)),
            suspends,
            memory: import.memory.clone().map(Into::into),
            call,
        })
    }

    fn function(&self, import: &HostImport) -> Result<(HostFn<State>, bool), String> {
        let call = match import.kind.clone() {
            HostImportKind::Call { canon, allocates } => return self.call(canon, allocates),
            HostImportKind::Next => {
                let suspends = self.provided.functions.values().any(|function| function.fills());
                let next = transfer::next();
                return Ok((if self.provided.told.is_some() { trace::traced_next(next) } else { next }, suspends));
            }
            HostImportKind::Take(lift) => transfer::take(self.export(lift)),
            HostImportKind::Give(lift) => transfer::give(self.export(lift)),
            HostImportKind::ResourceNew { resource, instance } => simple(move |state, slots| {
                slots[0] = state.resources.add_own(instance, resource, slots[0].0)?.into();
                Ok(())
            }),
            HostImportKind::ResourceRep { resource, instance } => simple(move |state, slots| {
                slots[0] = Slot(state.resources.rep(instance, resource, slots[0].into())?);
                Ok(())
            }),
            HostImportKind::ResourceDrop { resource, instance } => self.drop_resource(resource, instance),
            HostImportKind::TransferOwn { resource, from, to } => simple(move |state, slots| {
                let rep = state.resources.take_own(from, resource, slots[0].into())?;
                slots[0] = state.resources.add_own(to, resource, rep)?.into();
                Ok(())
            }),
            HostImportKind::TransferBorrow { resource, from, to } => simple(move |state, slots| {
                let rep = state.resources.lend(from, resource, slots[0].into())?;
                slots[0] = state.resources.add_borrow(to, resource, rep)?.into();
                Ok(())
            }),
            HostImportKind::ScopeEnter => simple(|state, _| {
                state.resources.enter_scope();
                Ok(())
            }),
            HostImportKind::ScopeExit => simple(|state, _| state.resources.exit_scope()),
            HostImportKind::Trap => simple(|_, slots| Err(coded(slots[0].into()))),
            HostImportKind::Missing(what) => simple(move |_, _| Err(Fault::new(what.clone()))),
            HostImportKind::Park => {
                simple(|_, _| Err(Fault::new("bug in tambo, please report it: the engine did not park")))
            }
            HostImportKind::Backpressure { instance, increase } => {
                simple(move |state, _| state.resources.press_back(instance, increase))
            }
        };
        Ok((call, false))
    }

    fn call(&self, canon: CanonFuncId, allocates: bool) -> Result<(HostFn<State>, bool), String> {
        let function = &self.plan.canon_funcs[canon.index()];
        let CanonKind::Lower { func, options } = &function.kind else {
            return Err(format!("the image calls canonical function {}, which lowers nothing", canon.0));
        };
        let FuncSource::Host(id) = func.source else {
            return Err(format!("the image calls canonical function {}, which is none of the host", canon.0));
        };
        let path = &self.plan.host_funcs[id.index()].path;
        let name = path.join("#");
        let definition =
            self.provided.functions.get(&id).ok_or_else(|| format!("the imported function {name} was not linked"))?;
        let site = Arc::new(Site::import(self.plan, name, func.ty, options, function.instance));
        let call = definition.bind(site.clone(), allocates);
        let call = match self.provided.told.clone() {
            Some(told) => trace::traced(call, site, allocates, told),
            None => call,
        };
        Ok((call, definition.suspends()))
    }

    fn export(&self, lift: LiftId) -> Arc<Site> {
        Arc::new(Site::export(self.plan, format!("export {}", lift.0), lift))
    }

    fn drop_resource(&self, resource: ResourceId, instance: InstanceId) -> HostFn<State> {
        match &self.plan.resources[resource.0 as usize].origin {
            ResourceOrigin::Imported { path } => {
                let drop = drop_of_host(resource, instance, self.provided.drops.get(&resource));
                match self.provided.told.clone() {
                    Some(told) => trace::traced_drop(drop, path, told),
                    None => drop,
                }
            }
            ResourceOrigin::Defined { representation, .. } => {
                let wide = representation.size() == 8;
                simple(move |state, slots| {
                    let owned = state.resources.drop_handle(instance, resource, slots[0].into())?;
                    if wide {
                        slots[1] = u32::from(owned.is_some()).into();
                    }
                    slots[0] = Slot(owned.unwrap_or(u64::MAX));
                    Ok(())
                })
            }
        }
    }
}

fn drop_of_host(resource: ResourceId, instance: InstanceId, function: Option<&DropHost>) -> HostFn<State> {
    let function = function.cloned();
    Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| {
        let owned = match call.data.resources.drop_handle(instance, resource, slots[0].into()) {
            Ok(owned) => owned,
            Err(fault) => return flow(fault),
        };
        if let (Some(rep), Some(function)) = (owned, &function)
            && let Err(trap) = function(call.data.user_mut(), rep)
        {
            // A backtrace would be that of another guest, and taken for one of this.
            return Trap::new(trap.kind).into();
        }
        slots[0] = Slot(u64::MAX);
        Flow::Done
    })
}

fn simple(function: impl Fn(&mut State, &mut [Slot]) -> Result<(), Fault> + Send + Sync + 'static) -> HostFn<State> {
    Arc::new(move |call: &mut Call<'_, State>, slots: &mut [Slot]| match function(call.data, slots) {
        Ok(()) => Flow::Done,
        Err(fault) => flow(fault),
    })
}

#[cold]
fn coded(code: u32) -> Fault {
    match TrapCode::ALL.get(code as usize) {
        Some(code) => Fault::new(code.message()),
        None => Fault::new(format!("bug in tambo, please report it: trap {code} is unknown")),
    }
}

fn value_type(flat: Flat) -> ValueType {
    match flat {
        Flat::I32 => ValueType::I32,
        Flat::I64 => ValueType::I64,
        Flat::F32 => ValueType::F32,
        Flat::F64 => ValueType::F64,
    }
}
