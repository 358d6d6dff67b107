//! Passes everything on to the host, and what the host answers back.

wit_bindgen::generate!({ world: "relaying", path: "../wit" });

use exports::tambo::demo::relay::{Code, Guest, GuestTicket, Ticket, TicketBorrow};
use tambo::demo::kinds::{Color, Few, Many, Named, Plain, Shape};
use tambo::demo::relay;

struct Relaying;

struct MyTicket(relay::Ticket);

impl GuestTicket for MyTicket {
    fn new(number: u32) -> Self {
        Self(relay::Ticket::new(number))
    }

    fn number(&self) -> u32 {
        self.0.number()
    }
}

impl Guest for Relaying {
    type Ticket = MyTicket;

    fn numbers(value: Plain) -> Plain {
        relay::numbers(value)
    }

    fn texts(value: Named, bytes: Vec<u8>) -> (Named, Vec<u8>) {
        relay::texts(&value, &bytes)
    }

    fn shapes(values: Vec<Shape>) -> Vec<Shape> {
        relay::shapes(&values)
    }

    fn sets(few: Few, many: Many, colors: Vec<Color>) -> (Few, Many, Vec<Color>) {
        relay::sets(few, many, &colors)
    }

    fn lots(
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
        m: String,
        n: Option<String>,
        o: Result<u8, String>,
        r#type: Color,
    ) -> String {
        let o = o.as_ref().map(|&number| number).map_err(String::as_str);
        relay::lots(a, b, c, d, e, f, g, h, i, j, k, l, &m, n.as_deref(), o, r#type)
    }

    fn nothing() {
        relay::nothing();
    }

    fn attempt(number: u32) -> Result<String, Code> {
        relay::attempt(number).map_err(|code| match code {
            relay::Code::Odd => Code::Odd,
            relay::Code::TooLarge => Code::TooLarge,
        })
    }

    fn paint(number: u32) -> Result<(), Color> {
        relay::paint(number)
    }

    fn slow(text: String) -> String {
        relay::slow(&text)
    }

    fn sum(tickets: Vec<Ticket>, one: TicketBorrow<'_>) -> u32 {
        let mut sum = one.get::<MyTicket>().0.number();
        for ticket in tickets {
            sum += relay::tear(ticket.into_inner::<MyTicket>().0);
        }
        sum
    }

    fn tear(ticket: Ticket) -> u32 {
        relay::tear(ticket.into_inner::<MyTicket>().0)
    }
}

export!(Relaying);
