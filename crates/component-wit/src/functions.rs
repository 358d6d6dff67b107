//! Functions, and which of them are methods, constructors and static functions of a resource (Explainer.md, "Import and
//! Export Definitions": `[method]r.m` and its kin).

use tambo_component_plan::types::{FuncId, FuncType, Type};

use crate::scope::Scope;
use crate::words;

/// What a function's name says that it is.
enum Kind<'n> {
    Plain(&'n str),
    Constructor { resource: &'n str },
    Method { resource: &'n str, name: &'n str },
    Static { resource: &'n str, name: &'n str },
    Unknown,
}

fn kind(name: &str) -> Kind<'_> {
    let Some((what, rest)) = name.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return if words::is_label(name) { Kind::Plain(name) } else { Kind::Unknown };
    };
    match (what, rest.split_once('.')) {
        ("constructor", None) => Kind::Constructor { resource: rest },
        ("method", Some((resource, name))) => Kind::Method { resource, name },
        ("static", Some((resource, name))) => Kind::Static { resource, name },
        _ => Kind::Unknown,
    }
}

impl Scope<'_> {
    /// A function: in its resource's braces, or by itself behind `prefix`.
    pub(crate) fn function(&mut self, prefix: &str, name: &str, ty: FuncId) {
        let ty = self.plan().types.function(ty).clone();
        let (resource, line) = match kind(name) {
            Kind::Plain(label) => {
                let line = format!("{prefix}{}: {};", words::identifier(label), self.signature(&ty, 0, ""));
                return self.line(line);
            }
            Kind::Unknown => return self.comment(&format!("{prefix}{name}: a function")),
            Kind::Constructor { resource } => (resource, self.constructor(&ty)),
            Kind::Method { resource, name } => {
                (resource, format!("{}: {};", words::identifier(name), self.signature(&ty, 1, "")))
            }
            Kind::Static { resource, name } => {
                (resource, format!("{}: {};", words::identifier(name), self.signature(&ty, 0, "static ")))
            }
        };
        // The world's own exports have no resource of WIT to belong to.
        let placed = if prefix == "export " { Err(line) } else { self.place_in_resource(resource, line) };
        if placed.is_err() {
            self.comment(&format!("{prefix}{name}: a function of a resource that is elsewhere"));
        }
    }

    fn signature(&mut self, ty: &FuncType, skip: usize, modifier: &str) -> String {
        let asynchronous = if ty.is_async { "async " } else { "" };
        let params = self.params(ty, skip);
        let result = ty.result.map(|result| format!(" -> {}", self.ty(result))).unwrap_or_default();
        format!("{modifier}{asynchronous}func({params}){result}")
    }

    fn params(&mut self, ty: &FuncType, skip: usize) -> String {
        let params = ty.params.iter().skip(skip);
        let params = params.map(|param| format!("{}: {}", words::identifier(&param.name), self.ty(param.ty)));
        params.collect::<Vec<_>>().join(", ")
    }

    /// The result is the resource itself, which goes without saying, or a `result` of it.
    fn constructor(&mut self, ty: &FuncType) -> String {
        let params = self.params(ty, 0);
        match ty.result {
            Some(result) if !matches!(self.plan().types.get(result), Type::Own(_)) => {
                format!("constructor({params}) -> {};", self.ty(result))
            }
            _ => format!("constructor({params});"),
        }
    }
}
