//! Cases of `wasi:http`. Most are those of a command, which makes messages and sends requests; what only a handler can
//! do is in the modules whose names end with `served`: there, the field `x-case` of a request names the case.
//!
//! Requests go to the origin of the runner (`crates/conformance/src/origin.rs`), which answers what the field `x-answer`
//! tells it, or else describes the request that it saw.

mod exchange;
mod fields;
mod fields_changes;
mod fields_transport;
mod future_response;
mod handle;
mod handle_failures;
mod incoming_body;
mod incoming_response;
mod io_errors;
mod outgoing_body;
mod outgoing_request;
mod outgoing_response;
mod outparam_served;
mod request_options;
mod request_served;
mod response_served;
mod served;
mod trailers;

/// The bindings of `wasi:http`, in both directions.
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
        inline: "package tambo:http;
            world both-directions {
                import wasi:http/types@0.2.12;
                import wasi:http/outgoing-handler@0.2.12;
                export wasi:http/incoming-handler@0.2.12;
            }",
        world: "tambo:http/both-directions",
        with: {
            "wasi:io/error@0.2.12": conformance::wasi::io::error,
            "wasi:io/poll@0.2.12": conformance::wasi::io::poll,
            "wasi:io/streams@0.2.12": conformance::wasi::io::streams,
            "wasi:clocks/monotonic-clock@0.2.12": conformance::wasi::clocks::monotonic_clock,
        },
        additional_derives: [PartialEq],
        generate_all,
    });
}

conformance::command!(
    fields,
    fields_changes,
    fields_transport,
    future_response,
    handle,
    handle_failures,
    incoming_body,
    incoming_response,
    io_errors,
    outgoing_body,
    outgoing_request,
    outgoing_response,
    outparam_served,
    request_options,
    request_served,
    response_served,
    trailers,
);

struct Handler;

impl bindings::exports::wasi::http::incoming_handler::Guest for Handler {
    fn handle(request: served::IncomingRequest, out: served::ResponseOutparam) {
        served::run(&[outparam_served::HANDLERS, request_served::HANDLERS, response_served::HANDLERS], request, out);
    }
}

bindings::export!(Handler with_types_in bindings);
