//! What an embedder gets to read when a value or a Rust type does not fit.

use tambo_component_abi::types::{Field, FuncType, Param, ResourceId, Type, TypeId, Types};
use tambo_component_abi::{
    Borrow, LiftParams, Lower, LowerResult, Marker, Markers, MatchContext, Mismatch, Own, Owned, Resource, Typed, Val,
    dynamic,
};

use crate::guest::Guest;
use crate::samples::{Color, Outcome, Person, RESOURCE, Sample};

fn message(outcome: Result<(), Mismatch>) -> String {
    outcome.expect_err("a mismatch").to_string()
}

fn point(types: &mut Types) -> TypeId {
    let list = Vec::<u32>::ty(types);
    types.intern(Type::Record([Field { name: "x".into(), ty: list }].into())).unwrap()
}

#[test]
fn a_value_that_does_not_fit_is_named_by_its_way() {
    let mut types = Types::new();
    let ty = point(&mut types);
    let func = FuncType { is_async: false, params: [Param { name: "p".into(), ty }].into(), result: None };
    let mut list = vec![Val::U32(0); 3];
    list.push(Val::String("three".into()));
    let args = [Val::Record(vec![("x".into(), Val::List(list))])];
    let found = message(dynamic::check_params(&types, &func, &args));
    assert_eq!(found, "parameter `p`, field `x`, element 3: expected u32, got string");
    assert_eq!(message(dynamic::check_params(&types, &func, &[])), "expected 1 arguments, got 0");
    let unexpected = dynamic::check_result(&types, &func, Some(&Val::U8(1)));
    assert_eq!(message(unexpected), "the result: expected nothing, got u8");
}

#[test]
fn every_kind_of_value_is_checked() {
    let mut types = Types::new();
    let tuple = <(u8, char)>::ty(&mut types);
    let array = <[u8; 2]>::ty(&mut types);
    let result = <Result<u8, ()>>::ty(&mut types);
    let option = <Option<bool>>::ty(&mut types);
    let flags = types.intern(Type::Flags(["a".into(), "b".into()].into())).unwrap();
    let (person, outcome, color, own) =
        (Person::ty(&mut types), Outcome::ty(&mut types), Color::ty(&mut types), Owned::ty(&mut types));
    let other = Val::Own(Resource::of_host(ResourceId(8), 0));
    let some = |val| Some(Box::new(val));
    let cases = [
        (tuple, Val::Tuple(vec![Val::U8(0)]), "expected 2 elements, got 1"),
        (tuple, Val::Tuple(vec![Val::U8(0), Val::U8(0)]), "element 1: expected char, got u8"),
        (array, Val::List(vec![Val::U8(0)]), "expected 2 elements, got 1"),
        (result, Val::Result(Ok(None)), "`ok`: expected u8, got nothing"),
        (result, Val::Result(Err(some(Val::U8(0)))), "`err`: expected nothing, got u8"),
        (option, Val::Option(some(Val::U8(0))), "`some`: expected bool, got u8"),
        (flags, Val::Flags(vec!["c".into()]), "expected flags { a, b }, got flag `c`"),
        (color, Val::Enum("pink".into()), "expected enum { red, dark-green, blue }, got case `pink`"),
        (outcome, Val::Variant("wide".into(), some(Val::U8(0))), "case `wide`: expected s64, got u8"),
        (outcome, Val::Variant("not-found".into(), some(Val::U8(0))), "case `not-found`: expected nothing, got u8"),
        (person, Val::Record(vec![]), "expected 3 fields, got 0"),
        (person, Val::Bool(true), "expected record { type, full-name, badge }, got bool"),
        (own, other, "expected own<resource 7>, got a handle of resource 8"),
    ];
    for (ty, val, expected) in cases {
        assert_eq!(message(dynamic::check(&types, ty, &val)), expected);
    }
}

#[test]
fn a_rust_type_that_does_not_fit_is_refused_when_linked() {
    let mut types = Types::new();
    let (ty, text) = (point(&mut types), String::ty(&mut types));
    let lists = Vec::<Option<u8>>::ty(&mut types);
    let params = [("p", ty), ("q", text), ("r", lists)].map(|(name, ty)| Param { name: name.into(), ty });
    let func = FuncType { is_async: false, params: params.into(), result: Some(text) };
    let cx = &MatchContext { types: &types, markers: &Markers::new() };
    let two = <(u32, u32) as LiftParams>::matches(cx, &func);
    assert_eq!(message(two), "expected 3 parameters, got 2");
    let wrong = <(Person, String, Vec<Option<u8>>) as LiftParams>::matches(cx, &func);
    assert_eq!(message(wrong), "parameter `p`: expected record { x }, got a Rust type of 3 parts");
    let option = <Vec<Option<u16>>>::matches(cx, lists);
    assert_eq!(message(option), "its elements, `some`: expected u8, got Rust's `u16`");
    let result = <() as LowerResult>::matches(cx, &func);
    assert_eq!(message(result), "the result: expected string, got `()`, no result");
    let nothing = <() as Typed>::matches(cx, text);
    assert_eq!(message(nothing), "expected string, got Rust's `()`");
}

/// Resource types of the host.
enum Red {}
enum Blue {}

#[test]
fn a_handle_of_another_of_the_hosts_resources_is_refused_at_any_depth() {
    let markers = Markers::from([(ResourceId(0), Marker::of::<Red>()), (ResourceId(1), Marker::of::<Blue>())]);
    let mut types = Types::new();
    let mut intern = |ty| types.intern(ty).unwrap();
    let owns = [0, 1, 2].map(|number| intern(Type::Own(ResourceId(number))));
    let borrow = intern(Type::Borrow(ResourceId(1)));
    let list = intern(Type::List(owns[1]));
    let tuple = intern(Type::Tuple([owns[0], list].into()));
    let option = intern(Type::Option(tuple));
    let result = intern(Type::Result { ok: Some(option), err: Some(borrow) });
    let cx = &MatchContext { types: &types, markers: &markers };

    type Deep<A, B, C> = Result<Option<(Own<A>, Vec<Own<B>>)>, Borrow<C>>;
    Deep::<Red, Blue, Blue>::matches(cx, result).unwrap();
    for (outcome, way) in [
        (Deep::<Blue, Blue, Blue>::matches(cx, result), "`ok`, `some`, element 0"),
        (Deep::<Red, Red, Blue>::matches(cx, result), "`ok`, `some`, element 1, its elements"),
        (Deep::<Red, Blue, Red>::matches(cx, result), "`err`"),
    ] {
        assert!(message(outcome.clone()).starts_with(&format!("{way}: expected ")), "{outcome:?}");
    }
    let said = message(Own::<Red>::matches(cx, owns[1]));
    let name = std::any::type_name::<Red>();
    assert!(said.contains(&format!("expected own<resource 1>, got a handle of `{name}`; resource 1 is the host's `")));
    let dynamic = message(Own::<Red>::matches(cx, owns[2]));
    assert!(dynamic.ends_with("resource 2 has no Rust type"), "{dynamic}");
    assert!(Own::<Red>::matches(&MatchContext { types: &types, markers: &Markers::new() }, owns[0]).is_err());
    assert!(Borrow::<Red>::matches(cx, owns[0]).is_err(), "owned is not lent");
    Owned::matches(cx, owns[2]).unwrap();
}

#[test]
fn a_handle_of_another_resource_is_refused_before_anything_is_written() {
    let mut types = Types::new();
    let ty = Vec::<Owned>::ty(&mut types);
    let guest = Guest::new(&types, tambo_component_abi::Abi::default());
    let good = Owned(Resource::of_host(RESOURCE, 1));
    let bad = Owned(Resource::of_host(ResourceId(0), 1));
    let outcome = guest.requests(|cx| vec![good, bad].requests(cx, ty)).map(drop);
    assert_eq!(message(outcome), "element 1: expected own<resource 7>, got a handle of resource 0");
}
