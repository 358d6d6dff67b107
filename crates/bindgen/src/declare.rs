//! Declarations of types: records, variants, enums, flags, resources and names for others.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use wit_parser::{Enum, Flags, Record, Type, TypeDef, TypeDefKind, TypeId, TypeOwner, Variant};

use crate::docs::{docs, lines};
use crate::names::{camel, constant, snake};
use crate::scope::{Scope, Side};
use crate::type_names::Named;
use crate::types::Form;
use crate::{Error, used::Used};

/// What a declaration consists of.
struct Declaration<'a> {
    scope: &'a Scope<'a>,
    id: TypeId,
    def: &'a TypeDef,
    label: &'a str,
}

/// The declaration of a type, in the module of its owner.
pub(crate) fn declare(scope: &Scope<'_>, used: &Used, id: TypeId) -> Result<TokenStream, Error> {
    let def = &scope.resolve().types[id];
    let Some(label) = def.name.as_deref() else { return Ok(TokenStream::new()) };
    if let Some(path) = scope.with(id, scope.side)? {
        return Ok(renamed(&path, &scope.type_name(id, Named::Own), &lines(&format!("`{label}`, which is given."))));
    }
    let declaration = Declaration { scope, id, def, label };
    let declared = match &def.kind {
        TypeDefKind::Record(record) => declaration.with_borrowed(used, |form| declaration.record(record, form)),
        TypeDefKind::Variant(variant) => declaration.with_borrowed(used, |form| declaration.variant(variant, form)),
        TypeDefKind::Enum(all) => declaration.enumeration(all),
        TypeDefKind::Flags(all) => declaration.flags(all),
        TypeDefKind::Resource => {
            let (name, docs) = (declaration.name(Named::Own), docs(&def.docs, &format!("The resource `{label}`.")));
            Ok(quote!(#docs #[derive(Debug)] pub enum #name {}))
        }
        TypeDefKind::Type(target) => declaration.alias(used, target),
        _ => declaration.alias_of(&declaration.structure()?),
    };
    declared.map_err(|error| error.about(format!("type `{label}`")))
}

fn renamed(path: &TokenStream, name: &Ident, docs: &TokenStream) -> TokenStream {
    quote!(#docs pub type #name = #path;)
}

impl Declaration<'_> {
    fn name(&self, named: Named) -> Ident {
        self.scope.type_name(self.id, named)
    }

    fn with_borrowed(
        &self,
        used: &Used,
        declare: impl Fn(Form<'_>) -> Result<TokenStream, Error>,
    ) -> Result<TokenStream, Error> {
        let owned = declare(Form::Owned)?;
        if !used.borrowed.contains(&self.id) {
            return Ok(owned);
        }
        let borrowed = declare(Form::Borrowed(&quote!('a)))?;
        Ok(quote!(#owned #borrowed))
    }

    fn docs(&self, kind: &str, form: Form<'_>) -> TokenStream {
        let borrowed = (!matches!(form, Form::Owned)).then(|| {
            let text = format!("[`{}`], borrowed from a guest.", self.name(Named::Own));
            lines(&text)
        });
        borrowed.unwrap_or_else(|| docs(&self.def.docs, &format!("The {kind} `{}`.", self.label)))
    }

    /// The name with its lifetime, and what to derive.
    fn head(&self, form: Form<'_>) -> Result<(TokenStream, TokenStream), Error> {
        let name = self.name(Named::Own);
        let clone = (!self.scope.owns(&Type::Id(self.id))?).then(|| quote!(Clone,));
        let name = match form {
            Form::Owned | Form::Elided | Form::Filled => quote!(#name),
            Form::Borrowed(lifetime) => {
                let name = self.name(Named::Borrowed);
                quote!(#name<#lifetime>)
            }
        };
        Ok((name, quote!(#[derive(#clone Debug, PartialEq)])))
    }

    fn record(&self, record: &Record, form: Form<'_>) -> Result<TokenStream, Error> {
        let (head, derive) = self.head(form)?;
        let docs_ = self.docs("record", form);
        let (mut fields, mut plain) = (Vec::new(), Vec::new());
        for field in &record.fields {
            let (name, ty) = (snake(&field.name), self.scope.rust_type(&field.ty, form)?);
            let docs = docs(&field.docs, &format!("`{}`", field.name));
            fields.push(quote!(#docs pub #name: #ty));
            plain.push(quote!(#name: #ty));
        }
        Ok(quote! {
            #docs_
            #derive
            pub struct #head { #(#fields),* }
            rt::record_impl!(#head { #(#plain),* });
        })
    }

    fn variant(&self, variant: &Variant, form: Form<'_>) -> Result<TokenStream, Error> {
        let (head, derive) = self.head(form)?;
        let docs_ = self.docs("variant", form);
        let (mut cases, mut plain) = (Vec::new(), Vec::new());
        for case in &variant.cases {
            let name = camel(&case.name);
            let docs = docs(&case.docs, &format!("`{}`", case.name));
            let payload = case.ty.as_ref().map(|ty| self.scope.rust_type(ty, form)).transpose()?;
            let payload = payload.map(|payload| quote!((#payload)));
            cases.push(quote!(#docs #name #payload));
            plain.push(quote!(#name #payload));
        }
        Ok(quote! {
            #docs_
            #derive
            pub enum #head { #(#cases),* }
            rt::variant_impl!(#head { #(#plain),* });
        })
    }

    /// The Rust type that is wrapped.
    fn foreign(&self) -> Result<Option<TokenStream>, Error> {
        let key = self.scope.context.type_key(self.def, self.scope.side);
        self.scope.context.foreign.path(&key, self.scope.module.len())
    }

    fn wrapper(&self, kind: &str, foreign: &TokenStream) -> TokenStream {
        let name = self.name(Named::Own);
        let docs = self.docs(kind, Form::Owned);
        quote! {
            #docs
            #[derive(Clone, Copy, Debug, PartialEq)]
            pub struct #name(
                /// What it is to the host.
                pub #foreign
            );
            impl From<#foreign> for #name {
                fn from(value: #foreign) -> Self {
                    Self(value)
                }
            }
        }
    }

    fn enumeration(&self, all: &Enum) -> Result<TokenStream, Error> {
        let name = self.name(Named::Own);
        let names: Vec<_> = all.cases.iter().map(|case| camel(&case.name)).collect();
        if let Some(foreign) = self.foreign()? {
            let wrapper = self.wrapper("enum", &foreign);
            return Ok(quote!(#wrapper rt::enumeration_impl!(#name(#foreign) { #(#names),* });));
        }
        let docs_ = self.docs("enum", Form::Owned);
        let cases = all.cases.iter().zip(&names).map(|(case, name)| {
            let docs = docs(&case.docs, &format!("`{}`", case.name));
            quote!(#docs #name)
        });
        Ok(quote! {
            #docs_
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub enum #name { #(#cases),* }
            rt::enumeration_impl!(#name { #(#names),* });
        })
    }

    fn flags(&self, all: &Flags) -> Result<TokenStream, Error> {
        if all.flags.len() > 32 {
            return Err(Error::new("there are no bindings for more than 32 flags"));
        }
        let name = self.name(Named::Own);
        let names = all.flags.iter().map(|flag| constant(&flag.name));
        if let Some(foreign) = self.foreign()? {
            let wrapper = self.wrapper("flags", &foreign);
            return Ok(quote!(#wrapper rt::flags_impl!(#name(#foreign) { #(#names),* });));
        }
        let docs_ = self.docs("flags", Form::Owned);
        let flags = all.flags.iter().zip(names).map(|(flag, name)| {
            let docs = docs(&flag.docs, &format!("`{}`", flag.name));
            quote!(#docs #name)
        });
        Ok(quote! {
            #docs_
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            pub struct #name(u32);
            rt::flags_impl!(#name { #(#flags),* });
        })
    }

    /// Another name for a type: of this interface, or of one that it uses.
    fn alias(&self, used: &Used, target: &Type) -> Result<TokenStream, Error> {
        let Type::Id(target) = target else { return self.alias_of(&self.scope.rust_type(target, Form::Owned)?) };
        let origin = self.scope.context.origin(*target);
        let def = &self.scope.resolve().types[origin];
        if def.name.is_none() || def.owner == TypeOwner::None {
            return self.alias_of(&self.scope.rust_type(&Type::Id(origin), Form::Owned)?);
        }
        let owner = Scope { interface: None, ..self.scope.clone() };
        let (path, side) = owner.type_path(origin, Named::Own)?;
        if self.scope.with(origin, side)?.is_some() {
            return self.alias_of(&path);
        }
        let mut aliases = self.reexport(&owner, origin, Named::Own)?;
        if used.borrowed.contains(&origin) && self.scope.side == Side::Import {
            aliases.extend(self.reexport(&owner, origin, Named::Borrowed)?);
        }
        Ok(aliases)
    }

    /// A tuple struct's name is its constructor's too, so a type alias is not enough.
    fn reexport(&self, owner: &Scope<'_>, origin: TypeId, named: Named) -> Result<TokenStream, Error> {
        let (path, _) = owner.type_path(origin, named)?;
        let name = self.name(named);
        let is_local = path.clone().into_iter().count() == 1;
        let path = if is_local { quote!(self::#path) } else { path };
        let same = path.clone().into_iter().last().is_some_and(|last| name == last.to_string());
        Ok(if same { quote!(pub use #path;) } else { quote!(pub use #path as #name;) })
    }

    /// What a name for a list, an option and the like stands for.
    fn structure(&self) -> Result<TokenStream, Error> {
        self.scope.rust_type(&Type::Id(self.id), Form::Owned)
    }

    fn alias_of(&self, target: &TokenStream) -> Result<TokenStream, Error> {
        let docs = docs(&self.def.docs, &format!("The type `{}`.", self.label));
        Ok(renamed(target, &self.name(Named::Own), &docs))
    }
}
