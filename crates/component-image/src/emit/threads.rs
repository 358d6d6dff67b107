//! What a thread keeps for its guest (CanonicalABI.md, "Threads", "canon context.get", "canon context.set").
//!
//! Every call into a component runs on a thread of its own, whose values are zero at first. As long as every call ends
//! before its caller goes on, the values of the running thread can be kept in globals: a call saves its caller's, and
//! gives them back.

use tambo_component_types::Flat;

use super::body::Body;

/// The saved values of a thread, in locals.
pub(super) type Saved = Vec<(u32, u32)>;

const SLOTS: u32 = 2;

impl Body<'_, '_> {
    /// Begin a thread, and save what the running one keeps.
    pub(super) fn begin_thread(&mut self) -> Saved {
        if !self.emit.declared.context {
            return Vec::new();
        }
        let save = |slot| {
            let (global, local) = (self.emit.places.context(slot), self.code.local(Flat::I64));
            self.code.op().global_get(global).local_set(local).i64_const(0).global_set(global);
            (global, local)
        };
        (0..SLOTS).map(save).collect()
    }

    /// End it.
    pub(super) fn end_thread(&mut self, saved: Saved) {
        for (global, local) in saved {
            self.code.op().local_get(local).global_set(global);
            self.code.release(local, Flat::I64);
        }
    }

    pub(super) fn context_get(&mut self, slot: u32, ty: Flat) {
        let global = self.emit.places.context(slot);
        self.code.op().global_get(global);
        if ty == Flat::I32 {
            self.code.op().i32_wrap_i64();
        }
    }

    pub(super) fn context_set(&mut self, slot: u32, ty: Flat) {
        let global = self.emit.places.context(slot);
        self.code.op().local_get(0);
        if ty == Flat::I32 {
            self.code.op().i64_extend_i32_u();
        }
        self.code.op().global_set(global);
    }
}
