//! Requests that a handler sends in turn.

use tambo_conformance::Origin;

use crate::server::Server;

#[test]
fn a_handler_sends_requests_that_are_allowed() {
    let origin = Origin::start().unwrap();
    let server = Server::start(&["--allow-http", "GET http://127.0.0.1:*"]);
    for _ in 0..3 {
        let (status, text) = server.get(&format!("/fetch?{}/from/a/handler", origin.address()));
        assert_eq!((status, text.lines().next()), (200, Some("GET /from/a/handler HTTP/1.1")), "{text}");
    }
    let refused = server.get("/fetch?127.0.0.1:1/");
    assert_eq!(refused, (502, "ErrorCode::ConnectionRefused".to_owned()));
    server.assert_serves();
}

#[test]
fn a_handler_sends_none_that_are_not() {
    let origin = Origin::start().unwrap();
    let target = format!("/fetch?{}/", origin.address());
    let denied = (502, "ErrorCode::HttpRequestDenied".to_owned());
    assert_eq!(Server::start(&[]).get(&target), denied);
    let other = Server::start(&["--allow-http", "POST http://127.0.0.1:*", "--allow-http", "https://127.0.0.1:*"]);
    assert_eq!(other.get(&target), denied);
    other.assert_serves();
}
