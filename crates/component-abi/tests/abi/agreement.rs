//! The dynamic and the typed way agree: the same shapes, the same requests, the same bytes, the same values back.

use std::fmt::Debug;

use tambo_component_abi::types::{MAX_FLAT_PARAMS, Types};
use tambo_component_abi::{Borrowed, Lift, Lower, Markers, MatchContext, Owned, Typed, Val, dynamic};

use crate::guest::{Guest, all_abis};
use crate::samples::{Color, Outcome, Person, Random, Sample};

const ROUNDS: usize = 60;
/// Where values are stored, and where allocations begin.
const PLACE: usize = 64;
const HEAP: u64 = 1024;

fn agree<T: Sample + Typed + Lower + for<'a> Lift<'a> + PartialEq + Debug>() {
    let mut types = Types::new();
    let ty = T::ty(&mut types);
    T::matches(&MatchContext { types: &types, markers: &Markers::new() }, ty).unwrap();
    let random = &mut Random(0x9e37_79b9_7f4a_7c15);
    for abi in all_abis() {
        let layout = types.layout(ty, abi.pointer);
        let shape = T::SHAPE.of(abi.pointer);
        assert_eq!((shape.size, shape.align), (layout.size, layout.align));
        match &layout.flat {
            Some(flat) => assert_eq!(shape.flat as usize, flat.len()),
            None => assert!(shape.flat as usize > MAX_FLAT_PARAMS),
        }
        for _ in 0..ROUNDS {
            let value = T::sample(random);
            let mut guest = Guest::new(&types, abi);
            let mut other = Guest::new(&types, abi);
            let requests = guest.requests(|cx| value.requests(cx, ty)).unwrap();
            assert!(!T::PLAIN || requests.is_empty());
            let places = Guest::allocate(HEAP, &requests);

            guest.lower(&places, |cx| value.store(cx, ty, PLACE)).unwrap();
            assert_eq!(guest.lift(|cx| T::load(cx, ty, PLACE)).unwrap(), value);
            let val = guest.lift(|cx| dynamic::load(cx, ty, PLACE)).unwrap();
            dynamic::check(&types, ty, &val).unwrap();
            assert_eq!(other.requests(|cx| dynamic::requests(cx, ty, &val)).unwrap(), requests);
            other.lower(&places, |cx| dynamic::store(cx, ty, &val, PLACE)).unwrap();
            assert!(guest.memory == other.memory, "{value:?} is stored the same, {abi:?}");
            assert!(PLACE + guest.size(ty) <= HEAP as usize);

            if layout.flat.is_some() {
                agree_flat(&types, abi, (&value, &val), &places, ty);
            }
        }
    }
}

fn agree_flat<T: Typed + Lower + for<'a> Lift<'a> + PartialEq + Debug>(
    types: &Types,
    abi: tambo_component_abi::Abi,
    (value, val): (&T, &Val),
    places: &[u64],
    ty: tambo_component_abi::types::TypeId,
) {
    let (mut guest, mut other) = (Guest::new(types, abi), Guest::new(types, abi));
    let flat = guest.lower_flat(places, |cx, flat| value.lower_flat(cx, ty, flat)).unwrap();
    let other_flat = other.lower_flat(places, |cx, flat| dynamic::lower_flat(cx, ty, val, flat)).unwrap();
    assert_eq!(flat, other_flat);
    assert!(guest.memory == other.memory, "{value:?} is lowered the same, {abi:?}");
    let mut reader = flat.iter();
    assert_eq!(guest.lift(|cx| T::lift_flat(cx, ty, &mut reader)).unwrap(), *value);
    assert_eq!(reader.len(), 0);
    let mut reader = flat.iter();
    assert_eq!(guest.lift(|cx| dynamic::lift_flat(cx, ty, &mut reader)).unwrap(), *val);
    assert_eq!(reader.len(), 0);
}

#[test]
fn scalars_agree() {
    agree::<(u8, i8, bool, char)>();
    agree::<(u16, i16, u32, i32)>();
    agree::<(u64, i64)>();
    agree::<(f32, f64)>();
}

#[test]
fn strings_and_lists_agree() {
    agree::<String>();
    agree::<(u8, String, Vec<u8>)>();
    agree::<Vec<Vec<String>>>();
    agree::<(Vec<i64>, Vec<u16>, Vec<f32>, Vec<bool>)>();
    agree::<Vec<(u8, u64)>>();
    agree::<([u8; 3], [String; 2])>();
    agree::<[u64; 40]>();
}

#[test]
fn variants_agree() {
    agree::<Option<Option<u8>>>();
    agree::<Result<u64, f32>>();
    agree::<Result<String, ()>>();
    agree::<Vec<Result<(u8, f64), Option<char>>>>();
    agree::<Outcome>();
    agree::<(Vec<Outcome>, Color)>();
}

#[test]
fn records_and_handles_agree() {
    agree::<Person>();
    agree::<Vec<Person>>();
    agree::<(Owned, Vec<Borrowed>, Option<Owned>)>();
    agree::<Result<Person, Box<Color>>>();
}

#[test]
fn flags_and_maps_come_back() {
    use tambo_component_abi::types::Type;
    let mut types = Types::new();
    let (text, byte) = (String::ty(&mut types), u8::ty(&mut types));
    let map = types.intern(Type::Map(text, byte)).unwrap();
    let entries = [("one", 1), ("zwölf", 12), ("日本", 3)];
    let entries = entries.map(|(key, value)| (Val::String(key.to_owned()), Val::U8(value)));
    come_back(&types, map, &Val::Map(entries.into()));
    for count in [1, 8, 9, 16, 17, 32] {
        let labels: Vec<String> = (0..count).map(|index| format!("f{index}")).collect();
        let flags = types.intern(Type::Flags(labels.iter().map(|label| label.as_str().into()).collect())).unwrap();
        let odd = labels.iter().skip(1).step_by(2).cloned().collect();
        for set in [vec![], odd, labels] {
            come_back(&types, flags, &Val::Flags(set));
        }
    }
}

fn come_back(types: &Types, ty: tambo_component_abi::types::TypeId, val: &Val) {
    dynamic::check(types, ty, val).unwrap();
    for abi in all_abis() {
        let mut guest = Guest::new(types, abi);
        let requests = guest.requests(|cx| dynamic::requests(cx, ty, val)).unwrap();
        let places = Guest::allocate(HEAP, &requests);
        guest.lower(&places, |cx| dynamic::store(cx, ty, val, PLACE)).unwrap();
        assert_eq!(guest.lift(|cx| dynamic::load(cx, ty, PLACE)).unwrap(), *val);
        let flat = guest.lower_flat(&places, |cx, flat| dynamic::lower_flat(cx, ty, val, flat)).unwrap();
        assert_eq!(guest.lift(|cx| dynamic::lift_flat(cx, ty, &mut flat.iter())).unwrap(), *val);
    }
}
