//! Memory of one side of a call: checks of pointers, and allocation (CanonicalABI.md, "Canonical ABI Options",
//! "Lifting and Lowering Context").

use tambo_component_plan::{Encoding, InstanceId, Options};
use tambo_component_types::{Flat, Pointer};

use super::body::Body;
use super::code::at;
use crate::ImageError;
use crate::image::TrapCode;

/// One side of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Side {
    pub(super) instance: InstanceId,
    pub(super) pointer: Pointer,
    pub(super) encoding: Encoding,
    memory: Option<u32>,
    realloc: Option<u32>,
}

impl Side {
    pub(super) fn memory(&self) -> Result<u32, ImageError> {
        self.memory.ok_or_else(|| ImageError::Bug("a value lies in a memory that is not given".into()))
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Size {
    /// Known.
    Const(u32),
    /// In an `i32` local.
    Local(u32),
}

impl Body<'_, '_> {
    pub(super) fn side(&self, instance: InstanceId, options: &Options) -> Side {
        Side {
            instance,
            pointer: options.pointer,
            encoding: options.encoding,
            memory: options.memory.as_ref().map(|memory| self.emit.places.memory(memory)),
            realloc: options.realloc.as_ref().map(|realloc| self.emit.places.func(realloc)),
        }
    }

    /// Push a size as an address.
    pub(super) fn push_size(&mut self, pointer: Pointer, size: Size) {
        match size {
            Size::Const(size) => self.code.addr_const(pointer, size),
            Size::Local(local) => {
                self.code.op().local_get(local);
                self.code.length_to_addr(pointer);
            }
        }
    }

    /// Trap if a pointer is not a multiple of an alignment.
    pub(super) fn check_align(&mut self, pointer: Pointer, local: u32, align: u32, trap: TrapCode) {
        if align <= 1 {
            return;
        }
        self.code.op().local_get(local);
        self.code.addr_to_length(pointer);
        self.code.op().i32_const(align as i32 - 1).i32_and();
        self.trap_if(trap);
    }

    /// Trap if so many bytes at a pointer are not all in memory.
    pub(super) fn check_bounds(
        &mut self,
        side: &Side,
        local: u32,
        size: Size,
        trap: TrapCode,
    ) -> Result<(), ImageError> {
        let memory = side.memory()?;
        match side.pointer {
            Pointer::Bits32 => {
                self.code.op().local_get(local).i64_extend_i32_u();
                self.push_size(Pointer::Bits64, size);
                self.code.op().i64_add().memory_size(memory).i64_extend_i32_u();
                self.code.op().i64_const(16).i64_shl().i64_gt_u();
            }
            Pointer::Bits64 => {
                let bytes = self.code.local(Flat::I64);
                self.code.op().memory_size(memory).i64_const(16).i64_shl().local_tee(bytes);
                self.code.op().local_get(local).i64_lt_u();
                self.push_size(Pointer::Bits64, size);
                self.code.op().local_get(bytes).local_get(local).i64_sub().i64_gt_u().i32_or();
                self.code.release(bytes, Flat::I64);
            }
        }
        self.trap_if(trap);
        Ok(())
    }

    /// Call the allocator of a side: `out` is set to a block that is aligned and in bounds. `old` is the block that it
    /// replaces.
    pub(super) fn realloc(
        &mut self,
        side: &Side,
        old: Option<(u32, Size)>,
        align: u32,
        new: Size,
        out: u32,
    ) -> Result<(), ImageError> {
        let function =
            side.realloc.ok_or_else(|| ImageError::Bug("a value needs an allocator that is not given".into()))?;
        let flag = self.leave_flag(side.instance);
        self.set_leave(flag, false);
        let saved = self.begin_thread();
        let pointer = side.pointer;
        let push = |code: &mut super::Code, size: Size| match size {
            Size::Const(size) => code.addr_const(pointer, size),
            Size::Local(local) => {
                code.op().local_get(local);
                code.length_to_addr(pointer);
            }
        };
        self.guarded(function, Some(pointer.flat()), |code| {
            match old {
                Some((local, _)) => {
                    code.op().local_get(local);
                }
                None => code.addr_const(pointer, 0),
            }
            push(code, old.map_or(Size::Const(0), |(_, size)| size));
            code.addr_const(pointer, align);
            push(code, new);
        });
        self.code.op().local_set(out);
        self.end_thread(saved);
        self.set_leave(flag, true);
        self.check_align(pointer, out, align, TrapCode::BadRealloc);
        self.check_bounds(side, out, new, TrapCode::ReallocOutOfBounds)
    }

    /// Copy a known number of bytes between two addresses with offsets.
    pub(super) fn copy_bytes(
        &mut self,
        (from, from_local, from_offset): (&Side, u32, u32),
        (to, to_local, to_offset): (&Side, u32, u32),
        size: u32,
    ) -> Result<(), ImageError> {
        let (source, target) = (from.memory()?, to.memory()?);
        if size > 64 {
            self.push_address(to.pointer, to_local, to_offset);
            self.push_address(from.pointer, from_local, from_offset);
            self.push_size(narrower(from.pointer, to.pointer), Size::Const(size));
            self.code.op().memory_copy(target, source);
            return Ok(());
        }
        let mut done = 0;
        while done < size {
            let (load, store) = (at(source, from_offset + done), at(target, to_offset + done));
            self.code.op().local_get(to_local).local_get(from_local);
            match size - done {
                8.. => {
                    self.code.op().i64_load(load).i64_store(store);
                    done += 8;
                }
                4.. => {
                    self.code.op().i32_load(load).i32_store(store);
                    done += 4;
                }
                2.. => {
                    self.code.op().i32_load16_u(load).i32_store16(store);
                    done += 2;
                }
                _ => {
                    self.code.op().i32_load8_u(load).i32_store8(store);
                    done += 1;
                }
            }
        }
        Ok(())
    }

    pub(super) fn push_address(&mut self, pointer: Pointer, local: u32, offset: u32) {
        self.code.op().local_get(local);
        if offset != 0 {
            self.code.addr_const(pointer, offset);
            self.code.addr_add(pointer);
        }
    }
}

/// The width of the length of a `memory.copy`.
pub(super) fn narrower(one: Pointer, other: Pointer) -> Pointer {
    match (one, other) {
        (Pointer::Bits64, Pointer::Bits64) => Pointer::Bits64,
        _ => Pointer::Bits32,
    }
}
