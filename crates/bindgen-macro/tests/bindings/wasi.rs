//! Bindings of all WASI 0.2 packages.

/// All interfaces, given by the host.
pub mod imported {
    tambo::component::bindgen! {
        inline: "
            package tests:all;
            world all {
                include wasi:cli/imports@0.2.12;
                include wasi:http/imports@0.2.12;
            }
        ",
        deps: ["../../wit/wasi-0.2"],
        waiting: ["wasi:io/poll/poll", "wasi:io/poll/pollable.block", "wasi:io/streams/input-stream.blocking-read"],
    }
}

/// What servers export.
pub mod served {
    tambo::component::bindgen! {
        inline: "
            package tests:served;
            world served {
                include wasi:http/proxy@0.2.12;
                export wasi:cli/run@0.2.12;
            }
        ",
        deps: ["../../wit/wasi-0.2"],
        features: ["clocks-timezone"],
        with: {
            "wasi:io/poll/pollable": u8,
            "wasi:io/streams": super::imported::wasi::io::streams,
        },
    }
}
