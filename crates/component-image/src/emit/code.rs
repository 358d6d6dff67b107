//! An assembler: instructions of one function as they come, locals as they are needed.

use std::ops::Range;

use tambo_component_types::{Flat, Pointer};
use wasm_encoder::{Function, InstructionSink, MemArg, MemArgTarget, ValType};

/// The core type of a flat value.
pub(super) fn val_type(flat: Flat) -> ValType {
    match flat {
        Flat::I32 => ValType::I32,
        Flat::I64 => ValType::I64,
        Flat::F32 => ValType::F32,
        Flat::F64 => ValType::F64,
    }
}

/// The core types of flat values.
pub(super) fn val_types(flat: &[Flat]) -> Vec<ValType> {
    flat.iter().copied().map(val_type).collect()
}

/// The operand of a memory instruction. Alignment is a hint only, and none is given: a hostile guest may well not keep
/// to it, and engines ignore it.
pub(super) fn at(memory: u32, offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 0, target: MemArgTarget::Memory(memory), ordering: None }
}

/// A function in the making.
#[derive(Debug)]
pub(super) struct Code {
    params: u32,
    locals: Vec<ValType>,
    free: Vec<(u32, ValType)>,
    bytes: Vec<u8>,
}

impl Code {
    /// A function with so many parameters, which are its first locals.
    pub(super) fn new(params: usize) -> Self {
        Self { params: params as u32, locals: Vec::new(), free: Vec::new(), bytes: Vec::new() }
    }

    /// Where instructions go.
    pub(super) fn op(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.bytes)
    }

    /// Bytes so far.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + self.locals.len()
    }

    /// A local that nothing else uses; its value is whatever an earlier user left.
    pub(super) fn local(&mut self, flat: Flat) -> u32 {
        let ty = val_type(flat);
        match self.free.iter().rposition(|&(_, free)| free == ty) {
            Some(position) => self.free.swap_remove(position).0,
            None => self.zero(flat),
        }
    }

    /// A local that nothing used before: it is zero until it is set.
    pub(super) fn zero(&mut self, flat: Flat) -> u32 {
        self.locals.push(val_type(flat));
        self.params + self.locals.len() as u32 - 1
    }

    /// A local for a vector.
    pub(super) fn vector(&mut self) -> u32 {
        self.locals.push(ValType::V128);
        self.params + self.locals.len() as u32 - 1
    }

    /// Give a local back.
    pub(super) fn release(&mut self, local: u32, flat: Flat) {
        debug_assert!(!self.free.iter().any(|&(free, _)| free == local));
        self.free.push((local, val_type(flat)));
    }

    /// Push several locals.
    pub(super) fn get_all(&mut self, locals: Range<u32>) {
        for local in locals {
            self.op().local_get(local);
        }
    }

    /// The whole function.
    pub(super) fn finish(mut self) -> Function {
        self.op().end();
        let mut function = Function::new_with_locals_types(self.locals);
        function.raw(self.bytes);
        function
    }

    // What follows is instructions on addresses, whose width is a parameter.

    pub(super) fn addr_const(&mut self, pointer: Pointer, value: u32) {
        match pointer {
            Pointer::Bits32 => self.op().i32_const(value as i32),
            Pointer::Bits64 => self.op().i64_const(value.into()),
        };
    }

    pub(super) fn addr_add(&mut self, pointer: Pointer) {
        match pointer {
            Pointer::Bits32 => self.op().i32_add(),
            Pointer::Bits64 => self.op().i64_add(),
        };
    }

    pub(super) fn addr_sub(&mut self, pointer: Pointer) {
        match pointer {
            Pointer::Bits32 => self.op().i32_sub(),
            Pointer::Bits64 => self.op().i64_sub(),
        };
    }

    pub(super) fn addr_and(&mut self, pointer: Pointer) {
        match pointer {
            Pointer::Bits32 => self.op().i32_and(),
            Pointer::Bits64 => self.op().i64_and(),
        };
    }

    pub(super) fn addr_eq(&mut self, pointer: Pointer) {
        match pointer {
            Pointer::Bits32 => self.op().i32_eq(),
            Pointer::Bits64 => self.op().i64_eq(),
        };
    }

    pub(super) fn addr_gt(&mut self, pointer: Pointer) {
        match pointer {
            Pointer::Bits32 => self.op().i32_gt_u(),
            Pointer::Bits64 => self.op().i64_gt_u(),
        };
    }

    pub(super) fn addr_ge(&mut self, pointer: Pointer) {
        match pointer {
            Pointer::Bits32 => self.op().i32_ge_u(),
            Pointer::Bits64 => self.op().i64_ge_u(),
        };
    }

    /// From an `i32` that is a length to an address.
    pub(super) fn length_to_addr(&mut self, pointer: Pointer) {
        if pointer == Pointer::Bits64 {
            self.op().i64_extend_i32_u();
        }
    }

    /// From an address that is known to be a length to an `i32`.
    pub(super) fn addr_to_length(&mut self, pointer: Pointer) {
        if pointer == Pointer::Bits64 {
            self.op().i32_wrap_i64();
        }
    }

    /// `local += step`, an address.
    pub(super) fn advance(&mut self, pointer: Pointer, local: u32, step: u32) {
        self.op().local_get(local);
        self.addr_const(pointer, step);
        self.addr_add(pointer);
        self.op().local_set(local);
    }
}
