//! The macro of `tambo-bindgen`: its options as Rust tokens, its result in place.

mod parse;

use proc_macro::TokenStream;
use quote::quote;

/// Generate bindings for a world of WIT.
///
/// For each interface that the world imports, there is a module with its types, a trait `Host` with a method for each
/// function, a trait `HostName` for each resource, and `add_to_linker`. For what the world exports there is a struct with
/// the world's name, which finds the functions in an instance and calls them.
///
/// ```
/// use tambo::component::{Instance, Limits, Linker};
/// use tambo::{Runtime, Trap};
///
/// tambo::component::bindgen! {
///     inline: "
///         package docs:hello@1.0.0;
///         interface greeter {
///             greet: func(name: string) -> string;
///         }
///         world polite {
///             import greeter;
///             export shout: func(name: string) -> string;
///         }
///     ",
/// }
///
/// struct Counter(u32);
///
/// impl docs::hello::greeter::Host for Counter {
///     fn greet(&mut self, name: &str) -> Result<String, Trap> {
///         self.0 += 1;
///         Ok(format!("Hello, {name}!"))
///     }
/// }
///
/// # fn main() {}
/// fn run(component: &[u8]) -> Result<String, Box<dyn std::error::Error>> {
///     let mut linker = Linker::<Counter>::new();
///     add_to_linker(&mut linker, |state| state);
///     let component = Runtime::new()?.load_component(component)?;
///     let mut instance = component.link(&linker)?.instantiate(Counter(0), &Limits::default())?;
///     let polite = Polite::new(&mut instance)?;
///     Ok(polite.shout(&mut instance, "world")?)
/// }
/// ```
///
/// # Options
///
/// | option | what |
/// |---|---|
/// | `path: "wit/world.wit"` | the package: a file or a folder, from the crate's `Cargo.toml` |
/// | `inline: "package …"` | the package as text instead |
/// | `deps: ["../wit/wasi-0.2"]` | folders of packages that it uses |
/// | `world: "name"` | which world, if there are several; `"a:b/name"` for one of another package |
/// | `features: ["name"]` | `@unstable` items that are wanted |
/// | `waiting: ["a:b/c/function"]` | functions that may have to wait: their methods return `Poll` |
/// | `filling: ["a:b/c/function"]` | functions that write a list of bytes into the guest's memory in place, in two steps |
/// | `with: { "a:b/c/type": path }` | a Rust type of the typed ABI for a type, any type for a resource; a module for an interface |
/// | `foreign: { "a:b/c/enum": path }` | a Rust enum or `bitflags` with the same cases, of any crate, which is wrapped |
/// | `errors: { "a:b/c/error": path }` | what the host's methods fail with instead: by `TryFrom`, whose error is `Trap` |
/// | `runtime: path` | where what the code names is; `::tambo::component::bindings` otherwise |
///
/// `docs/bindgen.md` says what is generated.
#[proc_macro]
pub fn bindgen(input: TokenStream) -> TokenStream {
    expand(input).unwrap_or_else(syn::Error::into_compile_error).into()
}

fn expand(input: TokenStream) -> Result<proc_macro2::TokenStream, syn::Error> {
    let parse::Input { options } = syn::parse(input)?;
    let failed = |error| syn::Error::new(proc_macro2::Span::call_site(), error);
    let bindings = tambo_bindgen::generate(&options).map_err(failed)?;
    let files = bindings.files.iter().map(|file| file.display().to_string());
    let tokens = bindings.tokens;
    Ok(quote! {
        #(const _: &str = include_str!(#files);)*
        #tokens
    })
}
