//! How the values of one signature lie in wasmtime's raw value array, and how they become slots and back.
//!
//! # Safety
//!
//! A raw value does not know its type. A [`Shape`] is made from a signature, and is only ever used with values of a
//! function of that signature: that is the rule that every block here relies on. Compiled code writes only the four
//! bytes of a 32-bit argument, so the width decides which member of the union may be read.
#![expect(unsafe_code, reason = "wasmtime's raw values are a union; see Safety")]

use std::mem::MaybeUninit;

use tambo_engine::{FuncType, Slot, ValueType};
use wasmtime::{Val, ValRaw};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Bits32,
    Bits64,
}

/// The widths of a signature's parameters and results.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    params: Box<[Width]>,
    results: Box<[Width]>,
    /// Slots that a call needs.
    slots: usize,
    /// All parameters are of 32 bits, as those of most host calls are: they need not be told apart.
    narrow: bool,
}

impl Shape {
    /// None if the signature mentions anything but numbers of 32 and 64 bits.
    pub(crate) fn new(ty: &FuncType) -> Option<Self> {
        let list = |types: &[ValueType]| types.iter().map(|&ty| width(ty)).collect::<Option<Box<[_]>>>();
        let (params, results) = (list(&ty.params)?, list(&ty.results)?);
        let slots = params.len().max(results.len());
        let narrow = params.iter().all(|&width| width == Width::Bits32);
        Some(Self { params, results, slots, narrow })
    }

    /// Slots that a call needs.
    #[inline]
    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    /// Arguments that compiled code passed, as slots.
    #[inline]
    pub(crate) fn read_params(&self, raw: &[MaybeUninit<ValRaw>], slots: &mut [Slot]) {
        if self.narrow {
            for (raw, slot) in raw.iter().zip(slots).take(self.params.len()) {
                // SAFETY: compiled code has written a parameter of 32 bits here.
                *slot = unsafe { read(Width::Bits32, raw.assume_init_ref()) };
            }
            return;
        }
        for ((width, raw), slot) in self.params.iter().zip(raw).zip(slots) {
            // SAFETY: compiled code has written a parameter of this width here.
            *slot = unsafe { read(*width, raw.assume_init_ref()) };
        }
    }

    /// Slots as the results that compiled code expects.
    #[inline]
    pub(crate) fn write_results(&self, slots: &[Slot], raw: &mut [MaybeUninit<ValRaw>]) {
        for ((width, slot), raw) in self.results.iter().zip(slots).zip(raw) {
            raw.write(write(*width, *slot));
        }
    }

    /// Writes the flag that follows the results of a `try` import.
    #[inline]
    pub(crate) fn write_flag(&self, flag: bool, raw: &mut [MaybeUninit<ValRaw>]) {
        if let Some(raw) = raw.get_mut(self.results.len()) {
            raw.write(ValRaw::u32(flag.into()));
        }
    }

    /// Slots as arguments for compiled code.
    #[inline]
    pub(crate) fn write_params(&self, slots: &[Slot], raw: &mut [ValRaw]) {
        for ((width, slot), raw) in self.params.iter().zip(slots).zip(raw) {
            *raw = write(*width, *slot);
        }
    }

    /// Results of compiled code, as slots.
    #[inline]
    pub(crate) fn read_results(&self, raw: &[ValRaw], slots: &mut [Slot]) {
        for ((width, raw), slot) in self.results.iter().zip(raw).zip(slots) {
            // SAFETY: compiled code has written a result of this width here.
            *slot = unsafe { read(*width, raw) };
        }
    }
}

fn width(ty: ValueType) -> Option<Width> {
    match ty {
        ValueType::I32 | ValueType::F32 => Some(Width::Bits32),
        ValueType::I64 | ValueType::F64 => Some(Width::Bits64),
        ValueType::V128 | ValueType::Ref => None,
    }
}

/// # Safety
///
/// The value must have been written with this width.
#[inline]
unsafe fn read(width: Width, raw: &ValRaw) -> Slot {
    match width {
        Width::Bits32 => Slot::from(raw.get_u32()),
        Width::Bits64 => Slot::from(raw.get_u64()),
    }
}

#[inline]
fn write(width: Width, slot: Slot) -> ValRaw {
    match width {
        Width::Bits32 => ValRaw::u32(slot.into()),
        Width::Bits64 => ValRaw::u64(slot.into()),
    }
}

/// A slot as wasmtime's typed value, for the calls that have no raw form.
pub(crate) fn typed(ty: ValueType, slot: Slot) -> Option<Val> {
    match ty {
        ValueType::I32 => Some(Val::I32(slot.into())),
        ValueType::I64 => Some(Val::I64(slot.into())),
        ValueType::F32 => Some(Val::F32(slot.into())),
        ValueType::F64 => Some(Val::F64(slot.into())),
        ValueType::V128 | ValueType::Ref => None,
    }
}

/// The slot of wasmtime's typed value.
pub(crate) fn untyped(value: &Val) -> Slot {
    match value {
        Val::I32(value) => Slot::from(*value),
        Val::I64(value) => Slot::from(*value),
        Val::F32(bits) => Slot::from(*bits),
        Val::F64(bits) => Slot::from(*bits),
        _ => Slot::default(),
    }
}
