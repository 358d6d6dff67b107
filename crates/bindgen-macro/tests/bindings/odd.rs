//! Names that Rust has another use for, and what else is legal in WIT, compile.

tambo::component::bindgen! {
    inline: "
        package odd:match@1.0.0;

        interface %type {
            enum self { self, super, crate, %enum }
            flags %flags { self, ref }
            record %option { %result: option<result>, some: %string-ref, self: self }
            type string-ref = string;
            type %list = list<u8>;
            type pair = tuple<%list, string-ref>;
            /// Documented:
            ///
            ///     not a test
            ///
            /// ```
            /// nor this
            /// ```
            variant host { ok(%option), err(pair), %string }
            resource client {
                constructor(%self: string, client: string) -> result<client, self>;
                drop: func();
                new: static func() -> client;
                state: static func(state: list<%list>, get: own<client>, linker: option<borrow<client>>);
            }
            client-drop: func(instance: u8, args: host) -> result<tuple<u8>>;
            fixed: func(bytes: list<u8, 4>) -> list<string, 2>;
        }

        interface user {
            use %type.{self as other, client as mine, %option};
            use %type.{host as guest};
            f: func(x: other, y: guest, z: borrow<mine>) -> %option;
        }

        world %mod {
            use %type.{%option};
            import plain: interface { run: func(a: list<%option-like>) -> u8; record %option-like { name: string } }
            import %type;
            import user;
            import new: func(a: %option);
            import %loop: func() -> string;
            export %type;
            export user;
            export new: func(a: %option) -> u8;
            export after: func();
            export inline: interface { use %type.{client}; run: func(c: client) -> list<client>; }
        }
    ",
}

/// Two versions of a package.
pub mod versions {
    tambo::component::bindgen! {
        inline: "
            package a:top@1.0.0;
            world both { import a:dep/x@1.0.0; import a:dep/x@2.0.0-rc.1; }
            package a:dep@1.0.0 { interface x { f: func(); } }
            package a:dep@2.0.0-rc.1 { interface x { f: func(); } }
        ",
        world: "a:top/both",
    }

    /// Both can be named.
    pub trait Both: a::dep_1_0_0::x::Host + a::dep_2_0_0_rc_1::x::Host {}
}
