//! From text to a value.

use std::fmt::Display;
use std::str::FromStr;

use tambo_component_abi::{Val, type_name};
use tambo_component_types::{Case, Field, Type, TypeId, Types};

use crate::WaveError;
use crate::cursor::Cursor;

/// The value of a type that a text is.
pub fn parse(types: &Types, ty: TypeId, text: &str) -> Result<Val, WaveError> {
    let mut cursor = Cursor::new(text, 0);
    let val = value(types, ty, &mut cursor)?;
    cursor.end()?;
    Ok(val)
}

pub(crate) fn value(types: &Types, ty: TypeId, at: &mut Cursor<'_>) -> Result<Val, WaveError> {
    Ok(match types.get(ty) {
        Type::Bool => Val::Bool(boolean(at)?),
        Type::S8 => Val::S8(integer(at, "s8", i8::MIN, i8::MAX)?),
        Type::U8 => Val::U8(integer(at, "u8", u8::MIN, u8::MAX)?),
        Type::S16 => Val::S16(integer(at, "s16", i16::MIN, i16::MAX)?),
        Type::U16 => Val::U16(integer(at, "u16", u16::MIN, u16::MAX)?),
        Type::S32 => Val::S32(integer(at, "s32", i32::MIN, i32::MAX)?),
        Type::U32 => Val::U32(integer(at, "u32", u32::MIN, u32::MAX)?),
        Type::S64 => Val::S64(integer(at, "s64", i64::MIN, i64::MAX)?),
        Type::U64 => Val::U64(integer(at, "u64", u64::MIN, u64::MAX)?),
        Type::F32 => Val::F32(float(at)?),
        Type::F64 => Val::F64(float(at)?),
        Type::Char => Val::Char(character(at)?),
        Type::String => Val::String(string(at)?),
        Type::List(element) => Val::List(list(types, *element, at)?),
        Type::FixedList(element, length) => {
            let start = at.at();
            let list = list(types, *element, at)?;
            if list.len() != *length as usize {
                return Err(at.error_at(start, format!("{length} elements"), list.len().to_string()));
            }
            Val::List(list)
        }
        Type::Map(key, entry) => {
            let mut entries = Vec::new();
            braces(at, "a map", |at| {
                let key = value(types, *key, at)?;
                at.expect(':')?;
                let entry = value(types, *entry, at)?;
                entries.retain(|(known, _)| *known != key);
                entries.push((key, entry));
                Ok(())
            })?;
            Val::Map(entries)
        }
        Type::Tuple(parts) => tuple(types, parts, at)?,
        Type::Record(fields) => record(types, fields, at)?,
        Type::Flags(labels) => {
            let mut set = vec![false; labels.len()];
            braces(at, "flags", |at| {
                set[label(at, "a flag", labels.iter().map(|label| &**label))?] = true;
                Ok(())
            })?;
            Val::Flags(labels.iter().zip(set).filter(|(_, set)| *set).map(|(label, _)| label.to_string()).collect())
        }
        Type::Variant(cases) => {
            let Case { name, ty } = &cases[label(at, "a case", cases.iter().map(|case| &*case.name))?];
            Val::Variant(name.to_string(), payload(types, *ty, at)?)
        }
        Type::Enum(labels) => Val::Enum(labels[label(at, "a case", labels.iter().map(|label| &**label))?].to_string()),
        Type::Option(_) | Type::Result { .. } => option_or_result(types, ty, at)?,
        Type::Own(_) | Type::Borrow(_) | Type::Stream(_) | Type::Future(_) | Type::ErrorContext => {
            return Err(at.error(format!("nothing: values of type {} have no text", type_name(types, ty))));
        }
    })
}

fn boolean(at: &mut Cursor<'_>) -> Result<bool, WaveError> {
    let outcome = at.peek_word().parse().map_err(|_| at.error("`true` or `false`"))?;
    at.word();
    Ok(outcome)
}

fn integer<T: FromStr + Display>(at: &mut Cursor<'_>, name: &str, min: T, max: T) -> Result<T, WaveError> {
    let word = at.peek_word();
    let number = if word.starts_with('+') { None } else { word.parse().ok() };
    let Some(number) = number else { return Err(at.error(format!("{name}, a number from {min} to {max}"))) };
    at.word();
    Ok(number)
}

fn float<T: FromStr>(at: &mut Cursor<'_>) -> Result<T, WaveError> {
    let word = at.peek_word();
    let digits = word.strip_prefix('-').unwrap_or(word);
    let form = matches!(word, "nan" | "inf" | "-inf") || digits.starts_with(|char: char| char.is_ascii_digit());
    let number = word.parse().ok().filter(|_| form);
    let Some(number) = number else { return Err(at.error("a number, `nan`, `inf` or `-inf`")) };
    at.word();
    Ok(number)
}

fn character(at: &mut Cursor<'_>) -> Result<char, WaveError> {
    let wanted = "a character in single quotes";
    if !at.eat('\'') {
        return Err(at.error(wanted));
    }
    let start = at.at() - 1;
    let Some(char) = at.quoted('\'')? else { return Err(at.error_at(start, wanted, "`''`")) };
    match at.quoted('\'')? {
        None => Ok(char),
        Some(_) => Err(at.error_at(start, wanted, "more than one")),
    }
}

fn string(at: &mut Cursor<'_>) -> Result<String, WaveError> {
    if !at.eat('"') {
        return Err(at.error("a string in double quotes"));
    }
    let mut text = String::new();
    while let Some(char) = at.quoted('"')? {
        text.push(char);
    }
    Ok(text)
}

fn list(types: &Types, element: TypeId, at: &mut Cursor<'_>) -> Result<Vec<Val>, WaveError> {
    if !at.eat('[') {
        return Err(at.error("a list, which begins with `[`"));
    }
    let mut list = Vec::new();
    at.items(']', |at| {
        list.push(value(types, element, at)?);
        Ok(())
    })?;
    Ok(list)
}

fn tuple(types: &Types, parts: &[TypeId], at: &mut Cursor<'_>) -> Result<Val, WaveError> {
    if !at.eat('(') {
        return Err(at.error("a tuple, which begins with `(`"));
    }
    let mut tuple = Vec::new();
    for (index, &part) in parts.iter().enumerate() {
        if index > 0 {
            at.expect(',')?;
        }
        tuple.push(value(types, part, at)?);
    }
    at.eat(',');
    at.expect(')')?;
    Ok(Val::Tuple(tuple))
}

/// What stands in braces; nothing may be `{:}`.
fn braces(
    at: &mut Cursor<'_>,
    what: &str,
    item: impl FnMut(&mut Cursor<'_>) -> Result<(), WaveError>,
) -> Result<(), WaveError> {
    if !at.eat('{') {
        return Err(at.error(format!("{what}, which begins with `{{`")));
    }
    if at.eat(':') {
        return at.expect('}');
    }
    at.items('}', item)
}

fn record(types: &Types, fields: &[Field], at: &mut Cursor<'_>) -> Result<Val, WaveError> {
    let mut vals = vec![None; fields.len()];
    braces(at, "a record", |at| {
        let index = label(at, "a field", fields.iter().map(|field| &*field.name))?;
        at.expect(':')?;
        vals[index] = Some(value(types, fields[index].ty, at)?);
        Ok(())
    })?;
    let mut record = Vec::with_capacity(fields.len());
    for (field, val) in fields.iter().zip(vals) {
        let val = match val {
            Some(val) => val,
            None if is_option(types, field.ty) => Val::Option(None),
            None => return Err(at.error_at(at.at() - 1, format!("field `{}`", field.name), "`}`")),
        };
        record.push((field.name.to_string(), val));
    }
    Ok(Val::Record(record))
}

pub(crate) fn is_option(types: &Types, ty: TypeId) -> bool {
    matches!(types.get(ty), Type::Option(_))
}

/// One of these labels; which.
fn label<'l>(
    at: &mut Cursor<'_>,
    what: &str,
    labels: impl Iterator<Item = &'l str> + Clone,
) -> Result<usize, WaveError> {
    let word = at.peek_word();
    let name = word.strip_prefix('%').unwrap_or(word);
    match labels.clone().position(|label| label == name) {
        Some(index) => {
            at.word();
            Ok(index)
        }
        None => {
            let known: Vec<String> = labels.take(12).map(|label| format!("`{label}`")).collect();
            Err(at.error(format!("{what} of {}", known.join(", "))))
        }
    }
}

fn payload(types: &Types, ty: Option<TypeId>, at: &mut Cursor<'_>) -> Result<Option<Box<Val>>, WaveError> {
    let Some(ty) = ty else { return Ok(None) };
    at.expect('(')?;
    let val = value(types, ty, at)?;
    at.expect(')')?;
    Ok(Some(Box::new(val)))
}

/// An option or result, in full, or only what `some` or `ok` carries if that is neither.
fn option_or_result(types: &Types, ty: TypeId, at: &mut Cursor<'_>) -> Result<Val, WaveError> {
    let flat = |ty: TypeId| !matches!(types.get(ty), Type::Option(_) | Type::Result { .. });
    let word = at.peek_word();
    match (types.get(ty), word) {
        (Type::Option(some), "some") => {
            at.word();
            Ok(Val::Option(payload(types, Some(*some), at)?))
        }
        (Type::Option(_), "none") => {
            at.word();
            Ok(Val::Option(None))
        }
        (Type::Result { ok, .. }, "ok") => {
            at.word();
            Ok(Val::Result(Ok(payload(types, *ok, at)?)))
        }
        (Type::Result { err, .. }, "err") => {
            at.word();
            Ok(Val::Result(Err(payload(types, *err, at)?)))
        }
        (Type::Option(some), _) if flat(*some) => Ok(Val::Option(Some(Box::new(value(types, *some, at)?)))),
        (Type::Result { ok: Some(ok), .. }, _) if flat(*ok) => {
            Ok(Val::Result(Ok(Some(Box::new(value(types, *ok, at)?)))))
        }
        (Type::Option(_), _) => Err(at.error("`some(…)` or `none`")),
        _ => Err(at.error("`ok` or `err`")),
    }
}
