//! Parameters and results of functions, flat and through memory; closures over borrowed arguments.

use tambo_component_abi::types::{
    FuncType, MAX_FLAT_ASYNC_PARAMS, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Param, TypeId, Types,
};
use tambo_component_abi::{
    Abi, Budget, Fault, FlatWriter, LiftContext, LiftParams, LiftResult, LowerContext, LowerParams, LowerResult,
    Markers, MatchContext, Request, Scratch, Val, dynamic,
};

use crate::guest::{Guest, Table, all_abis};
use crate::samples::Sample;

fn function(params: &[TypeId], result: Option<TypeId>) -> FuncType {
    let param = |(index, &ty): (usize, &TypeId)| Param { name: format!("p{index}").into(), ty };
    FuncType { is_async: false, params: params.iter().enumerate().map(param).collect(), result }
}

/// What a linker offers: a host function with typed parameters and result.
fn call<P, R, F>(cx: &mut LiftContext<'_, '_>, func: &FuncType, flat: &[u64], f: F) -> Result<R, Fault>
where
    P: LiftParams,
    R: LowerResult,
    F: for<'a> Fn(&mut u32, P::At<'a>) -> R,
{
    let matching = MatchContext { types: cx.types, markers: &Markers::new() };
    P::matches(&matching, func).unwrap();
    R::matches(&matching, func).unwrap();
    let params = P::lift(cx, func, MAX_FLAT_PARAMS, &mut flat.iter())?;
    Ok(f(&mut 0, params))
}

#[test]
fn closures_borrow_their_arguments_in_every_encoding() {
    let mut types = Types::new();
    let (text, word) = (String::ty(&mut types), u32::ty(&mut types));
    let bytes = Vec::<u8>::ty(&mut types);
    let func = function(&[text, word, bytes], Some(text));
    for abi in all_abis() {
        let mut guest = Guest::new(&types, abi);
        let args = ("grüße", 3_u32, &b"bytes"[..]);
        let requests = guest.requests(|cx| args.requests(cx, &func, MAX_FLAT_PARAMS)).unwrap();
        let places = Guest::allocate(64, &requests);
        let flat = guest.lower_flat(&places, |cx, flat| args.lower(cx, &func, MAX_FLAT_PARAMS, flat)).unwrap();
        let result = guest.lift(|cx| {
            call::<(&str, u32, &[u8]), (String,), _>(cx, &func, &flat, |_state, (text, count, bytes)| {
                (format!("{} {}", text.repeat(count as usize), bytes.len()),)
            })
        });
        assert_eq!(result.unwrap().0, "grüßegrüßegrüße 5");
    }
}

#[test]
fn utf8_is_borrowed_and_costs_next_to_nothing() {
    let mut types = Types::new();
    let text = String::ty(&mut types);
    let func = function(&[text, text], None);
    let memory = b"hello".to_vec();
    let (mut budget, scratch) = (Budget::new(0), Scratch::new());
    let mut cx = LiftContext {
        memory: &memory,
        types: &types,
        abi: Abi::default(),
        handles: &mut Table,
        budget: &mut budget,
        scratch: &scratch,
    };
    let flat = [0, 5, 1, 4];
    let (first, second) = <(&str, &str)>::lift(&mut cx, &func, MAX_FLAT_PARAMS, &mut flat.iter()).unwrap();
    assert_eq!((first, second), ("hello", "ello"));
    assert_eq!(first.as_ptr(), memory.as_ptr());
}

type Many = (u64, String, Vec<u8>, u8, (u32, f64, Option<u64>), String, Vec<u32>, u16);

#[test]
fn many_parameters_go_through_memory() {
    let mut types = Types::new();
    let parts = [
        u64::ty(&mut types),
        String::ty(&mut types),
        Vec::<u8>::ty(&mut types),
        u8::ty(&mut types),
        <(u32, f64, Option<u64>)>::ty(&mut types),
        String::ty(&mut types),
        Vec::<u32>::ty(&mut types),
        u16::ty(&mut types),
    ];
    let func = function(&parts, None);
    let args: Many = (1, "zwei".into(), vec![3, 3], 4, (5, 5.5, Some(55)), "sechs".into(), vec![7, 77], 8);
    let few = function(&parts[..3], None);
    for abi in all_abis() {
        through_memory(&types, abi, &func, &args, MAX_FLAT_ASYNC_PARAMS);
        through_memory(&types, abi, &func, &args, MAX_FLAT_PARAMS);
        let args = (args.0, args.1.clone(), args.2.clone());
        through_memory(&types, abi, &few, &args, MAX_FLAT_ASYNC_PARAMS);
        through_memory(&types, abi, &few, &args, MAX_FLAT_PARAMS);
    }
}

fn through_memory<P>(types: &Types, abi: Abi, func: &FuncType, args: &P, max_flat: usize)
where
    P: LowerParams + LiftParams + PartialEq<P::At<'static>> + std::fmt::Debug,
    P: for<'a> LiftParams<At<'a> = P>,
{
    let mut guest = Guest::new(types, abi);
    let requests = guest.requests(|cx| args.requests(cx, func, max_flat)).unwrap();
    let places = Guest::allocate(64, &requests);
    let flat = guest.lower_flat(&places, |cx, flat| args.lower(cx, func, max_flat, flat)).unwrap();
    let tuple: Vec<TypeId> = func.params.iter().map(|param| param.ty).collect();
    let layout = types.tuple_layout(&tuple, abi.pointer).unwrap();
    let spilled = layout.flat.as_ref().is_none_or(|flat| flat.len() > max_flat);
    if spilled {
        assert_eq!(flat, [64]);
        assert_eq!(requests[0], Request { align: layout.align, size: layout.size });
    }
    let mut reader = flat.iter();
    assert_eq!(*args, guest.lift(|cx| P::lift(cx, func, max_flat, &mut reader)).unwrap());
    assert_eq!(reader.len(), 0);
    let vals = guest.lift(|cx| dynamic::lift_params(cx, func, max_flat, &mut flat.iter())).unwrap();
    dynamic::check_params(types, func, &vals).unwrap();
    let again = guest.requests(|cx| dynamic::request_params(cx, func, max_flat, &vals)).unwrap();
    assert_eq!(again, requests);
    let mut other = Guest::new(types, abi);
    let other_flat =
        other.lower_flat(&places, |cx, flat| dynamic::lower_params(cx, func, max_flat, &vals, flat)).unwrap();
    assert_eq!(flat, other_flat);
    assert!(guest.memory == other.memory);

    if spilled {
        let mut fault = |address: u64| {
            let fault = guest.lift(|cx| P::lift(cx, func, max_flat, &mut [address].iter()).map(drop)).unwrap_err();
            let other = guest.lift(|cx| dynamic::lift_params(cx, func, max_flat, &mut [address].iter())).unwrap_err();
            assert_eq!(fault, other);
            fault.0
        };
        assert!(fault(4).starts_with("unaligned pointer"));
        assert!(fault((1 << 16) - 8).starts_with("a block of values out-of-bounds"));
    }
}

#[test]
fn results_go_where_the_caller_says() {
    let mut types = Types::new();
    let pair = <(u8, String)>::ty(&mut types);
    let func = function(&[], Some(pair));
    for abi in all_abis() {
        assert!(dynamic::result_spills(&types, &func, abi, MAX_FLAT_RESULTS));
        let result = ((7_u8, "sieben".to_owned()),);
        let val = Val::Tuple(vec![Val::U8(7), Val::String("sieben".into())]);
        dynamic::check_result(&types, &func, Some(&val)).unwrap();
        let (mut guest, mut other) = (Guest::new(&types, abi), Guest::new(&types, abi));
        let requests = guest.requests(|cx| LowerResult::requests(&result, cx, &func)).unwrap();
        let again = other.requests(|cx| dynamic::request_result(cx, &func, Some(&val))).unwrap();
        assert_eq!(requests, again);
        let places = Guest::allocate(256, &requests);
        let lower = |cx: &mut LowerContext<'_>, flat: &mut FlatWriter<'_>| {
            LowerResult::lower(&result, cx, &func, Some(64), flat)
        };
        let flat = guest.lower_flat(&places, lower).unwrap();
        let lower = |cx: &mut LowerContext<'_>, flat: &mut FlatWriter<'_>| {
            dynamic::lower_result(cx, &func, Some(&val), Some(64), flat)
        };
        assert!(other.lower_flat(&places, lower).unwrap().is_empty());
        assert!(flat.is_empty() && guest.memory == other.memory);
        let lifted =
            guest.lift(|cx| <((u8, String),) as LiftResult>::lift(cx, &func, MAX_FLAT_RESULTS, &mut [64].iter()));
        assert_eq!(lifted.unwrap(), result);
        let lifted = guest.lift(|cx| dynamic::lift_result(cx, &func, MAX_FLAT_RESULTS, &mut [64].iter()));
        assert_eq!(lifted.unwrap(), Some(val.clone()));
        for (address, expected) in [(65, "unaligned pointer"), (1 << 16, "a block for results out-of-bounds")] {
            let lower = |cx: &mut LowerContext<'_>, flat: &mut FlatWriter<'_>| {
                LowerResult::lower(&result, cx, &func, Some(address), flat)
            };
            assert!(guest.lower_flat(&places, lower).unwrap_err().0.starts_with(expected));
        }
    }
}

#[test]
fn a_long_scratch_is_dropped_without_a_deep_stack() {
    let mut types = Types::new();
    let ty = Vec::<String>::ty(&mut types);
    let abi = Abi { encoding: tambo_component_abi::Encoding::Utf16, ..Abi::default() };
    let mut guest = Guest::new(&types, abi);
    guest.memory = vec![0; 1 << 22];
    for entry in guest.memory.as_chunks_mut::<8>().0 {
        *entry = (1_u64 << 32).to_le_bytes();
    }
    guest.budget = Budget::new(1 << 28);
    let count = 1 << 19;
    let lifted = guest.lift(|cx| {
        use tambo_component_abi::Lift;
        Vec::<&str>::lift_flat(cx, ty, &mut [0, count].iter()).map(|list| list.len())
    });
    assert_eq!(lifted.unwrap(), 1 << 19);
}
