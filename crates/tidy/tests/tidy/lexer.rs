//! Facts about tokens: paths, functions and attributes, without parsing Rust in full.
//!
//! Strings and comments are no tokens, so that a rule can name what it forbids.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path such as `std::fs::File`, with the groups of a `use` spelled out: `use std::{fs, io}` gives `std::fs` and
/// `std::io`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PathUse {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// Every path, including single names.
pub(crate) fn paths(tokens: &TokenStream) -> Vec<PathUse> {
    let mut found = Vec::new();
    collect_paths(tokens.clone(), &[], &mut found);
    found
}

fn collect_paths(tokens: TokenStream, prefix: &[String], found: &mut Vec<PathUse>) {
    let mut path: Vec<String> = Vec::new();
    let mut line = 0;
    let mut joined = false;
    let mut colons = 0;
    let mut finish = |path: &mut Vec<String>, line: usize| {
        if !path.is_empty() {
            let segments = prefix.iter().cloned().chain(path.drain(..)).collect();
            found.push(PathUse { segments, line });
        }
    };
    let mut nested = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                if !joined {
                    finish(&mut path, line);
                }
                line = name.span().start().line;
                path.push(name.to_string());
                (joined, colons) = (false, 0);
            }
            TokenTree::Punct(punct) if punct.as_char() == ':' => {
                colons += 1;
                joined = colons == 2;
            }
            TokenTree::Group(group) => {
                let is_use_group = joined && group.delimiter() == Delimiter::Brace;
                let inner = if is_use_group { [prefix, &path[..]].concat() } else { Vec::new() };
                nested.push((group.stream(), inner));
                if is_use_group {
                    path.clear();
                }
                finish(&mut path, line);
                (joined, colons) = (false, 0);
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {
                finish(&mut path, line);
                (joined, colons) = (false, 0);
            }
        }
    }
    finish(&mut path, line);
    for (stream, prefix) in nested {
        collect_paths(stream, &prefix, found);
    }
}

/// Every function that has a body, nested ones and those in macros too.
pub(crate) fn functions(tokens: &TokenStream) -> Vec<Function> {
    let mut found = Vec::new();
    walk(tokens, &mut |window| {
        let [TokenTree::Ident(keyword), TokenTree::Ident(name), rest @ ..] = window else { return };
        if keyword != "fn" {
            return;
        }
        for token in rest {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ';' => return,
                TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
                    let line = keyword.span().start().line;
                    let lines = body.span_close().end().line + 1 - line;
                    found.push(Function { name: name.to_string(), line, lines });
                    return;
                }
                _ => {}
            }
        }
    });
    found
}

/// Every macro call `name!`: name and line.
pub(crate) fn macros(tokens: &TokenStream) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    walk(tokens, &mut |window| {
        if let [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(_), ..] = window
            && bang.as_char() == '!'
        {
            found.push((name.to_string(), name.span().start().line));
        }
    });
    found
}

/// Every attribute: what is between its brackets, and the line.
pub(crate) fn attributes(tokens: &TokenStream) -> Vec<(TokenStream, usize)> {
    let mut found = Vec::new();
    walk(tokens, &mut |window| {
        let is = |token: &TokenTree, char| matches!(token, TokenTree::Punct(punct) if punct.as_char() == char);
        let group = match window {
            [hash, TokenTree::Group(group), ..] if is(hash, '#') => group,
            [hash, bang, TokenTree::Group(group), ..] if is(hash, '#') && is(bang, '!') => group,
            _ => return,
        };
        if group.delimiter() == Delimiter::Bracket {
            found.push((group.stream(), group.span_open().start().line));
        }
    });
    found
}

/// Lines where `unsafe` opens something other than a function declaration.
pub(crate) fn unsafe_lines(tokens: &TokenStream) -> Vec<usize> {
    let mut found = Vec::new();
    walk(tokens, &mut |window| {
        if let [TokenTree::Ident(keyword), next, ..] = window
            && keyword == "unsafe"
            && !matches!(next, TokenTree::Ident(next) if next == "fn")
            && !matches!(next, TokenTree::Punct(_))
        {
            found.push(keyword.span().start().line);
        }
    });
    found
}

/// The tokens without items under `#[cfg(test)]`.
pub(crate) fn without_tests(tokens: &TokenStream) -> TokenStream {
    let mut kept = Vec::new();
    let mut skipping = false;
    for token in tokens.clone() {
        if skipping {
            let ends = match &token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() == ';',
                _ => false,
            };
            skipping = !ends;
            continue;
        }
        let TokenTree::Group(group) = &token else {
            kept.push(token);
            continue;
        };
        if group.delimiter() == Delimiter::Bracket && group.stream().to_string() == "cfg (test)" {
            skipping = true;
        } else {
            let mut inner = Group::new(group.delimiter(), without_tests(&group.stream()));
            inner.set_span(group.span());
            kept.push(TokenTree::Group(inner));
        }
    }
    kept.into_iter().collect()
}

/// Calls `see` with what begins at each token, at every depth.
fn walk(tokens: &TokenStream, see: &mut impl FnMut(&[TokenTree])) {
    let list: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for start in 0..list.len() {
        see(&list[start..]);
        if let TokenTree::Group(group) = &list[start] {
            walk(&group.stream(), see);
        }
    }
}

mod tests {
    //! A rule that sees nothing would pass for ever: these show that it sees.

    use super::*;

    fn tokens(text: &str) -> TokenStream {
        text.parse().unwrap()
    }

    #[test]
    fn paths_are_seen_through_groups_and_macros() {
        let text = "use std::{fs::{self, File}, io};\nfn f() { vec![::std::net::lookup()]; a.b::<C>() }";
        let found: Vec<String> = paths(&tokens(text)).iter().map(|path| path.segments.join("::")).collect();
        for expected in ["std::fs::self", "std::fs::File", "std::io", "std::net::lookup", "C"] {
            assert!(found.iter().any(|path| path == expected), "{expected} in {found:?}");
        }
        assert!(!found.iter().any(|path| path.contains("a::b")), "{found:?}");
    }

    #[test]
    fn a_type_annotation_is_no_path() {
        let found: Vec<String> =
            paths(&tokens("let std: fs = x;")).iter().map(|path| path.segments.join("::")).collect();
        assert_eq!(found, ["let", "std", "fs", "x"]);
    }

    #[test]
    fn functions_have_names_and_lengths() {
        let text = "trait T { fn none(&self); }\nfn one() {}\nfn three(f: fn(u8) -> u8) {\n    fn inner() {}\n}\n";
        let found: Vec<_> = functions(&tokens(text)).into_iter().map(|f| (f.name, f.line, f.lines)).collect();
        assert_eq!(found, [("one".into(), 2, 1), ("three".into(), 3, 3), ("inner".into(), 4, 1)]);
    }

    #[test]
    fn test_code_can_be_left_out() {
        let text =
            "fn a() {}\n#[cfg(test)]\nmod tests { use std::fs; }\nmod b { #[cfg(test)] use std::env; fn c() {} }";
        let kept = without_tests(&tokens(text)).to_string();
        assert!(kept.contains("fn a") && kept.contains("fn c"), "{kept}");
        assert!(!kept.contains("fs") && !kept.contains("env"), "{kept}");
    }

    #[test]
    fn unsafe_functions_alone_need_no_header() {
        assert_eq!(unsafe_lines(&tokens("trait T { unsafe fn f(); }")), [0; 0]);
        assert_eq!(unsafe_lines(&tokens("fn f() {\n unsafe { g() } }\nunsafe impl T for S {}")), [2, 3]);
    }
}
