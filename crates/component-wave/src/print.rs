//! From a value to text.

use std::fmt::Write;

use tambo_component_abi::{Mismatch, Val, dynamic, type_name};
use tambo_component_types::{TypeId, Types};

/// The words that a case's label must be told from.
const KEYWORDS: &[&str] = &["true", "false", "inf", "nan", "some", "none", "ok", "err"];

/// The text of a value of a type; what [`parse`](crate::parse) makes the same value of. Floats that are not numbers are
/// all the same.
pub fn print(types: &Types, ty: TypeId, val: &Val) -> Result<String, Mismatch> {
    dynamic::check(types, ty, val)?;
    if types.contains_handle(ty) {
        return Err(Mismatch::new(format!("values of type {} have no text: they have handles", type_name(types, ty))));
    }
    let mut out = String::new();
    write_any(&mut out, val);
    Ok(out)
}

fn write_any(out: &mut String, val: &Val) {
    // Writing to a string does not fail.
    let _ = match val {
        Val::Bool(value) => write!(out, "{value}"),
        Val::S8(value) => write!(out, "{value}"),
        Val::U8(value) => write!(out, "{value}"),
        Val::S16(value) => write!(out, "{value}"),
        Val::U16(value) => write!(out, "{value}"),
        Val::S32(value) => write!(out, "{value}"),
        Val::U32(value) => write!(out, "{value}"),
        Val::S64(value) => write!(out, "{value}"),
        Val::U64(value) => write!(out, "{value}"),
        Val::F32(value) if value.is_nan() => write!(out, "nan"),
        Val::F64(value) if value.is_nan() => write!(out, "nan"),
        Val::F32(value) => write!(out, "{value:?}"),
        Val::F64(value) => write!(out, "{value:?}"),
        _ => {
            write_whole(out, val);
            Ok(())
        }
    };
}

fn write_whole(out: &mut String, val: &Val) {
    match val {
        Val::Char(value) => quote(out, '\'', std::iter::once(*value)),
        Val::String(text) => quote(out, '"', text.chars()),
        Val::List(list) => all(out, ('[', ']'), list, write_any),
        Val::Tuple(list) => all(out, ('(', ')'), list, write_any),
        Val::Map(entries) => all(out, ('{', '}'), entries, |out, (key, val)| {
            write_any(out, key);
            out.push_str(": ");
            write_any(out, val);
        }),
        Val::Record(fields) => all(out, ('{', '}'), fields, |out, (label, val)| {
            out.push_str(label);
            out.push_str(": ");
            write_any(out, val);
        }),
        Val::Flags(labels) => all(out, ('{', '}'), labels, |out, label| out.push_str(label)),
        Val::Variant(label, payload) => {
            write_label(out, label);
            write_payload(out, payload.as_deref());
        }
        Val::Enum(label) => write_label(out, label),
        Val::Option(None) => out.push_str("none"),
        Val::Option(some) => {
            out.push_str("some");
            write_payload(out, some.as_deref());
        }
        Val::Result(Ok(payload)) => {
            out.push_str("ok");
            write_payload(out, payload.as_deref());
        }
        Val::Result(Err(payload)) => {
            out.push_str("err");
            write_payload(out, payload.as_deref());
        }
        // Numbers are written by the caller; handles were refused.
        _ => {}
    }
}

fn write_label(out: &mut String, label: &str) {
    if KEYWORDS.contains(&label) {
        out.push('%');
    }
    out.push_str(label);
}

fn write_payload(out: &mut String, payload: Option<&Val>) {
    if let Some(val) = payload {
        out.push('(');
        write_any(out, val);
        out.push(')');
    }
}

fn all<T>(out: &mut String, (open, close): (char, char), items: &[T], write: impl Fn(&mut String, &T)) {
    out.push(open);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write(out, item);
    }
    out.push(close);
}

fn quote(out: &mut String, quote: char, chars: impl Iterator<Item = char>) {
    out.push(quote);
    for char in chars {
        match char {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            char if char == quote => out.extend(['\\', char]),
            char if char.is_control() => out.extend(char.escape_unicode()),
            char => out.push(char),
        }
    }
    out.push(quote);
}
