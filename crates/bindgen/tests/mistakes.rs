//! What is wrong is said with its name, and features are given on request only.

#![expect(clippy::unwrap_used, reason = "tests")]

use tambo_bindgen::{Options, Source, generate_source};

const WORLD: &str = "
    package a:b@1.2.0;
    interface c {
        enum e { x }
        resource r;
        take: func(r: own<r>);
        @unstable(feature = later)
        soon: func();
    }
    world w { import c; }
";

fn options(text: &str) -> Options {
    Options::new(Source::Inline(text.to_owned()))
}

fn error(options: &Options) -> String {
    generate_source(options).unwrap_err().to_string()
}

#[test]
fn an_option_that_names_nothing_is_refused() {
    let mut options = options(WORLD);
    options.with.push(("a:b/c/e".to_owned(), "crate::E".to_owned()));
    assert!(generate_source(&options).unwrap().contains("pub type E = crate::E;"));
    options.with.push(("a:b/c/typo".to_owned(), "crate::E".to_owned()));
    assert!(error(&options).contains("`with` names \"a:b/c/typo\""));
}

#[test]
fn unstable_items_are_given_on_request() {
    let mut options = options(WORLD);
    assert!(!generate_source(&options).unwrap().contains("soon"));
    options.features.push("later".to_owned());
    assert!(generate_source(&options).unwrap().contains("\"a:b/c@1.2.0#soon\""));
}

#[test]
fn what_has_no_bindings_is_named() {
    let of = |function: &str| error(&options(&format!("package a:b; world w {{ import f: {function}; }}")));
    assert!(of("func() -> stream<u8>").contains("f: there are no bindings for values of type `stream`"));
    assert!(of("async func()").contains("f: there are no bindings for async functions"));
    assert!(of("func(x: nowhere)").contains("nowhere"));
}
