//! `fields`: making and reading them.

use crate::bindings::wasi::http::types::{Fields, HeaderError, OutgoingRequest};
use crate::exchange::{fails, fields};

conformance::cases! {
    "types/fields":
        is_empty_and_mutable;
    "types/fields.from-list":
        keeps_every_entry,
        from_a_list_it_is_mutable,
        an_invalid_name_in_the_list,
        an_invalid_value_in_the_list,
        a_forbidden_name_is_forbidden_wherever_it_is_set;
    "types/fields.get":
        all_values_in_order,
        names_have_no_case,
        an_absent_name_has_no_values,
        an_invalid_name_has_no_values,
        an_empty_value_is_a_value,
        bytes_beyond_ascii_are_verbatim_or_invalid;
    "types/fields.has":
        a_present_name,
        an_empty_value_is_there,
        an_invalid_name_is_not_there;
    "types/fields.clone":
        is_independent,
        a_copy_of_immutable_fields_is_mutable,
        copies_keep_the_casing,
        a_copy_outlives_its_original;
}

/// Names that are no token (RFC 9110, section 5.1).
pub(crate) const INVALID_NAMES: &[&str] = &["", "a b", "a:b", "a\r\nb", "\u{e4}", "a\0", "(a)"];

/// Values that would end the field (RFC 9110, section 5.5).
pub(crate) const INVALID_VALUES: &[&[u8]] = &[b"a\r\nx: y", b"a\nb", b"a\rb", b"a\0b"];

/// The values of a name, as texts.
pub(crate) fn values(fields: &Fields, name: &str) -> Vec<String> {
    fields.get(name).into_iter().map(|value| String::from_utf8(value).expect("a text")).collect()
}

fn is_empty_and_mutable() {
    let fields = Fields::new();
    assert!(fields.entries().is_empty());
    fields.append("x-a", b"1").expect("it is mutable");
}

fn keeps_every_entry() {
    let fields = fields(&[("x-a", "1"), ("x-b", "2"), ("x-a", "3")]);
    assert_eq!(values(&fields, "x-a"), ["1", "3"]);
    assert_eq!(values(&fields, "x-b"), ["2"]);
    assert_eq!(fields.entries().len(), 3);
}

fn from_a_list_it_is_mutable() {
    let fields = fields(&[("x-a", "1")]);
    fields.set("x-a", &[b"2".to_vec()]).expect("set");
    fields.append("x-b", b"3").expect("append");
    fields.delete("x-a").expect("delete");
    assert!(!fields.has("x-a") && fields.has("x-b"));
}

/// "An error result will be returned if any `field-name` or `field-value` is syntactically invalid"
fn an_invalid_name_in_the_list() {
    for name in INVALID_NAMES {
        let list = [("x-a".to_owned(), b"1".to_vec()), (name.to_string(), b"1".to_vec())];
        fails!(Fields::from_list(&list), HeaderError::InvalidSyntax);
    }
}

fn an_invalid_value_in_the_list() {
    for value in INVALID_VALUES {
        let list = [("x-a".to_owned(), b"1".to_vec()), ("x-b".to_owned(), value.to_vec())];
        fails!(Fields::from_list(&list), HeaderError::InvalidSyntax);
    }
}

/// Which names are forbidden is for the host to say; but not which function is asked.
fn a_forbidden_name_is_forbidden_wherever_it_is_set() {
    for name in ["connection", "Host", "keep-alive", "proxy-connection", "TRANSFER-ENCODING", "upgrade", "x-fine"] {
        let listed = Fields::from_list(&[(name.to_owned(), b"x".to_vec())]).err();
        let fields = Fields::new();
        let appended = fields.append(name, b"x").err();
        fields.delete(name).ok();
        let set = fields.set(name, &[b"x".to_vec()]).err();
        assert_eq!((&listed, &listed), (&appended, &set), "{name}");
        assert!(matches!(listed, None | Some(HeaderError::Forbidden)), "{name}: {listed:?}");
    }
}

fn all_values_in_order() {
    let fields = fields(&[("x-a", "2"), ("x-b", "x"), ("x-a", "1"), ("x-a", "2")]);
    assert_eq!(values(&fields, "x-a"), ["2", "1", "2"]);
}

/// "Field names should always be treated as case insensitive by the `fields` resource for the purposes of equality
/// checking."
fn names_have_no_case() {
    let fields = fields(&[("X-Abc", "1"), ("x-aBC", "2")]);
    assert_eq!(values(&fields, "x-abc"), ["1", "2"]);
    assert_eq!(values(&fields, "X-ABC"), ["1", "2"]);
    assert!(fields.has("x-ABC"));
    fields.set("X-aBc", &[b"3".to_vec()]).expect("set");
    assert_eq!(values(&fields, "x-Abc"), ["3"]);
    fields.delete("x-abC").expect("delete");
    assert!(fields.entries().is_empty());
}

fn an_absent_name_has_no_values() {
    assert!(fields(&[("x-a", "1")]).get("x-b").is_empty());
}

/// "If the name is not present in this `fields` or is syntactically invalid, an empty list is returned."
fn an_invalid_name_has_no_values() {
    for name in INVALID_NAMES {
        assert!(fields(&[("a", "1")]).get(name).is_empty(), "{name:?}");
    }
}

/// "if the name is present but empty, this is represented by a list with one or more empty field-values present"
fn an_empty_value_is_a_value() {
    assert_eq!(values(&fields(&[("x-a", ""), ("x-a", "")]), "x-a"), ["", ""]);
}

/// "Field values should always be ASCII strings. However, in reality, HTTP implementations often have to interpret
/// malformed values"
fn bytes_beyond_ascii_are_verbatim_or_invalid() {
    let fields = Fields::new();
    let value = b"caf\xe9".as_slice();
    match fields.append("x-a", value) {
        Ok(()) => assert_eq!(fields.get("x-a"), [value]),
        Err(error) => assert_eq!(error, HeaderError::InvalidSyntax),
    }
}

fn a_present_name() {
    let fields = fields(&[("x-a", "1")]);
    assert!(fields.has("x-a") && !fields.has("x-b"));
}

fn an_empty_value_is_there() {
    assert!(fields(&[("x-a", "")]).has("x-a"));
}

fn an_invalid_name_is_not_there() {
    for name in INVALID_NAMES {
        assert!(!fields(&[("a", "1")]).has(name), "{name:?}");
    }
}

fn is_independent() {
    let original = fields(&[("x-a", "1")]);
    let copy = original.clone();
    original.append("x-a", b"2").expect("append to the original");
    copy.set("x-a", &[b"3".to_vec()]).expect("set in the copy");
    assert_eq!(values(&original, "x-a"), ["1", "2"]);
    assert_eq!(values(&copy, "x-a"), ["3"]);
}

fn a_copy_of_immutable_fields_is_mutable() {
    let request = OutgoingRequest::new(fields(&[("x-a", "1")]));
    let headers = request.headers();
    let copy = headers.clone();
    copy.append("x-b", b"2").expect("a copy is mutable");
    assert!(copy.has("x-a") && !headers.has("x-b"));
}

/// "Equivalent in behavior to calling the `fields` constructor on the return value of `entries`", whose names are "in the
/// original casing".
fn copies_keep_the_casing() {
    let copy = fields(&[("X-One", "1"), ("x-tWO", "2")]).clone();
    let mut names: Vec<String> = copy.entries().into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(names, ["X-One", "x-tWO"]);
}

/// A copy is no child of the message that the original is one of.
fn a_copy_outlives_its_original() {
    let request = OutgoingRequest::new(fields(&[("x-a", "1")]));
    let copy = request.headers().clone();
    drop(request);
    assert_eq!(values(&copy, "x-a"), ["1"]);
}
