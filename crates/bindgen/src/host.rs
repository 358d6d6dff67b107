//! What the host gives: for each interface a trait to implement, and a function that defines it in a linker.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use wit_parser::{Function, FunctionKind, Type, TypeDefKind, TypeId};

use crate::Error;
use crate::docs::{docs, lines};
use crate::filling::Begin;
use crate::names::{Unique, snake_text};
use crate::scope::Scope;
use crate::type_names::Named;
use crate::types::Form;

/// What a module gives, by the name of its instance; the world's root has none.
pub(crate) struct Given<'a> {
    pub(crate) scope: &'a Scope<'a>,
    /// For options.
    pub(crate) key: String,
    /// For the linker, with `#` behind it if there is one.
    pub(crate) path: String,
    pub(crate) functions: Vec<&'a Function>,
    pub(crate) resources: Vec<TypeId>,
}

/// A trait to implement.
struct HostTrait {
    name: Ident,
    docs: TokenStream,
    methods: TokenStream,
}

/// A function of the host.
pub(crate) struct HostFunction<'a> {
    pub(crate) given: &'a Given<'a>,
    pub(crate) function: &'a Function,
    waits: bool,
    /// In two steps: see [`filling`](crate::filling).
    fills: bool,
}

/// What a method returns: its value and its error.
pub(crate) struct Returns {
    pub(crate) value: TokenStream,
    pub(crate) error: TokenStream,
    pub(crate) failure: Failure,
}

/// The traits and `add_to_linker`, of which the trait `Host` or `name` has all functions.
pub(crate) fn host(given: &Given<'_>, name: &Ident, adder: &Ident) -> Result<Option<TokenStream>, Error> {
    if given.functions.is_empty() && given.resources.is_empty() {
        return Ok(None);
    }
    let (mut supers, mut definitions) = (Vec::new(), Vec::new());
    for resource in &given.resources {
        let (host, definition) = resource_trait(given, *resource)?;
        supers.push(host);
        definitions.push(definition);
    }
    let plain: Vec<_> = given.functions.iter().copied().filter(|function| function.kind.resource().is_none()).collect();
    let what = given.path.trim_end_matches('#');
    let what = if what.is_empty() { "the world's own functions".to_owned() } else { format!("`{what}`") };
    let mut all = HostTrait {
        name: name.clone(),
        docs: lines(&format!("The host's side of {what}.")),
        methods: TokenStream::new(),
    };
    definitions.push(functions(given, &plain, &mut all, &mut Unique::default())?);
    let bounds: Vec<_> = supers.iter().map(|host| &host.name).collect();
    let resources = supers.iter().map(|HostTrait { name, docs, methods }| quote!(#docs pub trait #name { #methods }));
    let HostTrait { docs, methods, .. } = &all;
    let bounds = (!bounds.is_empty()).then(|| quote!(: #(#bounds)+*));
    let adder_docs = lines(&format!("Give {what} to components: `get` finds the host in the state of an instance."));
    Ok(Some(quote! {
        #(#resources)*
        #docs
        pub trait #name #bounds { #methods }
        #adder_docs
        pub fn #adder<S, H, G>(linker: &mut rt::Linker<S>, get: G)
        where
            S: 'static,
            H: #name + 'static,
            G: Fn(&mut S) -> &mut H + Copy + Send + Sync + 'static,
        {
            #(#definitions)*
        }
    }))
}

fn resource_trait(given: &Given<'_>, id: TypeId) -> Result<(HostTrait, TokenStream), Error> {
    let label = given.scope.resolve().types[id].name.as_deref().unwrap_or_default();
    let ty = given.scope.type_path(id, Named::Own)?.0;
    let name = given.scope.type_name(id, Named::Host);
    let of_resource = |function: &&&Function| function.kind.resource() == Some(id);
    let methods: Vec<_> = given.functions.iter().filter(of_resource).copied().collect();
    let mut host = HostTrait {
        name: name.clone(),
        docs: lines(&format!("The host's side of the resource `{label}`.")),
        methods: TokenStream::new(),
    };
    let mut names = Unique::default();
    let mut definitions = functions(given, &methods, &mut host, &mut names)?;
    let (drop, param) = (names.name("drop"), Unique::default().name(&snake_text(label)));
    host.methods.extend(quote! {
        /// A guest dropped its owned handle.
        fn #drop(&mut self, #param: rt::Own<#ty>) -> Result<(), rt::Trap>;
    });
    let path = format!("{}{label}", given.path);
    definitions.extend(quote! {
        linker.resource_or_trap::<#ty, _>(#path, move |state, own| #name::#drop(get(state), own));
    });
    Ok((host, definitions))
}

fn functions(
    given: &Given<'_>,
    functions: &[&Function],
    host: &mut HostTrait,
    names: &mut Unique,
) -> Result<TokenStream, Error> {
    let mut definitions = TokenStream::new();
    for function in functions {
        let key = format!("{}/{}", given.key, function.name);
        let context = given.scope.context;
        let (waits, fills) = (context.waiting.get(&key).is_some(), context.filling.get(&key).is_some());
        let function = HostFunction { given, function, waits: waits || fills, fills };
        let name = names.name(&method_name(function.function));
        let (method, definition) =
            function.generate(&host.name, &name, names).map_err(|error| error.about(&function.function.name))?;
        host.methods.extend(method);
        definitions.extend(definition);
    }
    Ok(definitions)
}

/// A function's name within its resource.
pub(crate) fn method_name(function: &Function) -> String {
    match function.kind {
        FunctionKind::Constructor(_) => "new".to_owned(),
        _ => snake_text(function.item_name()),
    }
}

/// That there are more parameters than clippy likes is not the host's doing.
pub(crate) fn many_arguments(function: &Function) -> Option<TokenStream> {
    let lint = quote!(#[allow(clippy::too_many_arguments, reason = "WIT has so many")]);
    (function.params.len() > 5).then_some(lint)
}

/// What a function of the host fails with, besides traps.
pub(crate) enum Failure {
    /// As its result says, if it can fail.
    AsDeclared,
    /// With a type of the host's, which is wrapped.
    Wrapped(TokenStream),
    /// With a type of the host's, which is made into this one.
    Made(TokenStream),
}

impl Failure {
    /// The result of the linker's function, from a `value`.
    pub(crate) fn ready(&self) -> TokenStream {
        match self {
            Self::AsDeclared => quote!((value,)),
            Self::Wrapped(error) => quote!((value.map_err(#error),)),
            Self::Made(_) => quote!((Ok(value),)),
        }
    }

    /// The same from an `error`, if it is no trap.
    pub(crate) fn refused(&self) -> Option<TokenStream> {
        match self {
            Self::AsDeclared | Self::Wrapped(_) => None,
            Self::Made(error) => Some(quote!((Err(<#error as TryFrom<_>>::try_from(error)?),))),
        }
    }
}

impl HostFunction<'_> {
    fn generate(
        &self,
        host: &Ident,
        name: &Ident,
        names_of_host: &mut Unique,
    ) -> Result<(TokenStream, TokenStream), Error> {
        let (scope, function) = (self.given.scope, self.function);
        if function.kind.is_async() {
            return Err(Error::new("there are no bindings for async functions"));
        }
        if function.params.len() > 16 {
            return Err(Error::new("there are no bindings for functions of more than 16 parameters"));
        }
        let mut names = Unique::default();
        let (mut signature, mut types, mut args) = (Vec::new(), Vec::new(), Vec::new());
        for (index, param) in function.params.iter().enumerate() {
            let name = names.name(&self.param_name(&param.name));
            let ty = scope.rust_type(&param.ty, Form::Elided)?;
            signature.push(quote!(#name: #ty));
            types.push(scope.rust_type(&param.ty, Form::Borrowed(&quote!('static)))?);
            let index = proc_macro2::Literal::usize_unsuffixed(index);
            args.push(quote!(args.#index));
        }
        let form = if self.fills { Form::Filled } else { Form::Owned };
        let result = function.result.as_ref().map(|ty| scope.rust_type(ty, form)).transpose()?;
        let result = result.map(|result| quote!(#result,));
        let docs = docs(&function.docs, &format!("`{}`", function.name));
        let lints = many_arguments(function);
        let returns = self.returns(form)?;
        let path = format!("{}{}", self.given.path, function.name);
        let args_pattern = if args.is_empty() { quote!(()) } else { quote!(args) };
        let call = quote!(#host::#name(get(state), #(#args),*));
        let types = quote!((#(#types,)*), (#result));
        let Returns { value, error, failure } = &returns;
        if self.fills {
            let begin = Begin { host, name, path: &path, types: &types, args: &args_pattern, call: &call };
            let (job, items, definition) = self.filling(&begin, &returns, names_of_host)?;
            let returned = quote!(rt::Poll<Result<rt::Answer<#value, Self::#job>, #error>>);
            let method = quote!(#docs #lints fn #name(&mut self, #(#signature),*) -> #returned; #items);
            return Ok((method, definition));
        }
        let returned = quote!(Result<#value, #error>);
        let returned = if self.waits { quote!(rt::Poll<#returned>) } else { returned };
        let method = quote!(#docs #lints fn #name(&mut self, #(#signature),*) -> #returned;);
        let define = format_ident!("{}", if self.waits { "func_waiting" } else { "func" });
        let body = self.body(&call, failure);
        let definition = quote! {
            linker.#define::<#types, _>(#path, move |state, #args_pattern| #body);
        };
        Ok((method, definition))
    }

    /// A method's own resource is not called `self`.
    fn param_name(&self, name: &str) -> String {
        match self.function.kind.resource() {
            Some(resource) if name == "self" => {
                snake_text(self.given.scope.resolve().types[resource].name.as_deref().unwrap_or_default())
            }
            _ => snake_text(name),
        }
    }

    /// What the method returns, with its values in a form, and how it fails.
    fn returns(&self, form: Form<'_>) -> Result<Returns, Error> {
        let scope = self.given.scope;
        let trap = quote!(rt::Trap);
        let Some(ty) = &self.function.result else {
            return Ok(Returns { value: quote!(()), error: trap, failure: Failure::AsDeclared });
        };
        if let Some((ok, err)) = self.fallible(ty) {
            let def = &scope.resolve().types[err];
            let side = scope.side;
            let key = scope.context.type_key(def, side);
            let depth = scope.module.len();
            let (path, ok) = (scope.type_path(err, Named::Own)?.0, scope.optional_type(ok, form)?);
            if let Some(error) = scope.context.errors.path(&key, depth)? {
                return Ok(Returns { value: ok, error, failure: Failure::Made(path) });
            }
            if let Some(foreign) = scope.context.foreign.path(&key, depth)? {
                let failure = Failure::Wrapped(path);
                return Ok(Returns { value: quote!(Result<#ok, #foreign>), error: trap, failure });
            }
        }
        Ok(Returns { value: scope.rust_type(ty, form)?, error: trap, failure: Failure::AsDeclared })
    }

    /// The parts of a result whose error has a name.
    fn fallible<'t>(&'t self, ty: &'t Type) -> Option<(Option<&'t Type>, TypeId)> {
        let scope = self.given.scope;
        let Type::Id(id) = ty else { return None };
        let TypeDefKind::Result(result) = &scope.resolve().types[scope.context.origin(*id)].kind else { return None };
        let Some(Type::Id(err)) = result.err else { return None };
        let err = scope.context.origin(err);
        scope.resolve().types[err].name.is_some().then_some((result.ok.as_ref(), err))
    }

    /// What is done in the linker's function.
    pub(crate) fn body(&self, call: &TokenStream, failure: &Failure) -> TokenStream {
        let unit = self.function.result.is_none();
        if !self.waits {
            return match failure {
                Failure::AsDeclared if unit => call.clone(),
                Failure::AsDeclared => quote!(Ok((#call?,))),
                Failure::Wrapped(error) => quote!(Ok((#call?.map_err(#error),))),
                Failure::Made(error) => quote! {
                    match #call {
                        Ok(value) => Ok((Ok(value),)),
                        Err(error) => Ok((Err(<#error as TryFrom<_>>::try_from(error)?),)),
                    }
                },
            };
        }
        let ready = if unit { quote!(()) } else { failure.ready() };
        let failed = match failure.refused() {
            Some(refused) => quote!(Ok(rt::Poll::Ready(#refused))),
            None => quote!(Err(error)),
        };
        let value = if unit { quote!(()) } else { quote!(value) };
        quote! {
            match #call {
                rt::Poll::Pending => Ok(rt::Poll::Pending),
                rt::Poll::Ready(Ok(#value)) => Ok(rt::Poll::Ready(#ready)),
                rt::Poll::Ready(Err(error)) => #failed,
            }
        }
    }
}
