//! Calls by the host: `canon lift` of what the root exports (CanonicalABI.md, "canon lift").

use tambo_component_plan::LiftId;

use super::body::Body;
use super::flat::FlatFunc;
use super::values::Slot;
use crate::ImageError;
use crate::image::{HostImportKind, ParamMode, ResultMode};

impl Body<'_, '_> {
    pub(super) fn export(&mut self, id: LiftId, params: ParamMode, results: ResultMode) -> Result<(), ImageError> {
        let lift = &self.emit.plan.lifts[id.index()];
        let flat = FlatFunc::of_lift(&self.emit.plan.types, lift)?;
        let side = self.side(lift.instance, &lift.options);
        let entered = self.enter(None, lift.instance);
        let arguments = match params {
            ParamMode::Flat => flat.params.iter().enumerate().map(|(local, &flat)| (local as u32, flat)).collect(),
            ParamMode::Requests => {
                self.serve(lift.instance, &lift.options, 0)?;
                self.take(id, &flat)?
            }
        };
        let core = self.emit.places.func(&lift.core);
        let result = self.call_lifted(core, &flat, &arguments);
        if let (ResultMode::Given, Some((local, _))) = (results, result) {
            let give = self.emit.host(&HostImportKind::Give(id))?;
            self.code.op().local_get(local).call(give);
        }
        if let Some(post_return) = &lift.options.post_return {
            let post_return = self.emit.places.func(post_return);
            self.post_return(&side, post_return, result);
        }
        self.exit(entered);
        if let (ResultMode::Flat, Some((local, _))) = (results, result) {
            self.code.op().local_get(local);
        }
        Ok(())
    }

    fn take(&mut self, id: LiftId, flat: &FlatFunc) -> Result<Vec<Slot>, ImageError> {
        let take = self.emit.host(&HostImportKind::Take(id))?;
        self.code.op().call(take);
        let slots: Vec<Slot> = flat.params.iter().map(|&flat| (self.code.zero(flat), flat)).collect();
        for &(local, _) in slots.iter().rev() {
            self.code.op().local_set(local);
        }
        Ok(slots)
    }
}
