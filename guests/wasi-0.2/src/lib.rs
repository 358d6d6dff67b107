//! What the programs of the conformance suite share: the bindings of WASI 0.2, and how a case is picked and judged.
//!
//! A program is called with the name of one case, or with `list`. A case passes if the program exits with the code and
//! the output that `suites/wasi-0.2/PACKAGE.json` tells, which is 0 and none unless it says otherwise. A check that fails
//! panics: the message goes to standard error and the exit code is 1, so that it differs from a trap, which is what some
//! cases expect.
//!
//! The name of a group is that of a function in the WIT text, `interface/function` or `interface/resource.method`, and
//! what a case expects is in that function's documentation; the comment on a case quotes it where it is not plain.

mod case;
pub mod files;
pub mod net;
pub mod streams;

/// The bindings of `wasi:cli/command`.
pub mod bindings {
    wit_bindgen::generate!({
        path: [
            "../../wit/wasi-0.2/io.wit",
            "../../wit/wasi-0.2/clocks.wit",
            "../../wit/wasi-0.2/random.wit",
            "../../wit/wasi-0.2/filesystem.wit",
            "../../wit/wasi-0.2/sockets.wit",
            "../../wit/wasi-0.2/cli.wit",
        ],
        world: "wasi:cli/command@0.2.12",
        generate_all,
        pub_export_macro: true,
        default_bindings_module: "conformance::bindings",
        additional_derives: [PartialEq],
        additional_derives_ignore: ["stream-error"],
    });
}

pub use bindings::export as export_run;
pub use bindings::exports::wasi::cli::run::Guest as Run;
pub use bindings::wasi;
pub use case::{Case, fail_run, full_name, run};
