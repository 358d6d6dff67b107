//! Documentation of WIT as documentation of Rust.

use proc_macro2::TokenStream;
use quote::quote;
use wit_parser::Docs;

/// The item's own, or else what it is.
pub(crate) fn docs(docs: &Docs, otherwise: &str) -> TokenStream {
    match &docs.contents {
        Some(contents) if !contents.trim().is_empty() => lines(contents),
        _ => lines(otherwise),
    }
}

/// A text as documentation. What would be code to rustdoc, and hence a test, is text.
pub(crate) fn lines(text: &str) -> TokenStream {
    let mut fenced = false;
    let lines = text.trim().lines().map(|line| {
        let start = line.trim_start();
        let mut line = if !fenced && line.len() - start.len() >= 4 { start.to_owned() } else { line.to_owned() };
        if start.starts_with("```") {
            if !fenced && start.trim_end() == "```" {
                line.push_str("text");
            }
            fenced = !fenced;
        }
        if line.is_empty() { line } else { format!(" {line}") }
    });
    let lines: Vec<String> = lines.collect();
    quote!(#(#[doc = #lines])*)
}
