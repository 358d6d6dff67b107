//! Calls from one component to another: `canon lower` of a `canon lift` as one function (CanonicalABI.md, "canon
//! lift", "canon lower", "Lifting and Lowering Values").

use tambo_component_plan::{CanonFuncId, CanonKind, LiftId, Options};
use tambo_component_types::{Flat, FuncType, TypeId};

use super::body::Body;
use super::flat::FlatFunc;
use super::memory::{Side, Size};
use super::values::{Place, Sides, Slot};
use crate::ImageError;
use crate::image::{HostImportKind, TrapCode};

/// The options of a `canon lower`.
pub(super) fn lower_options(kind: &CanonKind) -> Result<&Options, ImageError> {
    match kind {
        CanonKind::Lower { options, .. } => Ok(options),
        other => Err(ImageError::Bug(format!("{other:?} is no lowered function"))),
    }
}

impl Body<'_, '_> {
    pub(super) fn adapter(&mut self, canon: CanonFuncId, lift: LiftId) -> Result<(), ImageError> {
        let plan = self.emit.plan;
        let (canon, lift) = (&plan.canon_funcs[canon.index()], &plan.lifts[lift.index()]);
        let ty = plan.types.function(lift.ty);
        let caller = self.side(canon.instance, lower_options(&canon.kind)?);
        let callee = self.side(lift.instance, &lift.options);
        let outer = FlatFunc::new(&plan.types, ty, caller.pointer)?;
        let inner = FlatFunc::of_lift(&plan.types, lift)?;
        let lends = ty.params.iter().any(|param| plan.types.contains_borrow(param.ty));

        self.check_leave(caller.instance);
        let entered = self.enter(Some(caller.instance), callee.instance);
        if lends {
            let scope = self.emit.host(&HostImportKind::ScopeEnter)?;
            self.code.op().call(scope);
        }
        let arguments = self.arguments(ty, &Sides { from: caller, to: callee }, &outer, &inner)?;
        let core = self.emit.places.func(&lift.core);
        let result = self.call_lifted(core, &inner, &arguments);
        if lends {
            let scope = self.emit.host(&HostImportKind::ScopeExit)?;
            self.code.op().call(scope);
        }
        let returned = self.results(ty, &Sides { from: callee, to: caller }, (&inner, &outer), result)?;
        if let Some(post_return) = &lift.options.post_return {
            let post_return = self.emit.places.func(post_return);
            self.post_return(&callee, post_return, result);
        }
        self.exit(entered);
        if let Some((local, _)) = returned {
            self.code.op().local_get(local);
        }
        Ok(())
    }

    /// Call a lifted core function; its result is in a local.
    pub(super) fn call_lifted(&mut self, core: u32, flat: &FlatFunc, arguments: &[Slot]) -> Option<Slot> {
        let result = flat.results.first().copied();
        self.guarded(core, result, |code| {
            for &(local, _) in arguments {
                code.op().local_get(local);
            }
        });
        result.map(|flat| {
            let local = self.code.zero(flat);
            self.code.op().local_set(local);
            (local, flat)
        })
    }

    /// Call what frees results.
    pub(super) fn post_return(&mut self, side: &Side, post_return: u32, result: Option<Slot>) {
        let flag = self.leave_flag(side.instance);
        self.set_leave(flag, false);
        self.guarded(post_return, None, |code| {
            if let Some((local, _)) = result {
                code.op().local_get(local);
            }
        });
        self.set_leave(flag, true);
    }

    /// Pass the parameters: the locals with the callee's.
    fn arguments(
        &mut self,
        ty: &FuncType,
        sides: &Sides,
        outer: &FlatFunc,
        inner: &FlatFunc,
    ) -> Result<Vec<Slot>, ImageError> {
        let given: Vec<Slot> = outer.params.iter().enumerate().map(|(local, &flat)| (local as u32, flat)).collect();
        let from = match &outer.params_in_memory {
            None => Place::Flat(&given),
            Some(layout) => {
                let size = Size::Const(layout.size);
                self.check_align(sides.from.pointer, 0, layout.align, TrapCode::Misaligned);
                self.check_bounds(&sides.from, 0, size, TrapCode::OutOfBounds)?;
                Place::Memory(0, 0)
            }
        };
        // Never used before: what a variant does not set has to be zero.
        let slots: Vec<Slot> = inner.params.iter().map(|&flat| (self.code.zero(flat), flat)).collect();
        let to = match &inner.params_in_memory {
            None => Place::Flat(&slots),
            Some(layout) => {
                self.realloc(&sides.to, None, layout.align, Size::Const(layout.size), slots[0].0)?;
                Place::Memory(slots[0].0, 0)
            }
        };
        let values: Vec<TypeId> = ty.params.iter().map(|param| param.ty).collect();
        self.sequence(sides, &values, from, to)?;
        Ok(slots)
    }

    /// Pass the result, from the callee's to the caller's form: the local with the flat result, if there is one.
    fn results(
        &mut self,
        ty: &FuncType,
        sides: &Sides,
        (inner, outer): (&FlatFunc, &FlatFunc),
        result: Option<Slot>,
    ) -> Result<Option<Slot>, ImageError> {
        let Some(value) = ty.result else { return Ok(None) };
        let from = match (&inner.results_in_memory, &result) {
            (None, result) => Place::Flat(result.as_slice()),
            (Some(layout), &Some((local, _))) => {
                let size = Size::Const(layout.size);
                self.check_align(sides.from.pointer, local, layout.align, TrapCode::Misaligned);
                self.check_bounds(&sides.from, local, size, TrapCode::OutOfBounds)?;
                Place::Memory(local, 0)
            }
            (Some(_), None) => return Err(ImageError::Bug("results in memory have no pointer".into())),
        };
        let Some(layout) = &outer.results_in_memory else {
            let slot: Option<Slot> = outer.results.first().map(|&flat: &Flat| (self.code.zero(flat), flat));
            self.value(sides, value, from, Place::Flat(slot.as_slice()))?;
            return Ok(slot);
        };
        let out = outer.params.len() as u32;
        let size = Size::Const(layout.size);
        self.check_align(sides.to.pointer, out, layout.align, TrapCode::Misaligned);
        self.check_bounds(&sides.to, out, size, TrapCode::OutOfBounds)?;
        self.value(sides, value, from, Place::Memory(out, 0))?;
        Ok(None)
    }
}
