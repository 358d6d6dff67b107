//! Names that come to the same name of Rust: what WIT does not have gives way.

pub mod world {
    //! The world of the macro: its packages would else be modules beside this file's own items.

    ::tambo::component::bindgen! {
        inline: "
            package t:t;

            interface i {
                resource file { read: func() -> string; }
                record host-file { x: string }
                record item { s: string }
                record item-ref { n: u32, s: string }
                record a-b { s: string }
                variant a-b-ref { a-b(string), none }
                /// What generated code has as names of its own.
                record s { s: string }
                record h { s: s }
                record g { h: h }
                enum %from { a }
                use-all: func(a: host-file, b: item, c: item-ref, d: a-b, e: a-b-ref) -> result<item, item-ref>;
                generics: func(s: s, h: h, g: g, f: %from) -> g;
                poll: func(linker: u32, state: u32, args: u32, get: u32, value: u32, error: u32, this: u32);
                add-to-linker: func();
                drop: func();
            }
            interface j {
                use i.{file, item as thing};
                record thing-ref { s: string }
                resource client { constructor(); new: static func() -> u32; drop: func(); }
                resource host { clone: func(); }
                resource x-imports {}
                take: func(x: own<file>, y: thing, z: thing-ref);
            }
            world x {
                use i.{item as x};
                import i;
                import j;
                import x-imports: func(x: x);
                resource y { }
                export i;
                export j;
                export k: interface { new: func(); new-async: func(); foo: func(); foo-async: func(); resource r { drop: func(); } }
                export i-drop: func();
                export new: func();
            }
        ",
        waiting: ["t:t/i/poll"],
    }
}

/// Modules that are called as generated code calls its runtime.
pub mod runtime {
    ::tambo::component::bindgen! {
        inline: "
            package rt:rt;
            interface rt { record rt { rt: string } f: func(rt: rt) -> rt; }
            world rtw { import rt; export rt; import g: func(); export g: func(); }
        ",
    }
}

#[test]
fn what_wit_does_not_have_gives_way() {
    use world::t::t::{i, j};
    let named = (i::HostFile { x: "record".into() }, i::ItemRef { n: 1, s: "record".into() });
    assert_eq!(named.1, i::ItemRef { n: 1, s: named.0.x });
    assert_eq!(i::ItemRef_ { s: "second form of item" }, i::ItemRef_ { s: "second form of item" });
    assert_eq!(i::ItemRefRef { n: 1, s: "second form of item-ref" }.n, 1);
    assert_eq!(j::ThingRef_ { s: "second form of thing" }, i::ItemRef_ { s: "second form of thing" });
    assert!(matches!(i::ABRef::None, i::ABRef::None) && i::ABRef_ { s: "second form of a-b" }.s.len() > 1);
    assert_eq!(world::X { s: "type of the world".into() }.s, "type of the world");
    let _: fn(&dyn std::any::Any) -> Option<&world::X_> = |client| client.downcast_ref();
}

/// Each of these is a trait, and no other thing.
pub trait AllTraits: world::t::t::i::HostFile_ + world::t::t::i::Host + world::t::t::j::HostXImports {}
