//! Every guest builds, and what comes out is a module or a component.

use std::fs;

use tambo_guests::{Error, Language, build, names};

#[test]
fn every_guest_is_what_it_should_be() {
    for language in Language::ALL {
        let names = names(language).unwrap();
        assert!(!names.is_empty(), "{language:?}");
        let is_component = matches!(language, Language::Component | Language::Conformance);
        let preamble = if is_component { b"\0asm\x0d\0\x01\0" } else { b"\0asm\x01\0\0\0" };
        for name in names {
            let module = build(language, &name).unwrap_or_else(|error| panic!("{language:?} {name}: {error}"));
            assert!(fs::read(&module).unwrap().starts_with(preamble), "{}", module.display());
        }
    }
}

#[test]
fn an_unknown_guest_names_the_others() {
    for language in Language::ALL {
        let error = build(language, "no-such-guest").unwrap_err();
        let known = |name: &String| ["clocks", "hello", "shopping"].contains(&name.as_str());
        assert!(matches!(&error, Error::Unknown(names) if names.iter().any(known)), "{error}");
    }
}
