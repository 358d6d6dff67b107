//! What a component gives: for each interface that it exports a client, which has a method for each function.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use wit_parser::{Function, Handle, Type, TypeDefKind, TypeId};

use crate::Error;
use crate::docs::{docs, lines};
use crate::host::{many_arguments, method_name};
use crate::names::{Unique, snake_text};
use crate::scope::{Scope, Side};
use crate::type_names::Named;
use crate::types::Form;

/// A client: its fields, what they are made with, and its methods.
#[derive(Default)]
pub(crate) struct Client {
    pub(crate) fields: TokenStream,
    pub(crate) values: TokenStream,
    pub(crate) methods: TokenStream,
    names: Unique,
}

/// A parameter of a method, and what the function is called with.
struct Param {
    given: TokenStream,
    ty: TokenStream,
    passed: TokenStream,
}

impl Client {
    /// One whose methods are not called so.
    pub(crate) fn without(names: &[&str]) -> Self {
        let mut client = Self::default();
        for name in names {
            client.names.name(name);
        }
        client
    }

    /// With a method that calls this function, which is found under the path of its instance.
    pub(crate) fn add(&mut self, scope: &Scope<'_>, path: &str, function: &Function) -> Result<(), Error> {
        self.function(scope, path, function).map_err(|error| error.about(&function.name))
    }

    fn function(&mut self, scope: &Scope<'_>, path: &str, function: &Function) -> Result<(), Error> {
        if function.kind.is_async() {
            return Err(Error::new("there are no bindings for async functions"));
        }
        if function.params.len() > 16 {
            return Err(Error::new("there are no bindings for functions of more than 16 parameters"));
        }
        let name = self.name(scope, function);
        let mut names = Unique::default();
        names.name("instance");
        let mut params = Vec::new();
        for param in &function.params {
            let resource = function.kind.resource().filter(|_| param.name == "self");
            let resource = resource.and_then(|resource| scope.resolve().types[resource].name.as_deref());
            let name = names.name(&snake_text(resource.unwrap_or(&param.name)));
            params.push(argument(scope, &name, &param.ty)?);
        }
        let result = function.result.as_ref().map(|ty| scope.rust_type(ty, Form::Owned)).transpose()?;
        let docs = docs(&function.docs, &format!("`{}`", function.name));
        let full = format!("{path}{}", function.name);
        let (types, given) = (params.iter().map(|param| &param.ty), params.iter().map(|param| &param.given));
        let passed = params.iter().map(|param| &param.passed);
        let lints = many_arguments(function);
        let tuple = result.as_ref().map(|result| quote!(#result,));
        let parks = self.names.name(&format!("{}_async", name.to_string().trim_start_matches("r#")));
        let parks_docs = lines(&format!("As `{name}`; the future is pending while the guest waits."));
        self.fields.extend(quote!(#name: rt::TypedFunc<(#(#types,)*), (#tuple)>,));
        self.values.extend(quote!(#name: instance.func(#full)?,));
        let returns = result.clone().unwrap_or_else(|| quote!(()));
        let args = quote!((instance, (#(#passed,)*)));
        let unpack = result.is_some().then(|| quote!(.map(|(result,)| result)));
        let given = quote!(instance: &mut rt::Instance<S> #(, #given)*);
        self.methods.extend(quote! {
            #docs
            #lints
            pub fn #name<S: 'static>(&self, #given) -> Result<#returns, rt::CallError> {
                self.#name.call #args #unpack
            }

            #parks_docs
            #lints
            pub async fn #parks<S: 'static>(&self, #given) -> Result<#returns, rt::CallError> {
                self.#name.call_async #args.await #unpack
            }
        });
        Ok(())
    }

    fn name(&mut self, scope: &Scope<'_>, function: &Function) -> Ident {
        let name = method_name(function);
        match function.kind.resource().and_then(|resource| scope.resolve().types[resource].name.as_deref()) {
            Some(resource) => self.names.name(&format!("{}_{name}", snake_text(resource))),
            None => self.names.name(&name),
        }
    }

    /// With a method that drops resources of this type.
    pub(crate) fn add_drop(&mut self, scope: &Scope<'_>, resource: TypeId) -> Result<(), Error> {
        let label = scope.resolve().types[resource].name.as_deref().unwrap_or_default();
        let ty = scope.type_path(resource, Named::Own)?.0;
        let (name, param) = (self.names.name(&format!("{}_drop", snake_text(label))), format_ident!("resource"));
        let parks = self.names.name(&format!("{name}_async"));
        let parks_docs = lines(&format!("As `{name}`; the future is pending while the destructor waits."));
        let docs = lines(&format!("Drop a `{label}`: runs its destructor."));
        self.methods.extend(quote! {
            #docs
            pub fn #name<S: 'static>(
                &self,
                instance: &mut rt::Instance<S>,
                #param: rt::Held<#ty>,
            ) -> Result<(), rt::CallError> {
                instance.drop_resource(#param.into_resource())
            }

            #parks_docs
            pub async fn #parks<S: 'static>(
                &self,
                instance: &mut rt::Instance<S>,
                #param: rt::Held<#ty>,
            ) -> Result<(), rt::CallError> {
                instance.drop_resource_async(#param.into_resource()).await
            }
        });
        Ok(())
    }
}

fn argument(scope: &Scope<'_>, name: &Ident, ty: &Type) -> Result<Param, Error> {
    let owned = scope.rust_type(ty, Form::Owned)?;
    let kind = match ty {
        Type::Id(id) => Some(&scope.resolve().types[scope.context.origin(*id)].kind),
        _ => None,
    };
    let (given, passed) = match (ty, kind) {
        (Type::String, _) | (_, Some(TypeDefKind::Type(Type::String))) => (quote!(&str), quote!(#name.to_owned())),
        (_, Some(TypeDefKind::List(Type::U8))) => (quote!(&[u8]), quote!(#name.to_vec())),
        (_, Some(TypeDefKind::Handle(Handle::Borrow(resource)))) => {
            let (path, side) = scope.type_path(scope.context.origin(*resource), Named::Own)?;
            match side {
                Side::Export => (quote!(&rt::Held<#path>), quote!(#name.lend())),
                Side::Import => (owned.clone(), quote!(#name)),
            }
        }
        _ => (owned.clone(), quote!(#name)),
    };
    Ok(Param { given: quote!(#name: #given), ty: owned, passed })
}
