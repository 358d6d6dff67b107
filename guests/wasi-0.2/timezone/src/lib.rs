//! Cases of `wasi:clocks/timezone`, which is unstable: a program of its own, for a host may not have it.

/// The bindings of the one unstable interface.
mod bindings {
    wit_bindgen::generate!({
        path: ["../../../wit/wasi-0.2/io.wit", "../../../wit/wasi-0.2/clocks.wit"],
        inline: "package tambo:timezone; world unstable { import wasi:clocks/timezone@0.2.12; }",
        world: "tambo:timezone/unstable",
        features: ["clocks-timezone"],
        generate_all,
    });
}

mod timezone;

conformance::command!(timezone);
