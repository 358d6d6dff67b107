//! Rust of the WIT of WASI 0.2: what is in `wit/wasi-0.2`, as traits that this crate implements.

tambo_bindgen_macro::bindgen! {
    inline: "
        package tambo:wasi;
        world all {
            import wasi:io/error@0.2.12;
            import wasi:io/poll@0.2.12;
            import wasi:io/streams@0.2.12;
            import wasi:clocks/monotonic-clock@0.2.12;
            import wasi:clocks/wall-clock@0.2.12;
            import wasi:random/random@0.2.12;
            import wasi:random/insecure@0.2.12;
            import wasi:random/insecure-seed@0.2.12;
            import wasi:filesystem/types@0.2.12;
            import wasi:filesystem/preopens@0.2.12;
            import wasi:cli/environment@0.2.12;
            import wasi:cli/exit@0.2.12;
            import wasi:cli/stdin@0.2.12;
            import wasi:cli/stdout@0.2.12;
            import wasi:cli/stderr@0.2.12;
            import wasi:cli/terminal-input@0.2.12;
            import wasi:cli/terminal-output@0.2.12;
            import wasi:cli/terminal-stdin@0.2.12;
            import wasi:cli/terminal-stdout@0.2.12;
            import wasi:cli/terminal-stderr@0.2.12;
            import wasi:sockets/network@0.2.12;
            import wasi:sockets/instance-network@0.2.12;
            import wasi:sockets/udp@0.2.12;
            import wasi:sockets/udp-create-socket@0.2.12;
            import wasi:sockets/tcp@0.2.12;
            import wasi:sockets/tcp-create-socket@0.2.12;
            import wasi:sockets/ip-name-lookup@0.2.12;
            import wasi:http/types@0.2.12;
            import wasi:http/outgoing-handler@0.2.12;
        }
    ",
    deps: ["../../wit/wasi-0.2"],
    runtime: ::tambo_component_linker::bindings,
    waiting: [
        "wasi:io/poll/poll",
        "wasi:io/poll/pollable.block",
        "wasi:io/streams/input-stream.blocking-skip",
        "wasi:io/streams/output-stream.blocking-write-and-flush",
        "wasi:io/streams/output-stream.blocking-flush",
        "wasi:io/streams/output-stream.blocking-write-zeroes-and-flush",
        "wasi:io/streams/output-stream.blocking-splice",
        "wasi:filesystem/types/descriptor.write",
        "wasi:filesystem/types/descriptor.sync-data",
        "wasi:filesystem/types/descriptor.sync",
    ],
    filling: [
        "wasi:io/streams/input-stream.read",
        "wasi:io/streams/input-stream.blocking-read",
        "wasi:filesystem/types/descriptor.read",
        "wasi:random/random/get-random-bytes",
        "wasi:random/insecure/get-insecure-random-bytes",
    ],
    foreign: {
        "wasi:filesystem/types/advice": ::tambo_kernel::fs::Advice,
    },
    errors: {
        "wasi:filesystem/types/error-code": crate::filesystem::FileFailure,
        "wasi:io/streams/stream-error": crate::io::StreamFailure,
        "wasi:sockets/network/error-code": crate::sockets::SocketFailure,
        "wasi:http/types/error-code": crate::http::HttpFailure,
        "wasi:http/types/header-error": crate::http::FieldsFailure,
    },
}

/// What is `@unstable` in the WIT, and given on request only.
pub(crate) mod timezone {
    tambo_bindgen_macro::bindgen! {
        inline: "
            package tambo:wasi-timezone;
            world timezone {
                import wasi:clocks/timezone@0.2.12;
            }
        ",
        deps: ["../../wit/wasi-0.2"],
        features: ["clocks-timezone"],
        runtime: ::tambo_component_linker::bindings,
        with: {
            "wasi:clocks/wall-clock": crate::bindings::wasi::clocks::wall_clock,
        },
    }
}
