//! Passing a value from one side to the other (CanonicalABI.md, "Loading", "Storing", "Flat Lifting", "Flat Lowering").
//!
//! A value is in a [`Place`]: in locals, or in memory. [`Body::value`] reads it from one place, checks and normalises it
//! as lifting does, and writes it to the other as lowering does.

use tambo_component_types::{Flat, Layout, Pointer, Type, TypeId, Types, align_to};
use wasm_encoder::BlockType;

use super::body::Body;
use super::code::at;
use super::memory::Side;
use crate::ImageError;
use crate::image::{HostImportKind, TrapCode};

/// A local of a flat form, with its own type, which may be wider than what is in it (`join`).
pub(super) type Slot = (u32, Flat);

/// Where a value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'s> {
    /// In locals.
    Flat(&'s [Slot]),
    /// At a local's address plus an offset, which is known to be aligned and in bounds.
    Memory(u32, u32),
}

/// Both sides of the passing of values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sides {
    pub(super) from: Side,
    pub(super) to: Side,
}

/// How a scalar is read and written.
struct Scalar {
    bytes: u32,
    flat: Flat,
    signed: bool,
}

impl Body<'_, '_> {
    /// Pass values that follow each other, as fields do.
    pub(super) fn sequence(
        &mut self,
        sides: &Sides,
        values: &[TypeId],
        mut from: Place<'_>,
        mut to: Place<'_>,
    ) -> Result<(), ImageError> {
        for &value in values {
            let (source, rest) = self.split(value, sides.from.pointer, from)?;
            from = rest;
            let (target, rest) = self.split(value, sides.to.pointer, to)?;
            to = rest;
            self.value(sides, value, source, target)?;
        }
        Ok(())
    }

    fn split<'s>(
        &self,
        value: TypeId,
        pointer: Pointer,
        place: Place<'s>,
    ) -> Result<(Place<'s>, Place<'s>), ImageError> {
        let layout = self.layout(value, pointer);
        Ok(match place {
            Place::Flat(slots) => {
                let flat = layout.flat.as_ref().map(|flat| flat.len()).filter(|&count| count <= slots.len());
                let count = flat.ok_or_else(|| ImageError::Bug("a value has fewer locals than parts".into()))?;
                let (here, rest) = slots.split_at(count);
                (Place::Flat(here), Place::Flat(rest))
            }
            Place::Memory(base, offset) => {
                let begin = align_to(offset, layout.align);
                (Place::Memory(base, begin), Place::Memory(base, begin + layout.size))
            }
        })
    }

    pub(super) fn layout(&self, value: TypeId, pointer: Pointer) -> &Layout {
        self.emit.plan.types.layout(value, pointer)
    }

    /// Pass one value.
    pub(super) fn value(
        &mut self,
        sides: &Sides,
        value: TypeId,
        from: Place<'_>,
        to: Place<'_>,
    ) -> Result<(), ImageError> {
        self.check_size()?;
        let plan = self.emit.plan;
        let ty = plan.types.get(value);
        if let Some(scalar) = scalar(ty) {
            return self.scalar(sides, ty, &scalar, from, to);
        }
        if let (Place::Memory(source, source_offset), Place::Memory(target, target_offset)) = (from, to)
            && self.is_plain(value)
        {
            let size = self.layout(value, sides.from.pointer).size;
            return self.copy_bytes((&sides.from, source, source_offset), (&sides.to, target, target_offset), size);
        }
        match ty {
            Type::String => self.string(sides, from, to),
            Type::List(element) => self.list(sides, &[*element], from, to),
            Type::Map(key, value) => self.list(sides, &[*key, *value], from, to),
            Type::FixedList(element, length) => self.fixed_list(sides, *element, *length, from, to),
            Type::Record(fields) => {
                let fields: Vec<TypeId> = fields.iter().map(|field| field.ty).collect();
                self.sequence(sides, &fields, from, to)
            }
            Type::Tuple(types) => self.sequence(sides, types, from, to),
            Type::Variant(cases) => {
                let cases: Vec<Option<TypeId>> = cases.iter().map(|case| case.ty).collect();
                self.variant(sides, &cases, from, to)
            }
            Type::Enum(labels) => self.variant(sides, &vec![None; labels.len()], from, to),
            Type::Option(some) => self.variant(sides, &[None, Some(*some)], from, to),
            Type::Result { ok, err } => self.variant(sides, &[*ok, *err], from, to),
            _ => Err(ImageError::Unsupported(
                "a function passes asynchronous values (streams, futures or error contexts), which is not supported yet"
                    .into(),
            )),
        }
    }

    fn scalar(
        &mut self,
        sides: &Sides,
        ty: &Type,
        scalar: &Scalar,
        from: Place<'_>,
        to: Place<'_>,
    ) -> Result<(), ImageError> {
        self.open(to);
        self.read(&sides.from, scalar, from)?;
        match (ty, from) {
            (Type::Bool, _) => {
                self.code.op().i32_const(0).i32_ne();
            }
            (Type::U8, Place::Flat(_)) => {
                self.code.op().i32_const(0xff).i32_and();
            }
            (Type::U16, Place::Flat(_)) => {
                self.code.op().i32_const(0xffff).i32_and();
            }
            (Type::S8, Place::Flat(_)) => {
                self.code.op().i32_extend8_s();
            }
            (Type::S16, Place::Flat(_)) => {
                self.code.op().i32_extend16_s();
            }
            (Type::Char, _) => self.check_char(),
            (Type::Flags(labels), _) if labels.len() < 32 => {
                self.code.op().i32_const(((1_u32 << labels.len()) - 1) as i32).i32_and();
            }
            (&Type::Own(resource), _) => {
                let (from, to) = (sides.from.instance, sides.to.instance);
                let function = self.emit.host(&HostImportKind::TransferOwn { resource, from, to })?;
                self.code.op().call(function);
            }
            (&Type::Borrow(resource), _) => {
                let (from, to) = (sides.from.instance, sides.to.instance);
                let function = self.emit.host(&HostImportKind::TransferBorrow { resource, from, to })?;
                self.code.op().call(function);
            }
            _ => {}
        }
        self.close(&sides.to, scalar, to)
    }

    /// Check the `char` on the stack and leave it there.
    fn check_char(&mut self) {
        let char = self.code.local(Flat::I32);
        self.code.op().local_tee(char).i32_const(0x11_0000).i32_ge_u();
        self.code.op().local_get(char).i32_const(!0x7ff).i32_and().i32_const(0xd800).i32_eq().i32_or();
        self.trap_if(TrapCode::BadChar);
        self.code.op().local_get(char);
        self.code.release(char, Flat::I32);
    }

    /// Begin a write: what a store needs below its value.
    fn open(&mut self, to: Place<'_>) {
        if let Place::Memory(base, _) = to {
            self.code.op().local_get(base);
        }
    }

    fn close(&mut self, side: &Side, scalar: &Scalar, to: Place<'_>) -> Result<(), ImageError> {
        match to {
            Place::Memory(_, offset) => {
                let at = at(side.memory()?, offset);
                match (scalar.flat, scalar.bytes) {
                    (Flat::I32, 1) => self.code.op().i32_store8(at),
                    (Flat::I32, 2) => self.code.op().i32_store16(at),
                    (Flat::I32, _) => self.code.op().i32_store(at),
                    (Flat::I64, _) => self.code.op().i64_store(at),
                    (Flat::F32, _) => self.code.op().f32_store(at),
                    (Flat::F64, _) => self.code.op().f64_store(at),
                };
            }
            Place::Flat(slots) => {
                let &[(local, have)] = slots else {
                    return Err(ImageError::Bug("a scalar goes to one local".into()));
                };
                self.widen(scalar.flat, have)?;
                self.code.op().local_set(local);
            }
        }
        Ok(())
    }

    fn read(&mut self, side: &Side, scalar: &Scalar, from: Place<'_>) -> Result<(), ImageError> {
        match from {
            Place::Memory(base, offset) => {
                let at = at(side.memory()?, offset);
                self.code.op().local_get(base);
                match (scalar.flat, scalar.bytes, scalar.signed) {
                    (Flat::I32, 1, true) => self.code.op().i32_load8_s(at),
                    (Flat::I32, 1, false) => self.code.op().i32_load8_u(at),
                    (Flat::I32, 2, true) => self.code.op().i32_load16_s(at),
                    (Flat::I32, 2, false) => self.code.op().i32_load16_u(at),
                    (Flat::I32, ..) => self.code.op().i32_load(at),
                    (Flat::I64, ..) => self.code.op().i64_load(at),
                    (Flat::F32, ..) => self.code.op().f32_load(at),
                    (Flat::F64, ..) => self.code.op().f64_load(at),
                };
            }
            Place::Flat(slots) => {
                let &[(local, have)] = slots else {
                    return Err(ImageError::Bug("a scalar comes from one local".into()));
                };
                self.code.op().local_get(local);
                self.narrow(have, scalar.flat)?;
            }
        }
        Ok(())
    }

    /// From the type of a local to that of what it carries (`CoerceValueIter`).
    fn narrow(&mut self, have: Flat, want: Flat) -> Result<(), ImageError> {
        match (have, want) {
            (Flat::I64, Flat::I32) => self.code.op().i32_wrap_i64(),
            (Flat::I64, Flat::F32) => self.code.op().i32_wrap_i64().f32_reinterpret_i32(),
            (Flat::I64, Flat::F64) => self.code.op().f64_reinterpret_i64(),
            (Flat::I32, Flat::F32) => self.code.op().f32_reinterpret_i32(),
            _ if have == want => return Ok(()),
            _ => return Err(ImageError::Bug(format!("{have:?} does not carry {want:?}"))),
        };
        Ok(())
    }

    /// The reverse of [`narrow`](Self::narrow).
    fn widen(&mut self, have: Flat, want: Flat) -> Result<(), ImageError> {
        match (have, want) {
            (Flat::I32, Flat::I64) => self.code.op().i64_extend_i32_u(),
            (Flat::F32, Flat::I64) => self.code.op().i32_reinterpret_f32().i64_extend_i32_u(),
            (Flat::F64, Flat::I64) => self.code.op().i64_reinterpret_f64(),
            (Flat::F32, Flat::I32) => self.code.op().i32_reinterpret_f32(),
            _ if have == want => return Ok(()),
            _ => return Err(ImageError::Bug(format!("{want:?} cannot carry {have:?}"))),
        };
        Ok(())
    }

    /// Read a discriminant into a local, and check it.
    pub(super) fn discriminant(
        &mut self,
        side: &Side,
        bytes: u32,
        cases: usize,
        from: Place<'_>,
    ) -> Result<u32, ImageError> {
        self.read(side, &Scalar { bytes, flat: Flat::I32, signed: false }, first(from))?;
        let local = self.code.local(Flat::I32);
        self.code.op().local_set(local);
        // All 256 cases of a byte are valid; a flat one is 32 bits wide.
        let fits = matches!(from, Place::Memory(..)) && bytes < 4 && cases == 1 << (8 * bytes);
        if !fits {
            self.code.op().local_get(local).i32_const(cases as i32).i32_ge_u();
            self.trap_if(TrapCode::BadDiscriminant);
        }
        Ok(local)
    }

    /// Write a local as a discriminant.
    pub(super) fn set_discriminant(
        &mut self,
        side: &Side,
        bytes: u32,
        local: u32,
        to: Place<'_>,
    ) -> Result<(), ImageError> {
        self.open(to);
        self.code.op().local_get(local);
        self.close(side, &Scalar { bytes, flat: Flat::I32, signed: false }, first(to))
    }

    /// Read a pointer and a length into two locals of the side's width.
    pub(super) fn read_pair(&mut self, side: &Side, from: Place<'_>) -> Result<(u32, u32), ImageError> {
        let (bytes, flat) = (side.pointer.size(), side.pointer.flat());
        let (begin, length) = (self.code.local(flat), self.code.local(flat));
        for (index, local) in [begin, length].into_iter().enumerate() {
            self.read(side, &Scalar { bytes, flat, signed: false }, nth(from, index, bytes))?;
            self.code.op().local_set(local);
        }
        Ok((begin, length))
    }

    /// Write two locals of the side's width as a pointer and a length, and give them back.
    pub(super) fn write_pair(&mut self, side: &Side, pair: (u32, u32), to: Place<'_>) -> Result<(), ImageError> {
        let (bytes, flat) = (side.pointer.size(), side.pointer.flat());
        for (index, local) in [pair.0, pair.1].into_iter().enumerate() {
            let to = nth(to, index, bytes);
            self.open(to);
            self.code.op().local_get(local);
            self.close(side, &Scalar { bytes, flat, signed: false }, to)?;
            self.code.release(local, flat);
        }
        Ok(())
    }

    /// Whether a value can be copied byte by byte.
    pub(super) fn is_plain(&self, value: TypeId) -> bool {
        self.emit.plain.get(value.index()).copied().unwrap_or(false)
    }

    /// Run `then` if the `i32` on the stack is not zero.
    pub(super) fn when(&mut self, then: impl FnOnce(&mut Self) -> Result<(), ImageError>) -> Result<(), ImageError> {
        self.code.op().if_(BlockType::Empty);
        then(self)?;
        self.code.op().end();
        Ok(())
    }
}

fn first(place: Place<'_>) -> Place<'_> {
    match place {
        Place::Flat(slots) => Place::Flat(&slots[..slots.len().min(1)]),
        memory @ Place::Memory(..) => memory,
    }
}

fn nth(place: Place<'_>, index: usize, size: u32) -> Place<'_> {
    match place {
        Place::Flat(slots) => Place::Flat(slots.get(index..=index).unwrap_or_default()),
        Place::Memory(base, offset) => Place::Memory(base, offset + index as u32 * size),
    }
}

fn scalar(ty: &Type) -> Option<Scalar> {
    let (bytes, flat, signed) = match ty {
        Type::Bool | Type::U8 => (1, Flat::I32, false),
        Type::S8 => (1, Flat::I32, true),
        Type::U16 => (2, Flat::I32, false),
        Type::S16 => (2, Flat::I32, true),
        Type::U32 | Type::S32 | Type::Char | Type::Own(_) | Type::Borrow(_) => (4, Flat::I32, false),
        Type::U64 | Type::S64 => (8, Flat::I64, false),
        Type::F32 => (4, Flat::F32, false),
        Type::F64 => (8, Flat::F64, false),
        Type::Flags(labels) => match labels.len() {
            0..=8 => (1, Flat::I32, false),
            9..=16 => (2, Flat::I32, false),
            _ => (4, Flat::I32, false),
        },
        _ => return None,
    };
    Some(Scalar { bytes, flat, signed })
}

/// For each type whether its values can be copied byte by byte: every pattern of bits is valid, the layout is the same
/// for both widths of pointer, and there is no padding, which would show the callee what the caller left there.
pub(super) fn plain_types(types: &Types) -> Vec<bool> {
    let mut plain: Vec<bool> = Vec::new();
    for (id, ty) in types.all() {
        let dense = |parts: &mut dyn Iterator<Item = TypeId>| {
            let sizes =
                parts.map(|part| plain[part.index()].then(|| u64::from(types.layout(part, Pointer::Bits32).size)));
            sizes.sum::<Option<u64>>() == Some(types.layout(id, Pointer::Bits32).size.into())
        };
        let this = match ty {
            Type::S8 | Type::U8 | Type::S16 | Type::U16 | Type::S32 | Type::U32 | Type::S64 | Type::U64 => true,
            Type::F32 | Type::F64 => true,
            Type::Flags(labels) => matches!(labels.len(), 8 | 16 | 32),
            Type::FixedList(element, _) => plain[element.index()],
            Type::Record(fields) => dense(&mut fields.iter().map(|field| field.ty)),
            Type::Tuple(types) => dense(&mut types.iter().copied()),
            _ => false,
        };
        plain.push(this);
    }
    plain
}
