//! `fields.entries`: the casing and the order that the text wants, also beside what is on the wire.

use crate::bindings::wasi::http::types::OutgoingRequest;
use crate::exchange::{Seen, fields, request, response, send};

conformance::cases! {
    "types/fields.entries":
        one_for_each_value,
        names_have_the_casing_that_they_were_given,
        a_name_that_is_set_again_has_its_new_casing,
        headers_of_a_message_have_the_casing_that_they_were_given,
        received_names_have_their_casing,
        the_order_is_that_of_transport;
}

fn names(entries: Vec<(String, Vec<u8>)>) -> Vec<String> {
    let mut names: Vec<String> = entries.into_iter().map(|(name, _)| name).collect();
    names.sort();
    names
}

/// "Names which have multiple values are represented by multiple entries in this list with the same name."
fn one_for_each_value() {
    let mut entries = fields(&[("x-a", "1"), ("x-b", "2"), ("x-a", "3")]).entries();
    entries.sort();
    let wanted = [("x-a", "1"), ("x-a", "3"), ("x-b", "2")];
    assert_eq!(entries, wanted.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())));
}

/// "The names and values are always returned in the original casing"
fn names_have_the_casing_that_they_were_given() {
    let fields = fields(&[("X-One", "1"), ("x-TWO", "2"), ("x-three", "3")]);
    fields.append("X-fouR", b"4").expect("append");
    fields.append("x-ONE", b"5").expect("append");
    assert_eq!(names(fields.entries()), ["X-One", "X-fouR", "x-ONE", "x-TWO", "x-three"]);
}

fn a_name_that_is_set_again_has_its_new_casing() {
    let fields = fields(&[("X-One", "1"), ("X-one", "2"), ("X-Two", "3")]);
    fields.set("x-onE", &[b"1".to_vec(), b"2".to_vec()]).expect("set");
    fields.delete("x-two").expect("delete");
    fields.append("x-two", b"4").expect("append");
    assert_eq!(names(fields.entries()), ["x-onE", "x-onE", "x-two"]);
}

fn headers_of_a_message_have_the_casing_that_they_were_given() {
    let request = OutgoingRequest::new(fields(&[("X-One", "1"), ("x-two", "2")]));
    assert_eq!(names(request.headers().entries()), ["X-One", "x-two"]);
}

fn received_names_have_their_casing() {
    let response = response("HTTP/1.1 200 OK\r\nX-OnE: 1\r\ncontent-length: 0\r\n\r\n");
    let names = names(response.headers().entries());
    assert!(names.iter().any(|name| name == "X-OnE"), "{names:?}");
}

/// "in the order in which they will be serialized for transport"
fn the_order_is_that_of_transport() {
    let fields = fields(&[("x-c", "1"), ("x-a", "2"), ("x-b", "3"), ("x-c", "4")]);
    fields.set("x-a", &[b"5".to_vec(), b"6".to_vec()]).expect("set");
    let entries = fields.entries();
    let seen = Seen::of(&send(request("/", fields)).expect("a response"));
    let sent = seen.fields.into_iter().filter(|(name, _)| name.to_ascii_lowercase().starts_with("x-"));
    let sent: Vec<_> = sent.map(|(name, value)| (name.to_ascii_lowercase(), value.into_bytes())).collect();
    assert_eq!(entries, sent);
}
