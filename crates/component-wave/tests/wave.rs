//! Values to text and back, what a person may leave out, and what errors say.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tambo_component_abi::Val;
use tambo_component_types::{Case, Field, FuncType, Param, Type, TypeId, Types};
use tambo_component_wave::{parse, parse_call, print};

struct Known {
    types: Types,
}

impl Known {
    fn new() -> Self {
        Self { types: Types::new() }
    }

    fn id(&mut self, ty: Type) -> TypeId {
        self.types.intern(ty).unwrap()
    }

    fn record(&mut self, fields: &[(&str, TypeId)]) -> TypeId {
        let fields = fields.iter().map(|&(name, ty)| Field { name: name.into(), ty }).collect();
        self.id(Type::Record(fields))
    }

    fn variant(&mut self, cases: &[(&str, Option<TypeId>)]) -> TypeId {
        let cases = cases.iter().map(|&(name, ty)| Case { name: name.into(), ty }).collect();
        self.id(Type::Variant(cases))
    }

    /// The text is the value, and the value is the canonical text.
    fn reads(&self, ty: TypeId, text: &str, canonical: &str) {
        let val = parse(&self.types, ty, text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(print(&self.types, ty, &val).unwrap(), canonical);
        assert_eq!(parse(&self.types, ty, canonical).unwrap(), val);
    }

    fn fails(&self, ty: TypeId, text: &str, message: &str) {
        assert_eq!(parse(&self.types, ty, text).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn scalars() {
    let mut known = Known::new();
    let (byte, wide, truth) = (known.id(Type::S8), known.id(Type::U64), known.id(Type::Bool));
    known.reads(byte, " -128 // least", "-128");
    known.reads(wide, "18446744073709551615", "18446744073709551615");
    known.reads(truth, "true", "true");
    known.fails(byte, "128", "column 1: expected s8, a number from -128 to 127, found `128`");
    known.fails(byte, "1 2", "column 3: expected the end, found `2`");
    known.fails(truth, " maybe", "column 2: expected `true` or `false`, found `maybe`");
    let float = known.id(Type::F64);
    for (text, canonical) in [("1", "1.0"), ("-0.5", "-0.5"), ("6.5e+300", "6.5e300"), ("inf", "inf"), ("-inf", "-inf")]
    {
        known.reads(float, text, canonical);
    }
    assert_eq!(print(&known.types, float, &Val::F64(f64::NAN)).unwrap(), "nan");
    assert!(matches!(parse(&known.types, float, "nan"), Ok(Val::F64(value)) if value.is_nan()));
    known.fails(float, "infinity", "column 1: expected a number, `nan`, `inf` or `-inf`, found `infinity`");
}

#[test]
fn characters_and_strings() {
    let mut known = Known::new();
    let (char, text) = (known.id(Type::Char), known.id(Type::String));
    known.reads(char, r"'\u{1f44b}'", "'👋'");
    known.reads(char, r"'\''", r"'\''");
    known.reads(char, "'\"'", "'\"'");
    known.reads(text, r#""a\t\"b\"\\ \u{0} é""#, "\"a\\t\\\"b\\\"\\\\ \\u{0} é\"");
    known.fails(char, "'ab'", "column 1: expected a character in single quotes, found more than one");
    known.fails(char, "''", "column 1: expected a character in single quotes, found `''`");
    known.fails(text, "\"abc", "column 5: expected a closing `\"`, found the end of the line");
    known.fails(text, r#""\q""#, r#"column 2: expected an escape: \', \", \\, \t, \n, \r or \u{…}, found `\q`"#);
    known.fails(
        text,
        r#""\u{d800}""#,
        r#"column 2: expected an escape: \', \", \\, \t, \n, \r or \u{…}, found `\u{d800}`"#,
    );
    known.fails(text, "", "column 1: expected a string in double quotes, found the end");
}

#[test]
fn lists_tuples_maps_and_flags() {
    let mut known = Known::new();
    let (byte, text) = (known.id(Type::U8), known.id(Type::String));
    let (list, pair) = (known.id(Type::List(byte)), known.id(Type::FixedList(byte, 2)));
    let tuple = known.id(Type::Tuple([byte, text].into()));
    let map = known.id(Type::Map(text, byte));
    let flags = known.id(Type::Flags(["read".into(), "write".into(), "ok".into()].into()));
    known.reads(list, "[ 1,2, 3 ,]", "[1, 2, 3]");
    known.reads(list, "[]", "[]");
    known.reads(tuple, "(1, \"a\",)", "(1, \"a\")");
    known.reads(map, "{\"a\": 1, \"b\": 2, \"a\": 3}", "{\"b\": 2, \"a\": 3}");
    known.reads(map, "{:}", "{}");
    known.reads(flags, "{%ok, write}", "{write, ok}");
    known.fails(list, "[1,\n 2 3]", "line 2, column 4: expected `,` or `]`, found `3`");
    known.fails(pair, "[1]", "column 1: expected 2 elements, found 1");
    known.fails(tuple, "(1)", "column 3: expected `,`, found `)`");
    known.fails(flags, "{x}", "column 2: expected a flag of `read`, `write`, `ok`, found `x`");
}

#[test]
fn records_and_choices() {
    let mut known = Known::new();
    let byte = known.id(Type::U8);
    let maybe = known.id(Type::Option(byte));
    let twice = known.id(Type::Option(maybe));
    let record = known.record(&[("must-have", byte), ("optional", maybe)]);
    let variant = known.variant(&[("empty", None), ("err", Some(byte))]);
    let result = known.id(Type::Result { ok: Some(byte), err: None });
    let status = known.id(Type::Enum(["ok".into(), "not-found".into()].into()));
    known.reads(record, "{must-have: 123}", "{must-have: 123, optional: none}");
    known.reads(record, "{optional: 1, must-have: 2}", "{must-have: 2, optional: some(1)}");
    known.reads(twice, "some(none)", "some(none)");
    known.reads(variant, "%err(4)", "%err(4)");
    known.reads(variant, "empty", "empty");
    known.reads(status, "%ok", "%ok");
    known.reads(result, "7", "ok(7)");
    known.reads(result, "err", "err");
    known.fails(record, "{optional: 1}", "column 13: expected field `must-have`, found `}`");
    known.fails(record, "{size: 1}", "column 2: expected a field of `must-have`, `optional`, found `size`");
    known.fails(twice, "1", "column 1: expected `some(…)` or `none`, found `1`");
    known.fails(variant, "err", "column 4: expected `(`, found the end");
}

#[test]
fn calls() {
    let mut known = Known::new();
    let (byte, text) = (known.id(Type::U8), known.id(Type::String));
    let maybe = known.id(Type::Option(byte));
    let params = [("name", text), ("count", byte), ("extra", maybe)];
    let params = params.map(|(name, ty)| Param { name: name.into(), ty }).into();
    let func = FuncType { is_async: false, params, result: None };
    let call = parse_call("wasi:cli/run@0.2.0/greet-all(\"a (b)\", 2)").unwrap();
    assert_eq!((call.interface, call.function), (Some("wasi:cli/run@0.2.0"), "greet-all"));
    let expected = [Val::String("a (b)".into()), Val::U8(2), Val::Option(None)];
    assert_eq!(call.arguments(&known.types, &func).unwrap(), expected);
    let message =
        |text: &str| parse_call(text).and_then(|call| call.arguments(&known.types, &func)).unwrap_err().to_string();
    assert_eq!(message("f(\"a\")"), "column 6: expected argument `count` of type u8, found `)`");
    assert_eq!(message("f()"), "column 3: expected argument `name` of type string, found `)`");
    assert_eq!(message("f(\"a\", 2, 3, 4)"), "column 14: expected `)`, found `4`");
    assert_eq!(message("f(\"a\" 2)"), "column 7: expected `,` or `)`, found `2`");
    assert_eq!(message("f(\"a\", 2) x"), "column 11: expected the end, found `x`");
    assert_eq!(message("f"), "column 2: expected `(` and the arguments, found the end");
    assert_eq!(message("(1)"), "column 1: expected the name of a function, found `(`");
    let none = FuncType { params: [].into(), ..func.clone() };
    assert_eq!(parse_call("f( )").unwrap().arguments(&known.types, &none).unwrap(), []);
}
