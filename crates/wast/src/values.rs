//! Values of scripts, as arguments and as expectations.

use tambo::component::Val;
use tambo::value::Value;
use wast::component::WastVal;
use wast::core::{NanPattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

use crate::script::Stop;

/// An argument of a core function.
pub(crate) fn core_argument(argument: &WastArg<'_>) -> Result<Value, Stop> {
    Ok(match argument {
        WastArg::Core(WastArgCore::I32(value)) => Value::I32(*value),
        WastArg::Core(WastArgCore::I64(value)) => Value::I64(*value),
        WastArg::Core(WastArgCore::F32(value)) => Value::F32(f32::from_bits(value.bits)),
        WastArg::Core(WastArgCore::F64(value)) => Value::F64(f64::from_bits(value.bits)),
        WastArg::Core(_) => return Err(unsupported_core()),
        _ => return Err(Stop::fail("a value of a component is given to a core module")),
    })
}

/// An argument of a component's function. A float is written as one of core WebAssembly.
pub(crate) fn component_argument(argument: &WastArg<'_>) -> Result<Val, Stop> {
    match argument {
        WastArg::Component(value) => Ok(component_value(value)),
        WastArg::Core(WastArgCore::F32(value)) => Ok(Val::F32(f32::from_bits(value.bits))),
        WastArg::Core(WastArgCore::F64(value)) => Ok(Val::F64(f64::from_bits(value.bits))),
        _ => Err(Stop::fail("a core value is given to a component")),
    }
}

/// Compare what a core function returned.
pub(crate) fn check_core(expected: &[WastRet<'_>], results: &[Value]) -> Result<(), Stop> {
    if expected.len() != results.len() {
        return Err(Stop::fail(format!("{} results, not {}", results.len(), expected.len())));
    }
    for (expected, result) in expected.iter().zip(results) {
        let WastRet::Core(expected) = expected else {
            return Err(Stop::fail("a value of a component is expected of a core module"));
        };
        if !core_matches(expected, *result)? {
            return Err(Stop::fail(format!("returned {result:?}, not {expected:?}")));
        }
    }
    Ok(())
}

/// Compare what a component's function returned.
pub(crate) fn check_component(expected: &[WastRet<'_>], result: Option<&Val>) -> Result<(), Stop> {
    match (expected, result) {
        ([], None) => Ok(()),
        ([WastRet::Component(expected)], Some(result)) if component_matches(expected, result) => Ok(()),
        ([WastRet::Core(WastRetCore::F32(expected))], Some(Val::F32(result)))
            if f32_matches(expected, result.to_bits()) || (is_nan(expected) && result.is_nan()) =>
        {
            Ok(())
        }
        ([WastRet::Core(WastRetCore::F64(expected))], Some(Val::F64(result)))
            if f64_matches(expected, result.to_bits()) || (is_wide_nan(expected) && result.is_nan()) =>
        {
            Ok(())
        }
        (expected, result) => Err(Stop::fail(format!("returned {result:?}, not {expected:?}"))),
    }
}

fn unsupported_core() -> Stop {
    Stop::skip("vectors and references are no values of this API")
}

fn core_matches(expected: &WastRetCore<'_>, result: Value) -> Result<bool, Stop> {
    Ok(match (expected, result) {
        (WastRetCore::I32(expected), Value::I32(result)) => *expected == result,
        (WastRetCore::I64(expected), Value::I64(result)) => *expected == result,
        (WastRetCore::F32(expected), Value::F32(result)) => f32_matches(expected, result.to_bits()),
        (WastRetCore::F64(expected), Value::F64(result)) => f64_matches(expected, result.to_bits()),
        (WastRetCore::Either(all), _) => {
            for expected in all {
                if core_matches(expected, result)? {
                    return Ok(true);
                }
            }
            false
        }
        (WastRetCore::I32(_) | WastRetCore::I64(_) | WastRetCore::F32(_) | WastRetCore::F64(_), _) => false,
        _ => return Err(unsupported_core()),
    })
}

fn f32_matches(expected: &NanPattern<F32>, bits: u32) -> bool {
    const QUIET: u32 = 0x7fc0_0000;
    match expected {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == QUIET,
        NanPattern::ArithmeticNan => bits & QUIET == QUIET,
        NanPattern::Value(value) => value.bits == bits,
    }
}

fn f64_matches(expected: &NanPattern<F64>, bits: u64) -> bool {
    const QUIET: u64 = 0x7ff8_0000_0000_0000;
    match expected {
        NanPattern::CanonicalNan => bits & (u64::MAX >> 1) == QUIET,
        NanPattern::ArithmeticNan => bits & QUIET == QUIET,
        NanPattern::Value(value) => value.bits == bits,
    }
}

fn is_nan(expected: &NanPattern<F32>) -> bool {
    matches!(expected, NanPattern::Value(value) if f32::from_bits(value.bits).is_nan())
}

fn is_wide_nan(expected: &NanPattern<F64>) -> bool {
    matches!(expected, NanPattern::Value(value) if f64::from_bits(value.bits).is_nan())
}

fn component_value(value: &WastVal<'_>) -> Val {
    let boxed = |value: &Option<Box<WastVal<'_>>>| value.as_ref().map(|value| Box::new(component_value(value)));
    match value {
        WastVal::Bool(value) => Val::Bool(*value),
        WastVal::U8(value) => Val::U8(*value),
        WastVal::S8(value) => Val::S8(*value),
        WastVal::U16(value) => Val::U16(*value),
        WastVal::S16(value) => Val::S16(*value),
        WastVal::U32(value) => Val::U32(*value),
        WastVal::S32(value) => Val::S32(*value),
        WastVal::U64(value) => Val::U64(*value),
        WastVal::S64(value) => Val::S64(*value),
        WastVal::F32(value) => Val::F32(f32::from_bits(value.bits)),
        WastVal::F64(value) => Val::F64(f64::from_bits(value.bits)),
        WastVal::Char(value) => Val::Char(*value),
        WastVal::String(value) => Val::String((*value).to_owned()),
        WastVal::List(values) => Val::List(values.iter().map(component_value).collect()),
        WastVal::Map(entries) => {
            Val::Map(entries.iter().map(|(key, value)| (component_value(key), component_value(value))).collect())
        }
        WastVal::Record(fields) => {
            Val::Record(fields.iter().map(|(name, value)| ((*name).to_owned(), component_value(value))).collect())
        }
        WastVal::Tuple(values) => Val::Tuple(values.iter().map(component_value).collect()),
        WastVal::Variant(case, value) => Val::Variant((*case).to_owned(), boxed(value)),
        WastVal::Enum(case) => Val::Enum((*case).to_owned()),
        WastVal::Option(value) => Val::Option(boxed(value)),
        WastVal::Result(Ok(value)) => Val::Result(Ok(boxed(value))),
        WastVal::Result(Err(value)) => Val::Result(Err(boxed(value))),
        WastVal::Flags(labels) => Val::Flags(labels.iter().map(|label| (*label).to_owned()).collect()),
    }
}

/// Equal; but the payload of a NaN is not preserved by the component model, and flags have no order.
fn component_matches(expected: &WastVal<'_>, result: &Val) -> bool {
    let payload = |expected: &Option<Box<WastVal<'_>>>, result: &Option<Box<Val>>| match (expected, result) {
        (None, None) => true,
        (Some(expected), Some(result)) => component_matches(expected, result),
        _ => false,
    };
    let all = |expected: &[WastVal<'_>], results: &[Val]| {
        expected.len() == results.len() && expected.iter().zip(results).all(|(e, r)| component_matches(e, r))
    };
    match (expected, result) {
        (WastVal::F32(expected), Val::F32(result)) => {
            expected.bits == result.to_bits() || (f32::from_bits(expected.bits).is_nan() && result.is_nan())
        }
        (WastVal::F64(expected), Val::F64(result)) => {
            expected.bits == result.to_bits() || (f64::from_bits(expected.bits).is_nan() && result.is_nan())
        }
        (WastVal::List(expected), Val::List(results)) | (WastVal::Tuple(expected), Val::Tuple(results)) => {
            all(expected, results)
        }
        (WastVal::Map(expected), Val::Map(results)) => {
            let entry = |((ek, ev), (rk, rv)): (&(WastVal<'_>, WastVal<'_>), &(Val, Val))| {
                component_matches(ek, rk) && component_matches(ev, rv)
            };
            expected.len() == results.len() && expected.iter().zip(results).all(entry)
        }
        (WastVal::Record(expected), Val::Record(results)) => {
            let field = |((en, ev), (rn, rv)): (&(&str, WastVal<'_>), &(String, Val))| {
                *en == rn.as_str() && component_matches(ev, rv)
            };
            expected.len() == results.len() && expected.iter().zip(results).all(field)
        }
        (WastVal::Variant(case, expected), Val::Variant(got, result)) => *case == got && payload(expected, result),
        (WastVal::Option(expected), Val::Option(result)) => payload(expected, result),
        (WastVal::Result(Ok(expected)), Val::Result(Ok(result))) => payload(expected, result),
        (WastVal::Result(Err(expected)), Val::Result(Err(result))) => payload(expected, result),
        (WastVal::Flags(expected), Val::Flags(results)) => {
            expected.len() == results.len() && expected.iter().all(|label| results.iter().any(|r| r == label))
        }
        (expected, result) => component_value(expected) == *result,
    }
}
