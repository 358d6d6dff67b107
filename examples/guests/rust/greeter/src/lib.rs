//! Answers HTTP requests with the crate `wasip2`: greets whom the path names, and sends back what is posted.

use std::io::{self, Write};

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam};

struct Greeter;

wasip2::http::proxy::export!(Greeter);

impl Guest for Greeter {
    fn handle(request: IncomingRequest, answer: ResponseOutparam) {
        let headers = Fields::new();
        headers.set("x-greeter", &[b"rust".to_vec()]).expect("a header that may be set");
        let response = OutgoingResponse::new(headers);
        let body = response.body().expect("the first time that it is asked for");
        ResponseOutparam::set(answer, Ok(response));
        // If the client goes away there is nobody to tell.
        let _ = respond(&request, &body);
        let _ = OutgoingBody::finish(body, None);
    }
}

fn respond(request: &IncomingRequest, body: &OutgoingBody) -> io::Result<()> {
    let mut output = body.write().expect("the first time that it is asked for");
    if let Method::Post = request.method() {
        let posted = request.consume().expect("the first time that it is asked for");
        let mut input = posted.stream().expect("the first time that it is asked for");
        io::copy(&mut input, &mut output)?;
    } else {
        let path = request.path_with_query().unwrap_or_default();
        let name = path.trim_start_matches('/');
        writeln!(output, "Hello, {}!", if name.is_empty() { "world" } else { name })?;
    }
    Write::flush(&mut output)
}
