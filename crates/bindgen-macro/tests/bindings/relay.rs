//! Values of every type, through a component that passes them on to the host and back; and the options that change the
//! host's side: types of other crates, errors of its own, functions that wait.

use std::task::Poll;

use tambo::component::{Borrow, Held, Linker, Own, ResourceTable};
use tambo::{Trap, TrapKind};

use crate::{on_each_engine, start};

/// What knows nothing of components.
pub(crate) mod foreign {
    /// Three colors.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub(crate) enum Color {
        /// Red.
        Red,
        /// Blue.
        DarkBlue,
        /// None.
        None,
    }

    bitflags::bitflags! {
        /// Bits that are others than the component's.
        #[derive(Clone, Copy, Debug, PartialEq)]
        pub(crate) struct Few: u32 {
            /// One.
            const ONE = 0x80;
            /// Another.
            const THE_OTHER = 0x10;
            /// A third.
            const TYPE = 1;
        }
    }
}

/// What the host fails with.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A number is odd.
    Odd,
    /// The guest is to end.
    Fatal,
}

impl TryFrom<Failure> for bindings::tambo::demo::relay::Code {
    type Error = Trap;

    fn try_from(failure: Failure) -> Result<Self, Trap> {
        match failure {
            Failure::Odd => Ok(Self::Odd),
            Failure::Fatal => Err(Trap::new(TrapKind::Host("fatal".to_owned()))),
        }
    }
}

mod bindings {
    ::tambo::component::bindgen! {
        path: "../../guests/components/wit",
        world: "relaying",
        waiting: ["tambo:demo/relay/slow"],
        foreign: {
            "tambo:demo/kinds/color": super::foreign::Color,
            "tambo:demo/kinds@0.1.0/few": super::foreign::Few,
        },
        errors: { "tambo:demo/relay/code": super::Failure },
    }
}

use bindings::exports::tambo::demo::relay as client;
use bindings::tambo::demo::kinds::{Color, Few, Many, Named, NamedRef, Plain, Shape, ShapeRef};
use bindings::tambo::demo::relay::{Host, HostTicket, Ticket};

#[derive(Default)]
struct Relay {
    tickets: ResourceTable<u32>,
    waited: u32,
}

fn named(value: NamedRef<'_>) -> Named {
    let names = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    Named {
        name: value.name.to_owned(),
        bytes: value.bytes.to_vec(),
        numbers: value.numbers,
        nested: value.nested.into_iter().map(names).collect(),
        r#type: value.r#type.map(str::to_owned),
    }
}

fn shape(value: ShapeRef<'_>) -> Shape {
    match value {
        ShapeRef::Nothing => Shape::Nothing,
        ShapeRef::Number(number) => Shape::Number(number),
        ShapeRef::Named(value) => Shape::Named(named(value)),
        ShapeRef::Pair((text, color)) => Shape::Pair((text.to_owned(), color)),
        ShapeRef::Maybe(maybe) => Shape::Maybe(maybe),
        ShapeRef::Outcome(outcome) => Shape::Outcome(outcome.map(str::to_owned)),
        ShapeRef::Done(done) => Shape::Done(done),
        ShapeRef::Tags(tags) => Shape::Tags(tags),
        ShapeRef::Plain(plain) => Shape::Plain(plain),
    }
}

impl HostTicket for Relay {
    fn new(&mut self, number: u32) -> Result<Own<Ticket>, Trap> {
        Ok(Own::new(self.tickets.add(number)))
    }

    fn number(&mut self, ticket: Borrow<Ticket>) -> Result<u32, Trap> {
        self.tickets.get(ticket.rep()).copied().ok_or_else(|| Trap::bug("a ticket is gone"))
    }

    fn drop(&mut self, ticket: Own<Ticket>) -> Result<(), Trap> {
        self.tickets.remove(ticket.rep());
        Ok(())
    }
}

impl Host for Relay {
    fn numbers(&mut self, value: Plain) -> Result<Plain, Trap> {
        Ok(value)
    }

    fn texts(&mut self, value: NamedRef<'_>, bytes: &[u8]) -> Result<(Named, Vec<u8>), Trap> {
        Ok((named(value), bytes.to_vec()))
    }

    fn shapes(&mut self, values: Vec<ShapeRef<'_>>) -> Result<Vec<Shape>, Trap> {
        Ok(values.into_iter().map(shape).collect())
    }

    fn sets(&mut self, few: Few, many: Many, colors: Vec<Color>) -> Result<(Few, Many, Vec<Color>), Trap> {
        Ok((few, many, colors))
    }

    fn lots(
        &mut self,
        a: u8,
        b: u16,
        c: u32,
        d: u64,
        e: i8,
        f: i16,
        g: i32,
        h: i64,
        i: f32,
        j: f64,
        k: char,
        l: bool,
        m: &str,
        n: Option<&str>,
        o: Result<u8, &str>,
        r#type: Color,
    ) -> Result<String, Trap> {
        Ok(format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {j} {k} {l} {m} {n:?} {o:?} {:?}", r#type.0))
    }

    fn nothing(&mut self) -> Result<(), Trap> {
        self.waited += 100;
        Ok(())
    }

    fn attempt(&mut self, number: u32) -> Result<String, Failure> {
        match number {
            13 => Err(Failure::Fatal),
            _ if number % 2 == 1 => Err(Failure::Odd),
            _ => Ok(number.to_string()),
        }
    }

    fn paint(&mut self, number: u32) -> Result<Result<(), foreign::Color>, Trap> {
        Ok(if number == 0 { Ok(()) } else { Err(foreign::Color::DarkBlue) })
    }

    fn slow(&mut self, text: &str) -> Poll<Result<String, Trap>> {
        match (text, self.waited) {
            ("never", _) => Poll::Ready(Err(Trap::new(TrapKind::Host("never".to_owned())))),
            (_, 3..) => Poll::Ready(Ok(text.to_uppercase())),
            _ => Poll::Pending,
        }
    }

    fn sum(&mut self, _: Vec<Own<Ticket>>, _: Borrow<Ticket>) -> Result<u32, Trap> {
        Err(Trap::bug("the guest sums by itself"))
    }

    fn tear(&mut self, ticket: Own<Ticket>) -> Result<u32, Trap> {
        self.tickets.remove(ticket.rep()).ok_or_else(|| Trap::bug("a ticket is gone"))
    }
}

fn linker() -> Linker<Relay> {
    let mut linker = Linker::new();
    bindings::add_to_linker(&mut linker, |state| state);
    linker.wait_with(
        |state: &mut Relay| {
            state.waited += 1;
            Ok(())
        },
        |_, _| Poll::Pending,
    );
    linker
}

fn some_plain() -> Plain {
    Plain {
        a: true,
        b: -1,
        c: -300,
        d: i32::MIN,
        e: i64::MIN,
        f: 255,
        g: 65535,
        h: 7,
        i: u64::MAX,
        j: 1.5,
        k: -0.25,
        l: '🌽',
    }
}

fn some_named() -> Named {
    Named {
        name: "ñandú".to_owned(),
        bytes: vec![0, 255],
        numbers: vec![1, 2, 65535],
        nested: vec![vec![], vec!["a".to_owned(), String::new()]],
        r#type: Some("t".to_owned()),
    }
}

#[test]
fn values_of_every_type_come_back() {
    on_each_engine("relaying", |component| {
        let mut instance = start(&component, &linker(), Relay::default());
        let relay = bindings::Relaying::new(&mut instance).unwrap().relay;
        assert_eq!(relay.numbers(&mut instance, some_plain()).unwrap(), some_plain());
        assert_eq!(relay.texts(&mut instance, some_named(), b"xyz").unwrap(), (some_named(), b"xyz".to_vec()));

        let shapes = vec![
            Shape::Nothing,
            Shape::Number(2.5),
            Shape::Named(some_named()),
            Shape::Pair(("p".to_owned(), Color(foreign::Color::None))),
            Shape::Maybe(None),
            Shape::Maybe(Some(None)),
            Shape::Maybe(Some(Some(9))),
            Shape::Outcome(Ok("fine".to_owned())),
            Shape::Outcome(Err(Color(foreign::Color::Red))),
            Shape::Done(Ok(())),
            Shape::Done(Err(())),
            Shape::Tags(Few(foreign::Few::TYPE)),
            Shape::Plain(some_plain()),
        ];
        assert_eq!(relay.shapes(&mut instance, shapes.clone()).unwrap(), shapes);

        let few = Few(foreign::Few::ONE | foreign::Few::TYPE);
        let many = Many::A0 | Many::A9 | Many::A17;
        assert_eq!(many.bits(), 1 | 1 << 9 | 1 << 17);
        let colors = vec![Color(foreign::Color::DarkBlue), Color(foreign::Color::Red)];
        assert_eq!(relay.sets(&mut instance, few, many, colors.clone()).unwrap(), (few, many, colors));

        let lots = relay.lots(
            &mut instance,
            1,
            2,
            3,
            4,
            -5,
            -6,
            -7,
            -8,
            0.5,
            -1.5,
            'ñ',
            true,
            "text",
            Some("some".to_owned()),
            Err("bad".to_owned()),
            Color(foreign::Color::None),
        );
        assert_eq!(lots.unwrap(), "1 2 3 4 -5 -6 -7 -8 0.5 -1.5 ñ true text Some(\"some\") Err(\"bad\") None");
        relay.nothing(&mut instance).unwrap();
        assert_eq!(instance.state().waited, 100);
    });
}

#[test]
fn errors_are_made_of_the_hosts_own_and_may_end_the_guest() {
    on_each_engine("relaying", |component| {
        let mut instance = start(&component, &linker(), Relay::default());
        let relay = bindings::Relaying::new(&mut instance).unwrap().relay;
        assert_eq!(relay.attempt(&mut instance, 4).unwrap(), Ok("4".to_owned()));
        assert_eq!(relay.attempt(&mut instance, 5).unwrap(), Err(client::Code::Odd));
        assert_eq!(relay.paint(&mut instance, 0).unwrap(), Ok(()));
        assert_eq!(relay.paint(&mut instance, 1).unwrap(), Err(Color(foreign::Color::DarkBlue)));
        let fatal = relay.attempt(&mut instance, 13).unwrap_err().to_string();
        assert!(fatal.contains("fatal"), "{fatal}");
        assert!(instance.has_trapped());
    });
}

#[test]
fn a_function_that_waits_is_tried_again() {
    on_each_engine("relaying", |component| {
        let mut instance = start(&component, &linker(), Relay::default());
        let relay = bindings::Relaying::new(&mut instance).unwrap().relay;
        assert_eq!(relay.slow(&mut instance, "maíz").unwrap(), "MAÍZ");
        assert_eq!(instance.state().waited, 3);
        assert!(relay.slow(&mut instance, "never").unwrap_err().to_string().contains("never"));
    });
}

#[test]
fn handles_in_lists_and_lent_ones_reach_the_host() {
    on_each_engine("relaying", |component| {
        let mut instance = start(&component, &linker(), Relay::default());
        let relay = bindings::Relaying::new(&mut instance).unwrap().relay;
        let tickets = [1, 20, 300].map(|number| relay.ticket_new(&mut instance, number).unwrap());
        let [one, twenty, many]: [Held<client::Ticket>; 3] = tickets;
        assert_eq!(relay.ticket_number(&mut instance, &twenty).unwrap(), 20);
        assert_eq!(relay.sum(&mut instance, vec![one, many], &twenty).unwrap(), 321);
        assert_eq!(instance.state().tickets.len(), 1);
        assert_eq!(relay.tear(&mut instance, twenty).unwrap(), 20);
        assert!(instance.state().tickets.is_empty());
    });
}
