//! The options of the macro: `name: value`, separated by commas.

use std::path::{Path, PathBuf};

use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token, Type, braced, bracketed};
use tambo_bindgen::{Options, Source};

/// What is between the macro's braces.
pub(crate) struct Input {
    pub(crate) options: Options,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Options::new(Source::Inline(String::new()));
        let mut has_source = false;
        while !input.is_empty() {
            let name: Ident = input.parse()?;
            input.parse::<Token![:]>()?;
            match name.to_string().as_str() {
                source @ ("path" | "inline") if !has_source => {
                    has_source = true;
                    let value = input.parse::<LitStr>()?.value();
                    options.source = match source {
                        "path" => Source::Path(in_crate(&value)),
                        _ => Source::Inline(value),
                    };
                }
                "path" | "inline" => return Err(syn::Error::new(name.span(), "there is a `path` or `inline` already")),
                "deps" => options.deps = strings(input)?.iter().map(|path| in_crate(path)).collect(),
                "world" => options.world = Some(input.parse::<LitStr>()?.value()),
                "features" => options.features = strings(input)?,
                "waiting" => options.waiting = strings(input)?,
                "filling" => options.filling = strings(input)?,
                "with" => options.with = map(input)?,
                "foreign" => options.foreign = map(input)?,
                "errors" => options.errors = map(input)?,
                "runtime" => options.runtime = input.parse::<Type>()?.into_token_stream().to_string(),
                _ => return Err(syn::Error::new(name.span(), format!("there is no option `{name}`"))),
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if !has_source {
            return Err(input.error("`path` or `inline` is missing"));
        }
        Ok(Self { options })
    }
}

/// A path from the crate that the macro is used in.
fn in_crate(path: &str) -> PathBuf {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    Path::new(&root).join(path)
}

fn strings(input: ParseStream<'_>) -> syn::Result<Vec<String>> {
    let content;
    bracketed!(content in input);
    let list = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
    Ok(list.iter().map(LitStr::value).collect())
}

fn map(input: ParseStream<'_>) -> syn::Result<Vec<(String, String)>> {
    let content;
    braced!(content in input);
    let mut map = Vec::new();
    while !content.is_empty() {
        let key: LitStr = content.parse()?;
        content.parse::<Token![:]>()?;
        // Spaces between tokens do not matter to who parses it again, but `self::` at the start does.
        let path = content.parse::<Type>()?.into_token_stream().to_string().replace(' ', "");
        map.push((key.value(), path));
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(map)
}
