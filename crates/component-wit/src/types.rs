//! Value types: inline where WIT allows it, else by name.

use tambo_component_plan::types::{Type, TypeId};

use crate::scope::Scope;
use crate::words;

impl Scope<'_> {
    /// The declaration of a type under a name.
    pub(crate) fn definition(&mut self, name: &str, id: TypeId) -> String {
        let ty = self.plan().types.get(id).clone();
        let name = words::identifier(name);
        let lines: Vec<String> = match &ty {
            Type::Record(fields) => fields
                .iter()
                .map(|field| format!("{}: {}", words::identifier(&field.name), self.ty(field.ty)))
                .collect(),
            Type::Variant(cases) => cases
                .iter()
                .map(|case| match case.ty {
                    Some(ty) => format!("{}({})", words::identifier(&case.name), self.ty(ty)),
                    None => words::identifier(&case.name),
                })
                .collect(),
            Type::Enum(labels) | Type::Flags(labels) => labels.iter().map(|label| words::identifier(label)).collect(),
            _ => return format!("type {name} = {};", self.inline(id)),
        };
        let keyword = match ty {
            Type::Record(_) => "record",
            Type::Variant(_) => "variant",
            Type::Enum(_) => "enum",
            _ => "flags",
        };
        let body: String = lines.iter().map(|line| format!("  {line},\n")).collect();
        format!("{keyword} {name} {{\n{body}}}")
    }

    /// A type where it is used.
    pub(crate) fn ty(&mut self, id: TypeId) -> String {
        if self.is_wordy() && has_parts(self.plan().types.get(id)) { self.value_name(id) } else { self.inline(id) }
    }

    fn inline(&mut self, id: TypeId) -> String {
        let ty = self.plan().types.get(id).clone();
        match &ty {
            Type::Bool => "bool".to_owned(),
            Type::S8 => "s8".to_owned(),
            Type::U8 => "u8".to_owned(),
            Type::S16 => "s16".to_owned(),
            Type::U16 => "u16".to_owned(),
            Type::S32 => "s32".to_owned(),
            Type::U32 => "u32".to_owned(),
            Type::S64 => "s64".to_owned(),
            Type::U64 => "u64".to_owned(),
            Type::F32 => "f32".to_owned(),
            Type::F64 => "f64".to_owned(),
            Type::Char => "char".to_owned(),
            Type::String => "string".to_owned(),
            Type::ErrorContext => "error-context".to_owned(),
            Type::List(element) => format!("list<{}>", self.ty(*element)),
            Type::FixedList(element, length) => format!("list<{}, {length}>", self.ty(*element)),
            Type::Map(key, value) => format!("map<{}, {}>", self.ty(*key), self.ty(*value)),
            Type::Tuple(types) => {
                let types: Vec<String> = types.iter().map(|&ty| self.ty(ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            Type::Option(some) => format!("option<{}>", self.ty(*some)),
            Type::Result { ok, err } => match (ok.map(|ty| self.ty(ty)), err.map(|ty| self.ty(ty))) {
                (None, None) => "result".to_owned(),
                (Some(ok), None) => format!("result<{ok}>"),
                (None, Some(err)) => format!("result<_, {err}>"),
                (Some(ok), Some(err)) => format!("result<{ok}, {err}>"),
            },
            Type::Own(resource) => self.resource_name(*resource),
            Type::Borrow(resource) => format!("borrow<{}>", self.resource_name(*resource)),
            Type::Stream(element) => self.carried("stream", *element),
            Type::Future(element) => self.carried("future", *element),
            Type::Record(_) | Type::Variant(_) | Type::Enum(_) | Type::Flags(_) => self.value_name(id),
        }
    }

    fn carried(&mut self, word: &str, element: Option<TypeId>) -> String {
        match element {
            Some(element) => format!("{word}<{}>", self.ty(element)),
            None => word.to_owned(),
        }
    }
}

fn has_parts(ty: &Type) -> bool {
    matches!(
        ty,
        Type::List(_)
            | Type::FixedList(..)
            | Type::Map(..)
            | Type::Tuple(_)
            | Type::Option(_)
            | Type::Result { .. }
            | Type::Stream(_)
            | Type::Future(_)
    )
}
