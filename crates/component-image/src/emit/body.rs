//! One function in the making, with what every kind of function needs: traps, guarded calls, entering and leaving.

use tambo_component_plan::InstanceId;
use wasm_encoder::{BlockType, Catch};

use super::code::{Code, val_type};
use super::outline::Work;
use super::threads::Saved;
use super::{Emit, MAX_BODY};
use crate::ImageError;
use crate::image::TrapCode;
use tambo_component_types::Flat;

/// A call into an instance that has begun: what is to be undone at its end.
pub(super) struct Entered {
    flags: Vec<u32>,
    saved: Saved,
}

/// One function in the making.
pub(super) struct Body<'e, 'a> {
    pub(super) emit: &'e mut Emit<'a>,
    pub(super) code: Code,
}

impl<'e, 'a> Body<'e, 'a> {
    pub(super) fn new(emit: &'e mut Emit<'a>, params: usize) -> Self {
        Self { emit, code: Code::new(params) }
    }

    pub(super) fn finish(self) -> Code {
        self.code
    }

    pub(super) fn write(&mut self, work: Work) -> Result<(), ImageError> {
        match work {
            Work::Forward(instance, position) => self.forward(instance, position),
            Work::HostCall(canon, position) => self.host_call(canon, position),
            Work::Adapter(canon, lift) => self.adapter(canon, lift),
            Work::ResourceDrop(instance, resource, position) => {
                self.resource_drop(instance, resource, position);
                Ok(())
            }
            Work::Export(lift, params, results) => self.export(lift, params, results),
            Work::Destructor(resource) => self.destructor(resource),
            Work::ContextGet(slot, ty) => {
                self.context_get(slot, ty);
                Ok(())
            }
            Work::ContextSet(slot, ty) => {
                self.context_set(slot, ty);
                Ok(())
            }
            Work::Missing(instance, position) => {
                self.missing(instance, position);
                Ok(())
            }
        }
    }

    /// Types nest, so that code may grow with the power of their depth: stop when it is too much.
    pub(super) fn check_size(&self) -> Result<(), ImageError> {
        if self.code.len() > MAX_BODY.min(self.emit.most) {
            return Err(ImageError::TooLarge("the code that passes a value of one of its types is too large".into()));
        }
        Ok(())
    }

    /// Trap.
    pub(super) fn trap(&mut self, code: TrapCode) {
        let trap = self.emit.trap;
        self.code.op().i32_const(code as i32).call(trap).unreachable();
    }

    /// Trap if the `i32` on the stack is not zero.
    pub(super) fn trap_if(&mut self, code: TrapCode) {
        self.code.op().if_(BlockType::Empty);
        self.trap(code);
        self.code.op().end();
    }

    /// Call a core function with arguments that `push` pushes; an exception that leaves it is a trap.
    pub(super) fn guarded(&mut self, function: u32, result: Option<Flat>, push: impl FnOnce(&mut Code)) {
        if !self.emit.declared.catch {
            push(&mut self.code);
            self.code.op().call(function);
            return;
        }
        let ty = result.map_or(BlockType::Empty, |flat| BlockType::Result(val_type(flat)));
        self.code.op().block(ty).block(BlockType::Empty).try_table(ty, [Catch::All { label: 0 }]);
        push(&mut self.code);
        self.code.op().call(function).end().br(1).end();
        self.trap(TrapCode::UncaughtException);
        self.code.op().end();
    }

    /// Trap if an instance must not be left.
    pub(super) fn check_leave(&mut self, instance: InstanceId) {
        if let Some(flag) = self.leave_flag(instance) {
            self.code.op().global_get(flag).i32_eqz();
            self.trap_if(TrapCode::CannotLeave);
        }
    }

    /// The flag that says whether an instance may be left, if it needs one.
    pub(super) fn leave_flag(&self, instance: InstanceId) -> Option<u32> {
        self.emit.declared.outline.instances.may_be_left(instance).then(|| self.emit.places.may_leave(instance))
    }

    pub(super) fn set_leave(&mut self, flag: Option<u32>, value: bool) {
        if let Some(flag) = flag {
            self.code.op().i32_const(value.into()).global_set(flag);
        }
    }

    /// Begin a call into an instance: the flags to set again at its end.
    pub(super) fn enter(&mut self, caller: Option<InstanceId>, callee: InstanceId) -> Entered {
        let entering = self.emit.declared.outline.instances.entering(caller, callee);
        let flags: Vec<u32> = entering.into_iter().map(|instance| self.emit.places.may_enter(instance)).collect();
        for &flag in &flags {
            self.code.op().global_get(flag).i32_eqz();
            self.trap_if(TrapCode::CannotEnter);
        }
        for &flag in &flags {
            self.code.op().i32_const(0).global_set(flag);
        }
        Entered { flags, saved: self.begin_thread() }
    }

    /// End it.
    pub(super) fn exit(&mut self, entered: Entered) {
        self.end_thread(entered.saved);
        for flag in entered.flags {
            self.code.op().i32_const(1).global_set(flag);
        }
    }
}
