//! Calls of host functions: `canon lower` of what the root imports (CanonicalABI.md, "canon lower").
//!
//! Most need no code: the core module calls the host import itself. Those that are known to wait are called in a loop.

use std::ops::Range;

use tambo_component_plan::{CanonFuncId, InstanceId, Options};
use tambo_component_types::Flat;
use wasm_encoder::BlockType;

use super::adapter::lower_options;
use super::body::Body;
use super::code::val_type;
use crate::ImageError;
use crate::image::{HostImportKind, NO_REQUEST};

impl Body<'_, '_> {
    /// Check `may_leave` and call a host import with the same signature.
    pub(super) fn forward(&mut self, instance: InstanceId, position: usize) -> Result<(), ImageError> {
        self.check_leave(instance);
        let params = self.emit.declared.imports[position].params.len() as u32;
        self.call_host(position, 0..params)
    }

    /// Call a host function, and make the allocations that it asks for.
    pub(super) fn host_call(&mut self, canon: CanonFuncId, position: usize) -> Result<(), ImageError> {
        let canon = &self.emit.plan.canon_funcs[canon.index()];
        self.check_leave(canon.instance);
        let params = self.emit.declared.imports[position].params.len() as u32;
        self.call_host(position, 0..params)?;
        let request = self.code.local(Flat::I64);
        self.code.op().local_set(request);
        self.serve(canon.instance, lower_options(&canon.kind)?, request)
    }

    /// Trap, since what was called is not there yet.
    pub(super) fn missing(&mut self, instance: InstanceId, position: usize) {
        self.check_leave(instance);
        let function = self.emit.places.host(position);
        self.code.op().call(function).unreachable();
    }

    /// Call a host import with locals, again as long as it is not ready if that is for the image to do. The results that
    /// come with the flag are left behind by the branch.
    fn call_host(&mut self, position: usize, args: Range<u32>) -> Result<(), ImageError> {
        let function = self.emit.places.host(position);
        let import = &self.emit.declared.imports[position];
        if !import.retries {
            self.code.get_all(args);
            self.code.op().call(function);
            return Ok(());
        }
        let ty = match import.results[..] {
            [] => BlockType::Empty,
            [result] => BlockType::Result(val_type(result)),
            _ => return Err(ImageError::Bug("a function of the host with several flat results".into())),
        };
        let park = self.emit.host(&HostImportKind::Park)?;
        self.code.op().loop_(ty);
        self.code.get_all(args);
        self.code.op().call(function).if_(BlockType::Empty).call(park).br(1).end().end();
        Ok(())
    }

    /// Serve requests, of which a local has the first, until there are none. The host checks the pointers.
    pub(super) fn serve(&mut self, instance: InstanceId, options: &Options, request: u32) -> Result<(), ImageError> {
        let next = options.memory.as_ref().and_then(|memory| self.emit.declared.outline.next.get(memory));
        let (Some(&next), Some(realloc)) = (next, &options.realloc) else {
            return Err(ImageError::Bug("a request cannot be served".into()));
        };
        let realloc = self.emit.places.func(realloc);
        let flag = self.leave_flag(instance);
        let pointer = options.pointer;
        self.code.op().block(BlockType::Empty).loop_(BlockType::Empty);
        self.code.op().local_get(request).i64_const(NO_REQUEST as i64).i64_eq().br_if(1);
        self.set_leave(flag, false);
        let saved = self.begin_thread();
        self.guarded(realloc, Some(pointer.flat()), |code| {
            code.addr_const(pointer, 0);
            code.addr_const(pointer, 0);
            code.op().local_get(request).i64_const(32).i64_shr_u().i32_wrap_i64();
            code.length_to_addr(pointer);
            code.op().local_get(request).i32_wrap_i64();
            code.length_to_addr(pointer);
        });
        self.end_thread(saved);
        self.set_leave(flag, true);
        let place = self.code.local(pointer.flat());
        self.code.op().local_set(place);
        self.call_host(next, place..place + 1)?;
        self.code.op().local_set(request).br(0).end().end();
        Ok(())
    }
}
