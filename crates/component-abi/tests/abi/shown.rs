//! Values as a short text: the same from flat values and from memory, cut where it is long, and never a fault.

use tambo_component_abi::dynamic::{check_params, lower_params, request_params, show_params, show_result};
use tambo_component_abi::types::{Case, Field, FuncType, MAX_FLAT_PARAMS, ResourceId, Type, TypeId, Types};
use tambo_component_abi::{Abi, Resource, Val};

use crate::guest::{Guest, all_abis};

fn function(params: &[TypeId]) -> FuncType {
    let params = params.iter().map(|&ty| Field { name: "p".into(), ty }).collect();
    FuncType { is_async: false, params, result: None }
}

/// The text of arguments that are lowered into a guest, flat as far as `max_flat` allows.
fn shown(types: &Types, abi: Abi, func: &FuncType, args: &[Val], max_flat: usize) -> String {
    let mut guest = Guest::new(types, abi);
    check_params(types, func, args).unwrap();
    let requests = guest.requests(|cx| request_params(cx, func, max_flat, args)).unwrap();
    let places = Guest::allocate(64, &requests);
    let flat = guest.lower_flat(&places, |cx, flat| lower_params(cx, func, max_flat, args, flat)).unwrap();
    show_params((&guest.memory, types, abi), func, max_flat, flat.iter())
}

fn text(text: &str) -> Val {
    Val::String(text.to_owned())
}

#[test]
fn every_kind_of_value_has_a_text() {
    let mut types = Types::new();
    let mut add = |ty: Type| types.intern(ty).unwrap();
    let (byte, wide, string) = (add(Type::U8), add(Type::S64), add(Type::String));
    let (float, char, handle) = (add(Type::F32), add(Type::Char), add(Type::Own(ResourceId(0))));
    let (bytes, list) = (add(Type::List(byte)), add(Type::List(wide)));
    let case = |name: &str, ty| Case { name: name.into(), ty };
    let variant = add(Type::Variant([case("a", None), case("b", Some(wide))].into()));
    let option = add(Type::Option(string));
    let result = add(Type::Result { ok: Some(float), err: Some(variant) });
    let flags = add(Type::Flags(["read".into(), "write".into(), "sync".into()].into()));
    let fields = [("x", byte), ("y", wide)].map(|(name, ty)| Field { name: name.into(), ty });
    let record = add(Type::Record(fields.into()));
    let tuple = add(Type::Tuple([char, handle].into()));
    let byte_list = |bytes: &[u8]| Val::List(bytes.iter().map(|byte| Val::U8(*byte)).collect());
    let cases = [
        (vec![byte, wide], vec![Val::U8(7), Val::S64(-3)], "(7, -3)"),
        (vec![string, option], vec![text("a\n☃"), Val::Option(None)], "(\"a\\n☃\", none)"),
        (vec![option], vec![Val::Option(Some(Box::new(text("é"))))], "(some(\"é\"))"),
        (vec![bytes], vec![byte_list(b"one\xff\0")], "(\"one\\xff\\0\")"),
        (vec![list], vec![Val::List(vec![Val::S64(1), Val::S64(2)])], "([1, 2])"),
        (vec![list], vec![Val::List(vec![Val::S64(0); 9])], "([0, 0, 0, 0, 0, 0, 0, 0, …])"),
        (vec![result], vec![Val::Result(Ok(Some(Box::new(Val::F32(1.5)))))], "(ok(1.5))"),
        (vec![variant], vec![Val::Variant("b".into(), Some(Box::new(Val::S64(9))))], "(b(9))"),
        (vec![flags], vec![Val::Flags(vec!["read".into(), "sync".into()])], "({read, sync})"),
        (vec![record], vec![Val::Record(vec![("x".into(), Val::U8(1)), ("y".into(), Val::S64(2))])], "({x: 1, y: 2})"),
        (
            vec![tuple],
            vec![Val::Tuple(vec![Val::Char('c'), Val::Own(Resource::of_host(ResourceId(0), 4))])],
            "(('c', #5))",
        ),
        (vec![], vec![], "()"),
    ];
    for abi in all_abis() {
        for (params, args, expected) in &cases {
            let func = function(params);
            for max_flat in [MAX_FLAT_PARAMS, 0] {
                assert_eq!(&shown(&types, abi, &func, args, max_flat), expected, "{abi:?}, {max_flat} flat");
            }
        }
    }
}

#[test]
fn what_is_long_is_cut() {
    let mut types = Types::new();
    let string = types.intern(Type::String).unwrap();
    let list = types.intern(Type::List(string)).unwrap();
    let lists = types.intern(Type::List(list)).unwrap();
    let func = function(&[lists]);
    let long = Val::List(vec![text(&"ab".repeat(50)); 8]);
    for abi in all_abis() {
        let shown = shown(&types, abi, &func, &[Val::List(vec![long.clone(); 8])], MAX_FLAT_PARAMS);
        assert!(shown.starts_with(&format!("([[\"{}\"…, ", "ab".repeat(32))), "{shown}");
        assert!(shown.len() < 1500 && shown.ends_with("…])"), "{} {shown}", shown.len());
    }
}

#[test]
fn what_cannot_be_read_is_a_question_mark() {
    let mut types = Types::new();
    let string = types.intern(Type::String).unwrap();
    let choice = types.intern(Type::Enum(["a".into(), "b".into()].into())).unwrap();
    let (memory, abi) = (&[0; 16][..], Abi::default());
    let params = |ty: TypeId, flat: &[u64]| show_params((memory, &types, abi), &function(&[ty]), 16, flat.iter());
    assert_eq!(params(string, &[8, 100]), "(?");
    assert_eq!(params(choice, &[2]), "(?");
    assert_eq!(params(choice, &[1]), "(b)");
    let func = FuncType { result: Some(string), ..function(&[]) };
    assert_eq!(show_result((memory, &types, abi), &func, Some(12), [].iter()), "?");
    assert_eq!(show_result((memory, &types, abi), &func, Some(8), [].iter()), "\"\"");
    assert_eq!(show_result((memory, &types, abi), &function(&[]), None, [].iter()), "");
}
