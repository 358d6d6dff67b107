//! Numbers in and out of exported functions, and as text on a command line.

use std::fmt;

use tambo_engine::{FuncType, Slot, ValueType};

use crate::{Error, ErrorKind};

/// A number that a guest's function takes or returns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// 32-bit integer.
    I32(i32),
    /// 64-bit integer.
    I64(i64),
    /// 32-bit float.
    F32(f32),
    /// 64-bit float.
    F64(f64),
}

impl Value {
    /// Its type.
    pub fn ty(self) -> ValueType {
        match self {
            Self::I32(_) => ValueType::I32,
            Self::I64(_) => ValueType::I64,
            Self::F32(_) => ValueType::F32,
            Self::F64(_) => ValueType::F64,
        }
    }

    /// Read a number of this type. Integers may be signed or unsigned, decimal or `0x` hexadecimal.
    pub fn parse(ty: ValueType, text: &str) -> Result<Self, Error> {
        let value = match ty {
            ValueType::I32 => integer(text, 32).map(|bits| Self::I32(bits as i32)),
            ValueType::I64 => integer(text, 64).map(|bits| Self::I64(bits as i64)),
            ValueType::F32 => text.parse().ok().map(Self::F32),
            ValueType::F64 => text.parse().ok().map(Self::F64),
            ValueType::V128 | ValueType::Ref => {
                return Err(Error::new(ErrorKind::Call, format!("a {ty} cannot be given on a command line")));
            }
        };
        value.ok_or_else(|| Error::new(ErrorKind::Call, format!("{text:?} is not an {ty}")))
    }

    fn slot(self) -> Slot {
        match self {
            Self::I32(value) => value.into(),
            Self::I64(value) => value.into(),
            Self::F32(value) => value.into(),
            Self::F64(value) => value.into(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::I32(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F32(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
        }
    }
}

/// The two's-complement bits of an integer that fits `width` bits, signed or not.
fn integer(text: &str, width: u32) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => i128::from(u64::from_str_radix(hex, 16).ok()?),
        None => i128::from(digits.parse::<u64>().ok()?),
    };
    let value = if negative { -magnitude } else { magnitude };
    let range = -(1i128 << (width - 1))..(1i128 << width);
    range.contains(&value).then_some(value)
}

pub(crate) fn slots(name: &str, ty: &FuncType, arguments: &[Value]) -> Result<Vec<Slot>, Error> {
    let given: Vec<ValueType> = arguments.iter().map(|argument| argument.ty()).collect();
    if given != ty.params {
        let message = format!("{name:?} is a {ty}, called with ({})", list(&given));
        return Err(Error::new(ErrorKind::Call, message));
    }
    if let Some(other) = ty.results.iter().find(|ty| matches!(ty, ValueType::V128 | ValueType::Ref)) {
        let message = format!("{name:?} is a {ty}: a {other} is no number, and cannot be returned to the host");
        return Err(Error::new(ErrorKind::Call, message));
    }
    let mut slots: Vec<Slot> = arguments.iter().map(|argument| argument.slot()).collect();
    slots.resize(ty.slots(), Slot::default());
    Ok(slots)
}

pub(crate) fn results(ty: &FuncType, slots: &[Slot]) -> Vec<Value> {
    let value = |(ty, &slot): (&ValueType, &Slot)| match ty {
        ValueType::I32 => Some(Value::I32(slot.into())),
        ValueType::I64 => Some(Value::I64(slot.into())),
        ValueType::F32 => Some(Value::F32(slot.into())),
        ValueType::F64 => Some(Value::F64(slot.into())),
        ValueType::V128 | ValueType::Ref => None,
    };
    ty.results.iter().zip(slots).filter_map(value).collect()
}

fn list(types: &[ValueType]) -> String {
    types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_fit_signed_or_unsigned() {
        let parse = |text| Value::parse(ValueType::I32, text).ok();
        assert_eq!(parse("-1"), Some(Value::I32(-1)));
        assert_eq!(parse("4294967295"), Some(Value::I32(-1)));
        assert_eq!(parse("0x10"), Some(Value::I32(16)));
        assert_eq!(parse("4294967296"), None);
        assert_eq!(parse("-2147483649"), None);
        assert_eq!(parse("one"), None);
        assert_eq!(Value::parse(ValueType::I64, "18446744073709551615").ok(), Some(Value::I64(-1)));
    }

    #[test]
    fn arguments_must_match_the_signature() {
        let ty = FuncType::new([ValueType::I32], [ValueType::I64]);
        assert!(slots("f", &ty, &[]).is_err());
        assert!(slots("f", &ty, &[Value::I64(1)]).is_err());
        let vector = FuncType::new([], [ValueType::I32, ValueType::V128]);
        assert!(slots("f", &vector, &[]).is_err());
        let slots = slots("f", &ty, &[Value::I32(-5)]).unwrap();
        assert_eq!(i32::from(slots[0]), -5);
    }
}
