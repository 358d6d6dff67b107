//! The tree of modules.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use crate::docs::lines;
use crate::names::snake;

/// A module: its own items, and the modules in it.
#[derive(Default)]
pub(crate) struct Module {
    docs: String,
    items: TokenStream,
    modules: BTreeMap<String, Module>,
}

impl Module {
    /// Put items into a module beneath this one.
    pub(crate) fn add(&mut self, path: &[String], docs: &str, items: TokenStream) {
        let Some((first, rest)) = path.split_first() else {
            self.items.extend(items);
            if !docs.is_empty() {
                docs.clone_into(&mut self.docs);
            }
            return;
        };
        self.modules.entry(first.clone()).or_default().add(rest, docs, items);
    }

    /// As code. `runtime` is how a module so deep names what generated code needs.
    pub(crate) fn print(&self, runtime: &dyn Fn(usize) -> TokenStream, depth: usize) -> TokenStream {
        let Self { items, modules, .. } = self;
        let modules = modules.iter().map(|(name, module)| {
            let docs = if module.docs.is_empty() { format!("`{name}`") } else { module.docs.clone() };
            let (docs, ident, content) = (lines(&docs), snake(name), module.print(runtime, depth + 1));
            quote!(#docs pub mod #ident { #content })
        });
        let needs_runtime = items.to_string().contains("rt ::");
        let import = needs_runtime.then(|| {
            let runtime = runtime(depth);
            quote!(use #runtime as rt;)
        });
        quote!(#import #items #(#modules)*)
    }
}
