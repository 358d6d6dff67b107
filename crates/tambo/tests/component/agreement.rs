//! Values of generated types go through components in every way there is, and come back as they were: by dynamic and
//! typed calls, from guest to guest in all pairs of encodings and widths of addresses, through functions of the host.

use tambo::component::types::Pointer;
use tambo::component::{Component, Linker, Val};
use tambo_component_battery::{Abi, PADDING, Shape, Source, Strings, echo, pass, relay};

use crate::{load, on_each_engine, start};

pub(crate) fn bytes(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(count).collect()
}

fn every_abi() -> impl Iterator<Item = Abi> + Clone {
    let pointers = [Pointer::Bits32, Pointer::Bits64];
    pointers.into_iter().flat_map(|pointer| Strings::ALL.map(|strings| Abi { strings, pointer }))
}

fn padding() -> Val {
    Val::List((0..PADDING).map(Val::U32).collect())
}

fn wrapped(value: &Val) -> Val {
    Val::Tuple(vec![value.clone(), Val::U8(0xa5)])
}

/// A host that returns what it gets.
fn echoing() -> Linker<()> {
    let mut linker = Linker::new();
    linker.func_dynamic("echo", |(), args| Ok(args.last().cloned()));
    linker
}

#[track_caller]
fn returns_its_values(component: &Component, path: &str, values: &[Val], told: &str) {
    let mut instance = start(component, &echoing(), ());
    for value in values.iter().map(wrapped) {
        let returned = instance.call(path, &[padding(), value.clone()]);
        let returned = returned.unwrap_or_else(|error| panic!("{told}: {value:?}: {error}"));
        assert_eq!(returned, Some(value), "{told}");
    }
}

/// A few values of a type that the seed chooses.
fn of_seed(seed: u64) -> (Shape, Vec<Val>) {
    let bytes = bytes(seed, 400);
    let mut source = Source::new(&bytes);
    let shape = Shape::any(&mut source, 1 + (seed % 3) as u32);
    let values = (0..4).map(|_| shape.value(&mut source)).collect();
    (shape, values)
}

#[test]
fn a_value_comes_back_from_a_guest() {
    on_each_engine(|runtime| {
        for (seed, abi) in (0..300).zip(every_abi().cycle()) {
            let (shape, values) = of_seed(seed);
            let told = format!("seed {seed}, {abi:?}, {shape:?}");
            returns_its_values(&load(runtime, &echo(&shape, abi)), "echo", &values, &told);
        }
    });
}

#[test]
fn a_value_comes_back_from_a_guest_behind_a_guest() {
    let pairs: Vec<_> = every_abi().flat_map(|inner| every_abi().map(move |outer| (inner, outer))).collect();
    on_each_engine(|runtime| {
        for (seed, &(inner, outer)) in (1000..1300).zip(pairs.iter().cycle()) {
            let (shape, values) = of_seed(seed);
            let told = format!("seed {seed}, {inner:?} in {outer:?}, {shape:?}");
            returns_its_values(&load(runtime, &relay(&shape, inner, outer)), "relay#echo", &values, &told);
        }
    });
}

#[test]
fn a_value_comes_back_from_the_host() {
    on_each_engine(|runtime| {
        for (seed, abi) in (2000..2300).zip(every_abi().cycle()) {
            let (shape, values) = of_seed(seed);
            let told = format!("seed {seed}, {abi:?}, {shape:?}");
            returns_its_values(&load(runtime, &pass(&shape, abi)), "x-echo", &values, &told);
        }
    });
}

/// A Rust type against its shape: typed and dynamic calls and functions, in all combinations.
macro_rules! typed {
    ($type:ty, $shape:expr) => {{
        type Params = ([u32; PADDING as usize], ($type, u8));
        let shape: Shape = $shape;
        // The function keeps what it gets: what a guest makes of a dynamic value.
        let mut typed = Linker::<Vec<($type, u8)>>::new();
        typed.func::<Params, (($type, u8),), _>("echo", |kept, (_, value)| {
            kept.push(value.clone());
            Ok((value,))
        });
        on_each_engine(|runtime| {
            for (seed, abi) in (0..).zip(every_abi()) {
                let value = wrapped(&shape.value(&mut Source::new(&bytes(seed, 400))));
                let utf8 = Abi { strings: Strings::Utf8, ..abi };
                let passing = load(runtime, &pass(&shape, abi));
                let mut instance = start(&passing, &typed, Vec::new());
                assert_eq!(instance.call("x-echo", &[padding(), value.clone()]).unwrap(), Some(value.clone()));
                let rust = instance.state()[0].clone();
                let func = instance.func::<Params, (($type, u8),)>("x-echo").unwrap();
                assert_eq!(func.call(&mut instance, ([7; PADDING as usize], rust.clone())).unwrap(), (rust.clone(),));
                assert_eq!(instance.into_state(), [rust.clone(), rust.clone()]);
                for (path, component) in [
                    ("x-echo", passing),
                    ("echo", load(runtime, &echo(&shape, abi))),
                    ("relay#echo", load(runtime, &relay(&shape, abi, utf8))),
                ] {
                    let mut instance = start(&component, &echoing(), ());
                    let func = instance.func::<Params, (($type, u8),)>(path).unwrap();
                    let returned = func.call(&mut instance, ([7; PADDING as usize], rust.clone())).unwrap();
                    assert_eq!(returned, (rust.clone(),), "{path}, {abi:?}");
                    assert_eq!(instance.call(path, &[padding(), value.clone()]).unwrap(), Some(value.clone()));
                }
            }
        });
    }};
}

#[test]
fn flags_of_every_width_come_back() {
    let [abi, other] = [Strings::Utf8, Strings::Utf16].map(|strings| Abi { strings, pointer: Pointer::Bits32 });
    on_each_engine(|runtime| {
        for labels in 1..=32 {
            let shape = Shape::Flags(labels);
            let all = Val::Flags((0..labels).map(|at| format!("b{at}")).collect());
            let values = [all, Val::Flags(Vec::new()), Val::Flags(vec![format!("b{}", labels - 1)])];
            let component = load(runtime, &relay(&shape, abi, other));
            returns_its_values(&component, "relay#echo", &values, &format!("{labels} flags"));
        }
    });
}

fn list(of: Shape) -> Shape {
    Shape::List(Box::new(of))
}

fn option(of: Shape) -> Shape {
    Shape::Option(Box::new(of))
}

fn result(ok: Option<Shape>, err: Option<Shape>) -> Shape {
    Shape::Result(ok.map(Box::new), err.map(Box::new))
}

#[test]
fn scalars_are_the_same_typed_and_dynamic() {
    typed!(
        (bool, i8, u8, i16, u16, i32, u32, i64),
        Shape::Tuple(vec![
            Shape::Bool,
            Shape::S8,
            Shape::U8,
            Shape::S16,
            Shape::U16,
            Shape::S32,
            Shape::U32,
            Shape::S64,
        ])
    );
    typed!((u64, f32, f64, char), Shape::Tuple(vec![Shape::U64, Shape::F32, Shape::F64, Shape::Char]));
}

#[test]
fn strings_and_lists_are_the_same_typed_and_dynamic() {
    typed!(String, Shape::String);
    typed!(Vec<u8>, list(Shape::U8));
    typed!(Vec<char>, list(Shape::Char));
    typed!(Vec<bool>, list(Shape::Bool));
    typed!(Vec<String>, list(Shape::String));
    typed!(Vec<Vec<(u8, u64)>>, list(list(Shape::Tuple(vec![Shape::U8, Shape::U64]))));
    typed!([u16; 3], Shape::FixedList(Box::new(Shape::U16), 3));
    typed!(Vec<[String; 2]>, list(Shape::FixedList(Box::new(Shape::String), 2)));
}

#[test]
fn choices_are_the_same_typed_and_dynamic() {
    typed!(Option<u8>, option(Shape::U8));
    typed!(Option<Option<String>>, option(option(Shape::String)));
    typed!(Vec<Option<f64>>, list(option(Shape::F64)));
    typed!(Result<(), String>, result(None, Some(Shape::String)));
    typed!(Result<u64, ()>, result(Some(Shape::U64), None));
    typed!(
        Result<Vec<Result<i8, char>>, (f32, bool)>,
        result(
            Some(list(result(Some(Shape::S8), Some(Shape::Char)))),
            Some(Shape::Tuple(vec![Shape::F32, Shape::Bool])),
        )
    );
    typed!(
        (Option<Vec<u32>>, [Result<String, i64>; 2], u8),
        Shape::Tuple(vec![
            option(list(Shape::U32)),
            Shape::FixedList(Box::new(result(Some(Shape::String), Some(Shape::S64))), 2),
            Shape::U8,
        ])
    );
}
