//! Floating-point numbers: one NaN (CanonicalABI.md, "Loading", `canonicalize_nan32`, `canonicalize_nan64`).
//!
//! Lowering may choose any NaN; we choose the same one, so that a run does not depend on the machine.

/// From bits, NaN canonicalized.
#[inline]
pub(crate) fn f32_from_bits(bits: u32) -> f32 {
    let value = f32::from_bits(bits);
    if value.is_nan() { f32::from_bits(0x7fc0_0000) } else { value }
}

/// From bits, NaN canonicalized.
#[inline]
pub(crate) fn f64_from_bits(bits: u64) -> f64 {
    let value = f64::from_bits(bits);
    if value.is_nan() { f64::from_bits(0x7ff8_0000_0000_0000) } else { value }
}

/// To bits, NaN canonicalized.
#[inline]
pub(crate) fn f32_to_bits(value: f32) -> u32 {
    if value.is_nan() { 0x7fc0_0000 } else { value.to_bits() }
}

/// To bits, NaN canonicalized.
#[inline]
pub(crate) fn f64_to_bits(value: f64) -> u64 {
    if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() }
}
