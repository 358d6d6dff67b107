//! `fields`: changing them.

use crate::bindings::wasi::http::types::{Fields, HeaderError, OutgoingRequest};
use crate::exchange::{fails, fields};
use crate::fields::{INVALID_NAMES, INVALID_VALUES, values};

conformance::cases! {
    "types/fields.set":
        replaces_all_values,
        several_values,
        no_values_remove_the_name,
        leaves_other_names_alone,
        to_an_invalid_name,
        to_an_invalid_value,
        immutable_fields_cannot_be_set;
    "types/fields.append":
        keeps_the_values_that_are_there,
        an_empty_value,
        append_to_an_invalid_name,
        append_an_invalid_value,
        immutable_fields_cannot_be_appended_to;
    "types/fields.delete":
        removes_all_values,
        an_absent_name_is_no_error,
        delete_an_invalid_name,
        immutable_fields_keep_their_names;
    "attacks/13":
        fields_without_end;
    "attacks/15":
        no_line_break_gets_into_a_field;
}

fn replaces_all_values() {
    let fields = fields(&[("x-a", "1"), ("x-a", "2")]);
    fields.set("x-a", &[b"3".to_vec()]).expect("set");
    assert_eq!(values(&fields, "x-a"), ["3"]);
}

fn several_values() {
    let fields = Fields::new();
    fields.set("x-a", &[b"1".to_vec(), b"2".to_vec()]).expect("set");
    assert_eq!(values(&fields, "x-a"), ["1", "2"]);
}

/// "Clears any existing values for that name, if they have been set."
fn no_values_remove_the_name() {
    let fields = fields(&[("x-a", "1")]);
    fields.set("x-a", &[]).expect("set");
    assert!(!fields.has("x-a") && fields.entries().is_empty());
}

fn leaves_other_names_alone() {
    let fields = fields(&[("x-a", "1"), ("x-b", "2"), ("x-c", "3")]);
    fields.set("x-b", &[b"4".to_vec()]).expect("set");
    assert_eq!((values(&fields, "x-a"), values(&fields, "x-c")), (vec!["1".to_owned()], vec!["3".to_owned()]));
}

fn to_an_invalid_name() {
    let fields = Fields::new();
    for name in INVALID_NAMES {
        fails!(fields.set(name, &[b"1".to_vec()]), HeaderError::InvalidSyntax);
    }
    assert!(fields.entries().is_empty());
}

/// "if the `field-name` or any of the `field-value`s are syntactically invalid"
fn to_an_invalid_value() {
    let fields = Fields::new();
    for value in INVALID_VALUES {
        fails!(fields.set("x-a", &[b"1".to_vec(), value.to_vec()]), HeaderError::InvalidSyntax);
    }
}

fn immutable_fields_cannot_be_set() {
    let request = OutgoingRequest::new(fields(&[("x-a", "1")]));
    let headers = request.headers();
    fails!(headers.set("x-a", &[b"2".to_vec()]), HeaderError::Immutable);
    fails!(headers.set("x-b", &[]), HeaderError::Immutable);
    assert_eq!(values(&headers, "x-a"), ["1"]);
}

fn keeps_the_values_that_are_there() {
    let fields = fields(&[("x-a", "1")]);
    fields.append("x-a", b"2").expect("append");
    fields.append("X-A", b"1").expect("append");
    assert_eq!(values(&fields, "x-a"), ["1", "2", "1"]);
}

fn an_empty_value() {
    let fields = Fields::new();
    fields.append("x-a", b"").expect("append");
    assert_eq!(values(&fields, "x-a"), [""]);
}

fn append_to_an_invalid_name() {
    for name in INVALID_NAMES {
        fails!(Fields::new().append(name, b"1"), HeaderError::InvalidSyntax);
    }
}

fn append_an_invalid_value() {
    let fields = Fields::new();
    for value in INVALID_VALUES {
        fails!(fields.append("x-a", value), HeaderError::InvalidSyntax);
    }
    assert!(fields.entries().is_empty());
}

fn immutable_fields_cannot_be_appended_to() {
    let request = OutgoingRequest::new(fields(&[("x-a", "1")]));
    let headers = request.headers();
    fails!(headers.append("x-a", b"2"), HeaderError::Immutable);
    assert_eq!(values(&headers, "x-a"), ["1"]);
}

fn removes_all_values() {
    let fields = fields(&[("x-a", "1"), ("x-b", "2"), ("X-A", "3")]);
    fields.delete("x-A").expect("delete");
    assert!(!fields.has("x-a") && fields.has("x-b"));
}

/// "Does nothing if no values for the name exist."
fn an_absent_name_is_no_error() {
    let fields = fields(&[("x-a", "1")]);
    fields.delete("x-b").expect("delete");
    assert_eq!(values(&fields, "x-a"), ["1"]);
}

fn delete_an_invalid_name() {
    for name in INVALID_NAMES {
        fails!(Fields::new().delete(name), HeaderError::InvalidSyntax);
    }
}

fn immutable_fields_keep_their_names() {
    let request = OutgoingRequest::new(fields(&[("x-a", "1")]));
    let headers = request.headers();
    fails!(headers.delete("x-a"), HeaderError::Immutable);
    fails!(headers.delete("x-b"), HeaderError::Immutable);
    assert!(headers.has("x-a"));
}

/// More than any host has room for: there is no error for it, so that it traps, or the host takes all.
fn fields_without_end() {
    let fields = Fields::new();
    let value = vec![b'x'; 60_000];
    for number in 0..2000 {
        if fields.append(&format!("x-{number}"), &value).is_err() {
            return;
        }
    }
}

fn no_line_break_gets_into_a_field() {
    let fields = Fields::new();
    for text in ["x\r\ny: z", "x\r\n\r\nGET / HTTP/1.1", "x\ny", "x\r"] {
        fails!(fields.append(text, b"1"), HeaderError::InvalidSyntax);
        fails!(fields.append("x-a", text.as_bytes()), HeaderError::InvalidSyntax);
        fails!(fields.set(text, &[b"1".to_vec()]), HeaderError::InvalidSyntax);
        fails!(fields.set("x-a", &[text.into()]), HeaderError::InvalidSyntax);
        fails!(Fields::from_list(&[(text.to_owned(), b"1".to_vec())]), HeaderError::InvalidSyntax);
        fails!(Fields::from_list(&[("x-a".to_owned(), text.into())]), HeaderError::InvalidSyntax);
    }
    assert!(fields.entries().is_empty());
}
