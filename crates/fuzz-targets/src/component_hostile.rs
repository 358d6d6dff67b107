//! Components that misbehave wherever the canonical ABI lets a guest decide: the host answers with results and traps, the
//! same on each engine, holds no more than the limits say, and runs others afterwards.

#![expect(clippy::unwrap_used, reason = "for tests")]

use tambo::component::{Borrow, CallError, Instance, Limits, Linked, Linker, Own, Resource, ResourceTable, Val};
use tambo::{Config, EngineConfig, EngineKind, Runtime, TrapKind};
use tambo_component_battery::{Abi, Shape, Source, Strings, echo, hostile};

use crate::{Reached, kind_of};

type State = ResourceTable<u32>;

/// An engine, and a guest that behaves.
struct Site {
    runtime: Runtime,
    good: Linked<State>,
}

/// Every engine, for any number of guests that misbehave.
struct Sites(Vec<Site>);

thread_local! {
    static SITES: Sites = Sites::new();
}

/// One input.
pub fn run(data: &[u8]) -> Reached {
    SITES.with(|sites| sites.run(data))
}

fn limits() -> Limits {
    Limits { memory: 8 << 20, table_elements: 1000, fuel: Some(300_000), handles: 64, call_bytes: 1 << 20 }
}

fn linker() -> Linker<State> {
    let mut linker = Linker::new();
    linker
        .resource::<u32, _>("r", |table: &mut State, r| {
            table.remove(r.rep()).unwrap();
        })
        .func_dynamic("host", |_, args| Ok(args.first().cloned()))
        .func::<(String, Vec<(u8, String, Option<char>)>), (Vec<Vec<String>>,), _>("texts", |_, (text, list)| {
            Ok((list.into_iter().map(|(count, item, _)| vec![item, text.clone(), count.to_string()]).collect(),))
        })
        .func::<(), (Own<u32>,), _>("make", |table, ()| Ok((Own::new(table.add(7)),)))
        .func::<(Borrow<u32>, Vec<Borrow<u32>>), (Option<Own<u32>>,), _>("use", |table, (lent, list)| {
            let sum: u32 = list.iter().chain([&lent]).map(|lent| *table.get(lent.rep()).unwrap()).sum();
            Ok(((sum.is_multiple_of(14)).then(|| Own::new(table.add(sum))),))
        })
        .func::<(Vec<Own<u32>>,), (), _>("give", |table, (list,)| {
            list.iter().for_each(|own| assert!(table.remove(own.rep()).is_some()));
            Ok(())
        });
    linker
}

impl Sites {
    /// All engines, which meter.
    fn new() -> Self {
        let engine_config = EngineConfig { fuel: true, ..EngineConfig::default() };
        let site = |&engine: &EngineKind| {
            let config = Config { engine, engine_config: engine_config.clone(), ..Config::default() };
            let runtime = Runtime::with_config(config).unwrap();
            let abi = Abi { strings: Strings::Utf8, pointer: tambo::component::types::Pointer::Bits32 };
            let good = runtime.load_component(echo(&Shape::String, abi).as_bytes()).unwrap();
            let good = good.link(&linker()).unwrap();
            Site { runtime, good }
        };
        Self(EngineKind::ALL.iter().map(site).collect())
    }

    /// Make a component of the bytes and call whatever it exports.
    fn run(&self, data: &[u8]) -> Reached {
        let (values, bytes) = data.split_at(data.len().min(64));
        let hostile = hostile(&mut Source::new(bytes));
        let value = hostile.shape.value(&mut Source::new(values));
        let outcomes = self.0.iter().map(|site| {
            let component = match site.runtime.load_component(hostile.text.as_bytes()) {
                Ok(component) => component,
                Err(error) => panic!("a valid component is refused: {error}\n{}", hostile.text),
            };
            let linked = component.link(&linker()).unwrap();
            let outcomes = calls(&linked, &value);
            site.check_others();
            outcomes
        });
        let outcomes: Vec<_> = outcomes.collect();
        for pair in outcomes.windows(2) {
            for (one, other) in pair[0].iter().zip(&pair[1]) {
                if matches!((one, other), (Outcome::Exhausted, _) | (_, Outcome::Exhausted)) {
                    break;
                }
                assert_eq!(one, other, "the engines differ on\n{}", hostile.text);
            }
        }
        outcomes.iter().flatten().map(Outcome::kind).collect()
    }
}

impl Site {
    fn check_others(&self) {
        let mut instance = self.good.instantiate(State::new(), &limits()).unwrap();
        let padding = Val::List((0..tambo_component_battery::PADDING).map(Val::U32).collect());
        let value = Val::Tuple(vec![Val::String("fine".to_owned()), Val::U8(1)]);
        assert_eq!(instance.call("echo", &[padding, value.clone()]).unwrap(), Some(value));
    }
}

/// How a call ended, as far as engines have to agree.
#[derive(Clone, Debug, PartialEq)]
enum Outcome {
    /// With a result, as text: not-a-number is not equal to itself.
    Returned(String),
    /// Trapped.
    Trapped(TrapKind),
    /// Refused by the host.
    Misused(String),
    /// Of time or stack, which engines measure differently; what comes after may differ too.
    Exhausted,
}

impl Outcome {
    fn kind(&self) -> String {
        match self {
            Self::Returned(_) => "returned".to_owned(),
            Self::Trapped(kind) => kind_of(&kind.to_string()),
            Self::Misused(message) => kind_of(message),
            Self::Exhausted => "exhausted".to_owned(),
        }
    }
}

fn outcome<T: std::fmt::Debug>(result: &Result<T, CallError>) -> Outcome {
    match result {
        Ok(value) => Outcome::Returned(format!("{value:?}")),
        Err(CallError::Misuse(message)) => Outcome::Misused(message.clone()),
        Err(CallError::Trap(trap)) => match &trap.kind {
            TrapKind::OutOfFuel | TrapKind::StackOverflow => Outcome::Exhausted,
            kind => {
                let message = kind.to_string();
                assert!(!message.contains("bug"), "{message}");
                Outcome::Trapped(kind.clone())
            }
        },
    }
}

/// Calls of a component, each on an instance of its own.
fn calls(linked: &Linked<State>, value: &Val) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for exports in ["guest", "callee"] {
        for name in ["f", "mk", "bw", "tk"] {
            let mut state = State::new();
            let reps = [7, 14].map(|number| state.add(number));
            let Some(mut instance) = instantiate(linked, state, &mut outcomes) else { continue };
            let mut call = |instance: &mut Instance<State>, name: &str, args: &[Val]| {
                if instance.has_trapped() {
                    return None;
                }
                let result = instance.call(&format!("{exports}#{name}"), args);
                outcomes.push(outcome(&result));
                if instance.has_trapped() {
                    let again = instance.call(&format!("{exports}#{name}"), args).unwrap_err().to_string();
                    assert!(again.contains("cannot enter"), "{again}");
                }
                result.ok().flatten()
            };
            if name == "f" {
                call(&mut instance, name, std::slice::from_ref(value));
                continue;
            }
            // Resources of the host, or whatever the guest gives.
            let host = linked.component().imported_resource("r").unwrap();
            let mut resources = reps.map(|rep| Resource::of_host(host, rep));
            if exports == "callee" {
                for resource in &mut resources {
                    let Some(Val::Own(own)) = call(&mut instance, "mk", &[]) else { continue };
                    *resource = own;
                }
            }
            let [first, last] = resources;
            if name == "bw" {
                let list = Val::List(vec![Val::Borrow(last), Val::Borrow(first), Val::Borrow(last)]);
                call(&mut instance, name, &[Val::Borrow(first), list, Val::String("aé€😀".to_owned())]);
            } else if name == "tk" {
                call(&mut instance, name, &[Val::List(vec![Val::Own(first)])]);
            }
            if !instance.has_trapped() {
                outcomes.push(outcome(&instance.drop_resource(last)));
            }
        }
    }
    outcomes
}

fn instantiate(linked: &Linked<State>, state: State, outcomes: &mut Vec<Outcome>) -> Option<Instance<State>> {
    match linked.instantiate(state, &limits()) {
        Ok(instance) => Some(instance),
        Err(trap) => {
            outcomes.push(outcome::<()>(&Err(trap.into())));
            None
        }
    }
}
