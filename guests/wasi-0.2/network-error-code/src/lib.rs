//! Cases of `network-error-code` of `wasi:sockets/network`, which is unstable: a program of its own, for a host may not
//! have it.

/// The bindings of the one unstable function.
mod bindings {
    wit_bindgen::generate!({
        path: [
            "../../../wit/wasi-0.2/io.wit",
            "../../../wit/wasi-0.2/clocks.wit",
            "../../../wit/wasi-0.2/sockets.wit",
        ],
        inline: "package tambo:network-error-code; world unstable { import wasi:sockets/network@0.2.12; }",
        world: "tambo:network-error-code/unstable",
        features: ["network-error-code"],
        with: { "wasi:io/error@0.2.12": conformance::wasi::io::error },
        generate_all,
    });
}

mod errors;

conformance::command!(errors);
