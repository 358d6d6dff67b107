//! Cases of `response-outparam.send-informational` of `wasi:http/types`, which is unstable: a program of its own, for a host
//! may not have it. The path of a request names the case.

/// The bindings of the one unstable function, and of the handler that it needs.
mod bindings {
    wit_bindgen::generate!({
        path: [
            "../../../wit/wasi-0.2/io.wit",
            "../../../wit/wasi-0.2/clocks.wit",
            "../../../wit/wasi-0.2/random.wit",
            "../../../wit/wasi-0.2/filesystem.wit",
            "../../../wit/wasi-0.2/sockets.wit",
            "../../../wit/wasi-0.2/cli.wit",
            "../../../wit/wasi-0.2/http.wit",
        ],
        inline: "package tambo:http-informational; world unstable { export wasi:http/incoming-handler@0.2.12; }",
        world: "tambo:http-informational/unstable",
        features: ["informational-outbound-responses"],
        with: {
            "wasi:io/error@0.2.12": conformance::wasi::io::error,
            "wasi:io/poll@0.2.12": conformance::wasi::io::poll,
            "wasi:io/streams@0.2.12": conformance::wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.12": conformance::wasi::clocks::monotonic_clock,
        },
        generate_all,
    });
}

mod informational;

conformance::command!(informational);
bindings::export!(Handler with_types_in bindings);

struct Handler;

impl bindings::exports::wasi::http::incoming_handler::Guest for Handler {
    fn handle(request: informational::IncomingRequest, out: informational::ResponseOutparam) {
        informational::run(&request, out);
    }
}
