//! Offsets in modules that tools made, as places in their sources; and debug information that means ill.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tambo_debug::locate;
use tambo_engine::Location;
use wasmparser::{Operator, Parser, Payload};
use wat::GenerateDwarf;

const GUEST: &str = "(module
  (func $first
    unreachable)
  (func (export \"f\")
    call $first))";

fn text() -> Vec<u8> {
    let text = wat::Parser::new().generate_dwarf(GenerateDwarf::Full).parse_str(Some("guest.wat".as_ref()), GUEST);
    text.unwrap()
}

/// The offsets of instructions that satisfy a predicate.
fn offsets(module: &[u8], wanted: impl Fn(&Operator<'_>) -> bool) -> Vec<u64> {
    let mut offsets = Vec::new();
    for payload in Parser::new(0).parse_all(module) {
        if let Payload::CodeSectionEntry(body) = payload.unwrap() {
            let mut operators = body.get_operators_reader().unwrap();
            while !operators.eof() {
                let offset = operators.original_position();
                if wanted(&operators.read().unwrap()) {
                    offsets.push(offset);
                }
            }
        }
    }
    offsets
}

/// What is placed in a line that says so.
fn in_line(places: &[Location], file: &str, comment: &str) -> bool {
    let source = std::fs::read_to_string(format!("{}/../../guests/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let line = 1 + source.lines().position(|line| line.contains(comment)).unwrap() as u32;
    let here = |place: &&Location| place.line == Some(line) && place.column.is_some();
    places.iter().find(here).is_some_and(|place| place.file.as_deref().unwrap().ends_with(file))
}

#[test]
fn text_has_lines() {
    let module = text();
    let all = offsets(&module, |operator| !matches!(operator, Operator::End));
    let found = locate(&module, &all);
    let lines: Vec<_> = found.iter().map(|places| places[0].line).collect();
    assert_eq!(lines, [Some(3), Some(5)]);
    let file = found[0][0].file.as_deref().unwrap();
    assert!(file.ends_with("guest.wat"), "{file}");
    assert_eq!(locate(&module, &[0, 8, module.len() as u64, u64::MAX]), vec![vec![]; 4]);
}

#[test]
fn modules_without_debug_information_have_no_places() {
    let module = wat::parse_str(GUEST).unwrap();
    let all = offsets(&module, |_| true);
    assert_eq!(locate(&module, &all), vec![vec![]; all.len()]);
    assert_eq!(locate(b"no module", &[3]), [vec![]]);
}

/// The only trap of its own in the file.
#[test]
fn c_has_lines_and_names() {
    let module = std::fs::read(tambo_guests::c("trap-c")).unwrap();
    let traps = locate(&module, &offsets(&module, |operator| matches!(operator, Operator::Unreachable)));
    let found: Vec<_> = traps.iter().filter(|places| in_line(places, "c/trap-c.c", "__builtin_trap")).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0][0].function.as_deref(), Some("inner"));
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// Whatever it says: an answer, soon.
#[test]
fn damaged_debug_information_does_no_harm() {
    let path = tambo_guests::c("trap-c");
    let mut random = Random(7);
    for module in [text(), std::fs::read(path).unwrap()] {
        let calls = offsets(&module, |operator| matches!(operator, Operator::Call { .. } | Operator::Unreachable));
        let some: Vec<_> = calls.iter().copied().step_by(calls.len().div_ceil(20)).collect();
        let intact = locate(&module, &some);
        let sections: Vec<_> = Parser::new(0)
            .parse_all(&module)
            .filter_map(|payload| match payload.unwrap() {
                Payload::CustomSection(custom) if custom.name().starts_with(".debug_") => {
                    let end = custom.range().end as usize;
                    Some(end - custom.data().len()..end)
                }
                _ => None,
            })
            .collect();
        let mut differ = 0;
        for _ in 0..200 {
            let mut damaged = module.clone();
            for _ in 0..1 + random.below(8) {
                let section = &sections[random.below(sections.len())];
                let at = section.start + random.below(section.len());
                damaged[at] = [0, 1, 0x7f, 0x80, 0xff, random.below(256) as u8][random.below(6)];
            }
            differ += u32::from(locate(&damaged, &some) != intact);
        }
        assert!(differ > 10, "{differ}");
    }
}
