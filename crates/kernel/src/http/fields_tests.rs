//! Fields keep their rules: attack 15, as far as guests are concerned.

use super::*;
use crate::budget::HttpBudget;

fn account() -> Rc<Account> {
    Account::new(HttpBudget::default())
}

fn small() -> Rc<Account> {
    Account::new(HttpBudget { fields: 3, field_bytes: 200, all_field_bytes: 250, ..HttpBudget::default() })
}

fn values(fields: &Fields, name: &str) -> Vec<Vec<u8>> {
    fields.get(name).map(<[u8]>::to_vec).collect()
}

#[test]
fn names_are_compared_without_case_and_values_keep_their_order() {
    let mut fields = Fields::new(&account());
    fields.append("X-One", b"1").unwrap();
    fields.append("x-two", b"2").unwrap();
    fields.append("x-oNe", b"").unwrap();
    assert_eq!(values(&fields, "X-ONE"), [b"1".to_vec(), b"".to_vec()]);
    fields.set("X-ONE", [b"3".as_slice()]).unwrap();
    assert_eq!(values(&fields, "x-one"), [b"3".to_vec()]);
    fields.delete("x-One").unwrap();
    assert!(!fields.has("x-one") && fields.has("X-Two"));
    fields.delete("x-none").unwrap();
    assert_eq!(fields.len(), 1);
}

#[test]
fn entries_and_copies_have_names_as_they_were_spelled() {
    let mut fields = Fields::new(&account());
    for (name, value) in [("x-a", "1"), ("X-B", "2"), ("X-a", "3"), ("x-c", "4"), ("x-A", "5")] {
        fields.append(name, value.as_bytes()).unwrap();
    }
    let spelled = |fields: &Fields| -> Vec<String> {
        fields.entries().map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value))).collect()
    };
    assert_eq!(spelled(&fields), ["x-a=1", "X-a=3", "x-A=5", "X-B=2", "x-c=4"]);
    fields.freeze();
    let mut copy = fields.to_mutable().unwrap();
    copy.set("X-C", [b"6".as_slice(), b"7"]).unwrap();
    copy.delete("X-A").unwrap();
    copy.append("x-a", b"8").unwrap();
    copy.set("x-b", [b"9".as_slice()]).unwrap();
    let mut changed = spelled(&copy);
    changed.sort();
    assert_eq!(changed, ["X-C=6", "X-C=7", "x-a=8", "x-b=9"]);
    assert_eq!(spelled(&fields).len(), 5, "the original has not changed");
    let order: Vec<&str> = fields.map().values().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(order, ["1", "3", "5", "2", "4"], "as they are sent");
}

#[test]
fn attack_15_names_are_tokens_and_values_have_no_control_characters() {
    let mut fields = Fields::new(&account());
    for name in ["", "a b", "a:b", "a\r\nb", "ä", "a\0", "(a)"] {
        assert_eq!(fields.append(name, b"1"), Err(FieldsError::InvalidSyntax), "{name:?}");
        assert_eq!(fields.delete(name), Err(FieldsError::InvalidSyntax), "{name:?}");
        assert!(!fields.has(name));
    }
    for value in [b"a\r\nx: y".as_slice(), b"a\n", b"\r", b"a\0b", b"\x7f"] {
        assert_eq!(fields.append("a", value), Err(FieldsError::InvalidSyntax), "{value:?}");
        assert_eq!(fields.set("a", [b"1".as_slice(), value]), Err(FieldsError::InvalidSyntax));
    }
    assert!(fields.is_empty());
}

#[test]
fn attack_15_the_host_speaks_for_the_connection() {
    let mut fields = Fields::new(&account());
    for name in
        ["Connection", "host", "Keep-Alive", "transfer-encoding", "upgrade", "proxy-connection", "HTTP2-Settings"]
    {
        assert_eq!(fields.append(name, b"x"), Err(FieldsError::Forbidden), "{name}");
        assert_eq!(fields.set(name, [b"x".as_slice()]), Err(FieldsError::Forbidden), "{name}");
    }
    assert_eq!(fields.append("te", b"gzip"), Err(FieldsError::Forbidden));
    fields.append("te", b"trailers").unwrap();
}

#[test]
fn attack_15_there_is_one_length() {
    let mut fields = Fields::new(&account());
    assert_eq!(fields.append("content-length", b"1, 1"), Err(FieldsError::InvalidSyntax));
    fields.append("content-length", b"5").unwrap();
    assert_eq!(fields.append("content-length", b"5"), Err(FieldsError::InvalidSyntax));
    assert_eq!(fields.set("content-length", [b"5".as_slice(), b"6"]), Err(FieldsError::InvalidSyntax));
    assert_eq!(fields.content_length(), Some(5));
}

#[test]
fn attack_15_count_and_size_are_bounded() {
    let account = small();
    let mut fields = Fields::new(&account);
    assert_eq!(fields.append("a", &[b'x'; 200]), Err(FieldsError::TooLarge));
    for _ in 0..3 {
        fields.append("a", b"1").unwrap();
    }
    assert_eq!(fields.append("b", b"1"), Err(FieldsError::TooLarge));
    assert_eq!(fields.set("a", [b"1".as_slice(); 4]), Err(FieldsError::TooLarge));
    assert_eq!(fields.len(), 3);
}

#[test]
fn attack_13_all_fields_together_are_bounded() {
    let account = small();
    let mut fields = Fields::new(&account);
    fields.append("a", &[b'x'; 100]).unwrap();
    assert!(fields.to_mutable().is_err());
    fields.set("a", [b"x".as_slice()]).unwrap();
    let copies: Vec<Fields> = (0..6).map(|_| fields.to_mutable().unwrap()).collect();
    assert!(fields.to_mutable().is_err());
    drop(copies);
    fields.to_immutable().unwrap();
}

#[test]
fn copies_are_independent_and_frozen_ones_stay() {
    let mut fields = Fields::new(&account());
    fields.append("a", b"1").unwrap();
    fields.freeze();
    assert_eq!(fields.append("a", b"2"), Err(FieldsError::Immutable));
    assert_eq!(fields.set("a", []), Err(FieldsError::Immutable));
    assert_eq!(fields.delete("a"), Err(FieldsError::Immutable));
    let mut copy = fields.to_mutable().unwrap();
    copy.append("a", b"2").unwrap();
    assert_eq!(values(&fields, "a"), [b"1".to_vec()]);
    assert_eq!(copy.into_map().get_all("a").iter().count(), 2);
}

#[test]
fn received_fields_cannot_be_changed() {
    let mut map = HeaderMap::new();
    map.insert("a", HeaderValue::from_static("1"));
    map.insert("connection", HeaderValue::from_static("close"));
    let mut fields = Fields::received(map, &account());
    assert_eq!(fields.len(), 1);
    assert_eq!(fields.append("b", b"1"), Err(FieldsError::Immutable));
}
