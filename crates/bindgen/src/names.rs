//! Names of WIT as names of Rust.

use proc_macro2::Ident;
use quote::format_ident;

/// Keywords that cannot be raw identifiers.
const NEVER: &[&str] = &["self", "super", "crate", "Self", "_"];
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// What generated code means when it says so.
const TAKEN: &[&str] = &[
    "Box",
    "Client",
    "Clone",
    "Copy",
    "Debug",
    "Err",
    "Fn",
    "From",
    "G",
    "H",
    "Host",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Result",
    "S",
    "Send",
    "Some",
    "String",
    "Sync",
    "TryFrom",
    "Vec",
];

fn identifier(name: &str) -> Ident {
    if NEVER.contains(&name) {
        format_ident!("{name}_")
    } else if KEYWORDS.contains(&name) {
        format_ident!("r#{name}")
    } else {
        format_ident!("{name}")
    }
}

/// `get-value` as `get_value`.
pub(crate) fn snake(name: &str) -> Ident {
    identifier(&snake_text(name))
}

/// The same, before keywords are avoided.
pub(crate) fn snake_text(name: &str) -> String {
    name.replace(['-', '.', '+'], "_").to_ascii_lowercase()
}

/// `get-value` as `GET_VALUE`.
pub(crate) fn constant(name: &str) -> Ident {
    identifier(&name.replace('-', "_").to_ascii_uppercase())
}

/// `get-value` as `GetValue`: a case of an enum, or a part of another name.
pub(crate) fn camel(name: &str) -> Ident {
    identifier(&camel_text(name))
}

fn camel_text(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(word).collect()
}

/// The name of a type, if nothing else has it.
pub(crate) fn type_text(name: &str) -> String {
    let name = camel(name).to_string();
    if TAKEN.contains(&name.as_str()) { name + "_" } else { name }
}

/// The name of a world's client, if nothing else has it. No host and no other client is beside it.
pub(crate) fn world_text(name: &str) -> String {
    let text = camel(name).to_string();
    if matches!(&*text, "Client" | "Host") { text } else { type_text(name) }
}

/// Names that are all different.
#[derive(Default)]
pub(crate) struct Unique(Vec<String>);

impl Unique {
    /// This one, or, if it is taken, with `_` behind it.
    pub(crate) fn name(&mut self, wanted: &str) -> Ident {
        let mut name = wanted.to_owned();
        while self.0.contains(&name) {
            name.push('_');
        }
        self.0.push(name.clone());
        identifier(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_rust_has_another_use_for() {
        let names = [snake("type"), snake("self"), snake("get-JSON"), camel("self"), constant("by-name")];
        assert_eq!(names.map(|name| name.to_string()), ["r#type", "self_", "get_json", "Self_", "BY_NAME"]);
        assert_eq!([type_text("result"), type_text("host-name"), type_text("self")], ["Result_", "HostName", "Self_"]);
        assert_eq!([world_text("host"), world_text("option")], ["Host", "Option_"]);
    }
}
