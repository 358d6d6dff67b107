//! Values of generated types through generated components: dynamic calls, guest to guest and through the host; typed for
//! a few types. On each engine they come back as they were.

use tambo::component::{Component, Instance, Limits, Linker, Val};
use tambo::{Config, EngineKind, Runtime};
use tambo_component_battery::{Abi, PADDING, Shape, Source, echo, pass, relay};

use crate::{Reached, names_in};

thread_local! {
    static RUNTIMES: Vec<Runtime> = EngineKind::ALL
        .iter()
        .map(|&engine| Runtime::with_config(Config { engine, ..Config::default() }).expect("an engine"))
        .collect();
}

/// One input: the type, the way that values of it take, then values.
pub fn run(data: &[u8]) -> Reached {
    let mut source = Source::new(data);
    let kind = source.byte();
    let typed = kind & 0x80 != 0;
    let depth = u32::from(kind >> 2 & 3);
    let shape = if typed { rust_shape(kind >> 2 & 3) } else { Shape::any(&mut source, depth) };
    let (one, other) = (Abi::any(&mut source), Abi::any(&mut source));
    let (path, text) = match kind & 3 {
        0 => ("echo", echo(&shape, one)),
        1 => ("x-echo", pass(&shape, one)),
        _ => ("relay#echo", relay(&shape, one, other)),
    };
    let values: Vec<Val> = (0..4).map(|_| Val::Tuple(vec![shape.value(&mut source), Val::U8(source.byte())])).collect();
    let mut reached = names_in(&(&shape, one, other));
    reached.extend([path.to_owned(), format!("typed: {typed}")]);
    let list = Val::List((0..PADDING).map(Val::U32).collect());
    RUNTIMES.with(|runtimes| {
        for runtime in runtimes {
            let component = load(runtime, &text);
            let passing = typed.then(|| load(runtime, &pass(&shape, Abi::any(&mut Source::new(&[])))));
            let mut instance = start(&component, &echoing());
            for value in &values {
                match instance.call(path, &[list.clone(), value.clone()]) {
                    Ok(returned) => assert_eq!(returned.as_ref(), Some(value), "{text}"),
                    Err(error) => panic!("{error}: {value:?}\n{text}"),
                }
                if let Some(passing) = &passing {
                    by_type(kind >> 2 & 3, &component, path, value, passing);
                }
            }
        }
    });
    reached
}

fn load(runtime: &Runtime, text: &str) -> Component {
    runtime.load_component(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn start<S: 'static + Default>(component: &Component, linker: &Linker<S>) -> Instance<S> {
    let linked = component.link(linker).unwrap_or_else(|error| panic!("{error}"));
    linked.instantiate(S::default(), &Limits::default()).unwrap_or_else(|trap| panic!("{trap}"))
}

fn echoing() -> Linker<()> {
    let mut linker = Linker::new();
    linker.func_dynamic("echo", |(), args| Ok(args.last().cloned()));
    linker
}

type First = Vec<(String, Option<u64>)>;
type Second = (u8, Result<Vec<char>, [i16; 3]>, f64);
type Third = Option<Vec<Vec<u8>>>;
type Fourth = [Result<String, (bool, f32, i64)>; 2];

fn rust_shape(number: u8) -> Shape {
    use Shape::{Bool, Char, F32, F64, FixedList, List, Option, Result, S16, S64, String, Tuple, U8, U64};
    let boxed = |shape: Shape| Box::new(shape);
    match number {
        0 => List(boxed(Tuple(vec![String, Option(boxed(U64))]))),
        1 => Tuple(vec![U8, Result(Some(boxed(List(boxed(Char)))), Some(boxed(FixedList(boxed(S16), 3)))), F64]),
        2 => Option(boxed(List(boxed(List(boxed(U8)))))),
        _ => FixedList(boxed(Result(Some(boxed(String)), Some(boxed(Tuple(vec![Bool, F32, S64]))))), 2),
    }
}

/// What a typed function of the host gets of a value, the typed function of a guest gives back.
macro_rules! compare {
    ($type:ty, $component:expr, $path:expr, $value:expr, $passing:expr) => {{
        type Params = ([u32; PADDING as usize], ($type, u8));
        let mut linker = Linker::<Option<($type, u8)>>::new();
        linker.func::<Params, (($type, u8),), _>("echo", |kept, (_, value)| {
            *kept = Some(value.clone());
            Ok((value,))
        });
        let mut instance = start($passing, &linker);
        let list = Val::List(vec![Val::U32(1); PADDING as usize]);
        let returned = instance.call("x-echo", &[list, $value.clone()]).expect("a host that answers");
        assert_eq!(returned.as_ref(), Some($value));
        let rust = instance.into_state().expect("a host that was called");
        let mut instance = start($component, &linker);
        let func = instance.func::<Params, (($type, u8),)>($path).expect("a function of this type");
        let (returned,) = func.call(&mut instance, ([1; PADDING as usize], rust.clone())).expect("an answer");
        assert_eq!(returned, rust);
    }};
}

fn by_type(number: u8, component: &Component, path: &str, value: &Val, passing: &Component) {
    match number {
        0 => compare!(First, component, path, value, passing),
        1 => compare!(Second, component, path, value, passing),
        2 => compare!(Third, component, path, value, passing),
        _ => compare!(Fourth, component, path, value, passing),
    }
}
