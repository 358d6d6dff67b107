//! One argument or result of a call across the boundary.
//!
//! # Safety
//!
//! A [`Slot`] is a `u64` by its representation, so a slice of one is a slice of the other.
#![expect(unsafe_code, reason = "slots are read and written as plain bits without a copy; see Safety")]

/// One argument or result, as raw bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Slot(pub u64);

impl Slot {
    /// Slots as their bits.
    #[inline]
    pub fn bits(slots: &[Self]) -> &[u64] {
        // SAFETY: `repr(transparent)`; see the module.
        unsafe { &*(std::ptr::from_ref(slots) as *const [u64]) }
    }

    /// Slots as their bits.
    #[inline]
    pub fn bits_mut(slots: &mut [Self]) -> &mut [u64] {
        // SAFETY: `repr(transparent)`; see the module.
        unsafe { &mut *(std::ptr::from_mut(slots) as *mut [u64]) }
    }
}

macro_rules! conversions {
    ($($ty:ty => $to:expr, $from:expr;)*) => {$(
        impl From<$ty> for Slot {
            #[inline]
            fn from(value: $ty) -> Self {
                Self(($to)(value))
            }
        }
        impl From<Slot> for $ty {
            #[inline]
            fn from(slot: Slot) -> Self {
                ($from)(slot.0)
            }
        }
    )*};
}

conversions! {
    u32 => u64::from, |bits: u64| bits as u32;
    i32 => |value: i32| u64::from(value as u32), |bits: u64| bits as i32;
    u64 => |value: u64| value, |bits: u64| bits;
    i64 => |value: i64| value as u64, |bits: u64| bits as i64;
    f32 => |value: f32| u64::from(value.to_bits()), |bits: u64| f32::from_bits(bits as u32);
    f64 => f64::to_bits, f64::from_bits;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_their_bits() {
        let mut slots = [Slot(1), Slot(u64::MAX), Slot(3)];
        assert_eq!(Slot::bits(&slots), [1, u64::MAX, 3]);
        Slot::bits_mut(&mut slots[1..])[1] = 7;
        assert_eq!(slots, [Slot(1), Slot(u64::MAX), Slot(7)]);
        assert!(Slot::bits(&[]).is_empty());
    }
}
