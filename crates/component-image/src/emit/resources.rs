//! Dropping resources (CanonicalABI.md, "canon resource.drop").
//!
//! The handle is the host's business, the destructor is called here: like a call of a lifted function of the instance
//! that defines the type. A type without a destructor has one that does nothing: the instance is entered all the same,
//! and dropping the handle from outside of it while it is entered traps.

use tambo_component_plan::{CoreDef, InstanceId, ResourceOrigin};
use tambo_component_types::{Flat, Pointer, ResourceId};
use wasm_encoder::BlockType;

use super::body::Body;
use super::outline;
use crate::ImageError;

impl Body<'_, '_> {
    pub(super) fn resource_drop(&mut self, instance: InstanceId, resource: ResourceId, position: usize) {
        self.check_leave(instance);
        let host = self.emit.places.host(position);
        self.code.op().local_get(0).call(host);
        let plan = self.emit.plan;
        let destructor = outline::destructor(plan, resource).map(|(_, destructor)| destructor);
        let definer = outline::definer(plan, resource).filter(|&definer| {
            let entering = self.emit.declared.outline.instances.entering(Some(instance), definer);
            destructor.is_some() || !entering.is_empty()
        });
        let Some(definer) = definer else {
            // Nothing to call or to check, whatever the answer.
            let answers = self.emit.declared.imports[position].results.len();
            (0..answers).for_each(|_| {
                self.code.op().drop();
            });
            return;
        };
        let rep = self.representation(resource);
        let wide = self.code.local(Flat::I64);
        match rep {
            Flat::I64 => {
                let call = self.code.local(Flat::I32);
                self.code.op().local_set(call).local_set(wide).local_get(call);
            }
            _ => {
                self.code.op().local_tee(wide).i64_const(-1).i64_ne();
            }
        }
        self.code.op().if_(BlockType::Empty);
        let entered = self.enter(Some(instance), definer);
        if let Some(destructor) = destructor {
            self.destroy(destructor, wide, Flat::I64, rep);
        }
        self.exit(entered);
        self.code.op().end();
    }

    pub(super) fn destructor(&mut self, resource: ResourceId) -> Result<(), ImageError> {
        let plan = self.emit.plan;
        let (definer, destructor) = outline::destructor(plan, resource)
            .ok_or_else(|| ImageError::Bug("a resource type without destructor has one".into()))?;
        let rep = self.representation(resource);
        let entered = self.enter(None, definer);
        self.destroy(destructor, 0, rep, rep);
        self.exit(entered);
        Ok(())
    }

    fn destroy(&mut self, destructor: &CoreDef, local: u32, have: Flat, rep: Flat) {
        let function = self.emit.places.func(destructor);
        self.guarded(function, None, |code| {
            code.op().local_get(local);
            if have == Flat::I64 && rep == Flat::I32 {
                code.op().i32_wrap_i64();
            }
        });
    }

    fn representation(&self, resource: ResourceId) -> Flat {
        match self.emit.plan.resources[resource.0 as usize].origin {
            ResourceOrigin::Defined { representation: Pointer::Bits64, .. } => Flat::I64,
            _ => Flat::I32,
        }
    }
}
