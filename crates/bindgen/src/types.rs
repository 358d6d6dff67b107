//! Types of WIT as types of Rust.
//!
//! A value that leaves the guest for the time of a call borrows strings and lists of bytes; every other value is owned.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use wit_parser::{Handle, Type, TypeDefKind, TypeId};

use crate::Error;
use crate::scope::{Scope, Side};
use crate::type_names::Named;

/// How a type is written.
#[derive(Clone, Copy)]
pub(crate) enum Form<'t> {
    /// With values of its own.
    Owned,
    /// Borrowed for a lifetime, where there is something to borrow.
    Borrowed(&'t TokenStream),
    /// Borrowed, as in a signature.
    Elided,
    /// With values of its own, but lists of bytes that lie in the guest already.
    Filled,
}

impl Scope<'_> {
    /// A type, in a form.
    pub(crate) fn rust_type(&self, ty: &Type, form: Form<'_>) -> Result<TokenStream, Error> {
        Ok(match (ty, form) {
            (Type::Bool, _) => quote!(bool),
            (Type::U8, _) => quote!(u8),
            (Type::U16, _) => quote!(u16),
            (Type::U32, _) => quote!(u32),
            (Type::U64, _) => quote!(u64),
            (Type::S8, _) => quote!(i8),
            (Type::S16, _) => quote!(i16),
            (Type::S32, _) => quote!(i32),
            (Type::S64, _) => quote!(i64),
            (Type::F32, _) => quote!(f32),
            (Type::F64, _) => quote!(f64),
            (Type::Char, _) => quote!(char),
            (Type::String, Form::Owned | Form::Filled) => quote!(String),
            (Type::String, Form::Borrowed(lifetime)) => quote!(&#lifetime str),
            (Type::String, Form::Elided) => quote!(&str),
            (Type::ErrorContext, _) => return Err(Error::new("there are no bindings for error contexts")),
            (Type::Id(id), _) => self.defined(*id, form)?,
        })
    }

    /// The same for what may be nothing.
    pub(crate) fn optional_type(&self, ty: Option<&Type>, form: Form<'_>) -> Result<TokenStream, Error> {
        ty.map_or_else(|| Ok(quote!(())), |ty| self.rust_type(ty, form))
    }

    fn defined(&self, id: TypeId, form: Form<'_>) -> Result<TokenStream, Error> {
        let id = self.context.origin(id);
        let def = &self.resolve().types[id];
        Ok(match &def.kind {
            TypeDefKind::Record(_) | TypeDefKind::Variant(_) => match form {
                Form::Borrowed(lifetime) if self.borrows(&Type::Id(id))? => {
                    let (path, _) = self.type_path(id, Named::Borrowed)?;
                    quote!(#path<#lifetime>)
                }
                Form::Elided if self.borrows(&Type::Id(id))? => {
                    let (path, _) = self.type_path(id, Named::Borrowed)?;
                    quote!(#path<'_>)
                }
                _ => self.type_path(id, Named::Own)?.0,
            },
            TypeDefKind::Enum(_) | TypeDefKind::Flags(_) => self.type_path(id, Named::Own)?.0,
            TypeDefKind::Type(target) => match target {
                Type::String => self.rust_type(target, form)?,
                _ if def.name.is_some() => self.type_path(id, Named::Own)?.0,
                _ => self.rust_type(target, form)?,
            },
            TypeDefKind::Handle(handle) => self.handle(handle)?,
            TypeDefKind::Tuple(tuple) => {
                let parts = tuple.types.iter().map(|part| self.rust_type(part, form)).collect::<Result<Vec<_>, _>>()?;
                if parts.len() > 16 {
                    return Err(Error::new("there are no bindings for tuples of more than 16"));
                }
                quote!((#(#parts,)*))
            }
            TypeDefKind::Option(some) => {
                let some = self.rust_type(some, form)?;
                quote!(Option<#some>)
            }
            TypeDefKind::Result(result) => {
                let ok = self.optional_type(result.ok.as_ref(), form)?;
                let err = match form {
                    Form::Filled => Form::Owned,
                    form => form,
                };
                let err = self.optional_type(result.err.as_ref(), err)?;
                quote!(Result<#ok, #err>)
            }
            TypeDefKind::List(element) => match (element, form) {
                (Type::U8, Form::Borrowed(lifetime)) => quote!(&#lifetime [u8]),
                (Type::U8, Form::Elided) => quote!(&[u8]),
                (Type::U8, Form::Filled) => quote!(rt::Filled),
                (_, Form::Filled) => {
                    let element = self.rust_type(element, Form::Owned)?;
                    quote!(Vec<#element>)
                }
                _ => {
                    let element = self.rust_type(element, form)?;
                    quote!(Vec<#element>)
                }
            },
            TypeDefKind::FixedLengthList(element, length) => {
                let form = if let Form::Filled = form { Form::Owned } else { form };
                let element = self.rust_type(element, form)?;
                let length = Literal::u32_unsuffixed(*length);
                quote!([#element; #length])
            }
            TypeDefKind::Resource
            | TypeDefKind::Map(..)
            | TypeDefKind::Future(_)
            | TypeDefKind::Stream(_)
            | TypeDefKind::Unknown => {
                return Err(Error::new(format!("there are no bindings for values of type `{}`", def.kind.as_str())));
            }
        })
    }

    fn handle(&self, handle: &Handle) -> Result<TokenStream, Error> {
        let (id, own) = match handle {
            Handle::Own(id) => (id, true),
            Handle::Borrow(id) => (id, false),
        };
        let (path, side) = self.type_path(self.context.origin(*id), Named::Own)?;
        let kind = format_ident!(
            "{}",
            match (side, own) {
                (Side::Import, true) => "Own",
                (Side::Import, false) => "Borrow",
                (Side::Export, true) => "Held",
                (Side::Export, false) => "Lent",
            }
        );
        Ok(quote!(rt::#kind<#path>))
    }

    /// Whether values have strings or lists of bytes in them that can be borrowed.
    pub(crate) fn borrows(&self, ty: &Type) -> Result<bool, Error> {
        self.any(ty, &|ty, kind| matches!(ty, Type::String) || matches!(kind, Some(TypeDefKind::List(Type::U8))))
    }

    /// How many lists of bytes a result has that can be filled in place: it, its success, or parts of that.
    pub(crate) fn fillable(&self, ty: &Type) -> usize {
        let Type::Id(id) = ty else { return 0 };
        let def = &self.resolve().types[self.context.origin(*id)];
        match &def.kind {
            TypeDefKind::List(Type::U8) => 1,
            TypeDefKind::Tuple(tuple) => tuple.types.iter().map(|part| self.fillable(part)).sum(),
            TypeDefKind::Option(some) => self.fillable(some),
            TypeDefKind::Result(result) => result.ok.as_ref().map_or(0, |ok| self.fillable(ok)),
            _ => 0,
        }
    }

    /// Whether values have owned handles in them, which cannot be cloned.
    pub(crate) fn owns(&self, ty: &Type) -> Result<bool, Error> {
        self.any(ty, &|_, kind| matches!(kind, Some(TypeDefKind::Handle(Handle::Own(_)))))
    }

    /// Whether it holds for a type or a part of it; what the options replace has no parts.
    fn any(&self, ty: &Type, holds: &dyn Fn(&Type, Option<&TypeDefKind>) -> bool) -> Result<bool, Error> {
        let Type::Id(id) = ty else { return Ok(holds(ty, None)) };
        let id = self.context.origin(*id);
        let def = &self.resolve().types[id];
        if holds(ty, Some(&def.kind)) {
            return Ok(true);
        }
        if def.name.is_some() && self.replaced(id)? {
            return Ok(false);
        }
        for part in parts(&def.kind) {
            if self.any(part, holds)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn replaced(&self, id: TypeId) -> Result<bool, Error> {
        let side = match self.resolve().types[id].owner {
            wit_parser::TypeOwner::Interface(interface) => self.context.side_of(interface, self.side),
            _ => Side::Import,
        };
        Ok(self.with(id, side)?.is_some())
    }
}

/// The types that a type consists of.
pub(crate) fn parts(kind: &TypeDefKind) -> Vec<&Type> {
    match kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|field| &field.ty).collect(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty.as_ref()).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.iter().collect(),
        TypeDefKind::Result(result) => [&result.ok, &result.err].into_iter().flatten().collect(),
        TypeDefKind::Option(ty)
        | TypeDefKind::List(ty)
        | TypeDefKind::FixedLengthList(ty, _)
        | TypeDefKind::Type(ty) => {
            vec![ty]
        }
        TypeDefKind::Map(key, value) => vec![key, value],
        TypeDefKind::Future(ty) | TypeDefKind::Stream(ty) => ty.iter().collect(),
        TypeDefKind::Resource
        | TypeDefKind::Handle(_)
        | TypeDefKind::Flags(_)
        | TypeDefKind::Enum(_)
        | TypeDefKind::Unknown => Vec::new(),
    }
}
