//! Segments and start functions, in the plan's order.

use tambo_component_plan::CoreInstanceId;
use tambo_engine::TrapKind;
use wasm_encoder::ValType::I32;
use wasmparser::{DataKind, ElementKind, Payload};

use super::{Bench, Guest, LOG, count, each, engines, export};
use crate::image::Image;

const STATE: &str = r#"(module (memory (export "m") 1) (table (export "t") 2 funcref))"#;

/// Logs the byte at 0 when it starts.
const WATCHER: &str = r#"(module
    (import "" "log" (func $log (param i32)))
    (import "" "m" (memory 1))
    (func $s (call $log (i32.load8_u (i32.const 0))))
    (start $s))"#;

fn writer(byte: u8) -> String {
    format!(r#"(module (import "" "m" (memory 1)) (data (i32.const 0) "\{byte:02x}"))"#)
}

fn active(image: &Image) -> u32 {
    count(image, |payload| match payload {
        Payload::DataSection(data) => data
            .clone()
            .into_iter()
            .filter(|data| matches!(data.as_ref().unwrap().kind, DataKind::Active { .. }))
            .count() as u32,
        Payload::ElementSection(elements) => elements
            .clone()
            .into_iter()
            .filter(|element| matches!(element.as_ref().unwrap().kind, ElementKind::Active { .. }))
            .count() as u32,
        _ => 0,
    })
}

fn watched(bench: &mut Bench) -> CoreInstanceId {
    let state = bench.add(STATE, &[]);
    for byte in [1, 2] {
        bench.add(&writer(byte), &[export(state, "m")]);
    }
    bench.add(WATCHER, &[LOG, export(state, "m")]);
    bench.add(&writer(3), &[export(state, "m")]);
    bench.add(WATCHER, &[LOG, export(state, "m")]);
    state
}

#[test]
fn a_start_function_sees_what_was_written_before_it_and_no_more() {
    let mut bench = Bench::new();
    watched(&mut bench);
    let image = bench.image();
    assert_eq!(active(&image), 2);
    each(&image, |guest| assert_eq!(guest.log(), [2, 3]));
}

/// Nobody can see a memory before its instance is there.
#[test]
fn segments_of_an_own_memory_stay_active() {
    let mut bench = Bench::new();
    watched(&mut bench);
    let module = bench.module(
        r#"(module
            (import "" "log" (func $log (param i32)))
            (memory 1)
            (table 1 funcref)
            (elem (i32.const 0) $s)
            (func $s (call $log (i32.load8_u (i32.const 65535))))
            (data (i32.const 65535) "\09")
            (start $s))"#,
    );
    bench.instance(module, &[LOG]);
    bench.instance(module, &[LOG]);
    let image = bench.image();
    assert_eq!(active(&image), 2 + 4);
    each(&image, |guest| assert_eq!(guest.log(), [2, 3, 9, 9]));
}

/// What the host was told before is told even if a later segment traps; what would come after is not.
#[test]
fn a_segment_out_of_bounds_traps_at_its_turn() {
    for segment in [
        r#"(memory 1) (data (i32.const 65536) "\09")"#,
        r#"(memory 1) (data (i32.const -1) "\09")"#,
        r#"(memory 0) (data (i32.const 1) "")"#,
        r#"(table 1 funcref) (func $f) (elem (i32.const 1) $f)"#,
    ] {
        let mut bench = Bench::new();
        let state = watched(&mut bench);
        bench.add(&format!("(module {segment})"), &[]);
        bench.add(WATCHER, &[LOG, export(state, "m")]);
        let image = bench.image();
        for engine in engines() {
            let mut guest = Guest::instantiate(&*engine, &image).unwrap();
            let trap = guest.0.start().unwrap_err();
            assert!(matches!(trap.kind, TrapKind::MemoryOutOfBounds | TrapKind::TableOutOfBounds), "{trap:?}");
            assert_eq!(guest.log(), [2, 3], "{segment}");
        }
    }
}

#[test]
fn a_segment_out_of_bounds_traps_before_any_start() {
    let mut bench = Bench::new();
    bench.add(r#"(module (memory 1) (data (i32.const 65536) "\09"))"#, &[]);
    watched(&mut bench);
    let image = bench.image();
    for engine in engines() {
        assert!(Guest::instantiate(&*engine, &image).is_err());
    }
}

#[test]
fn late_elements_are_seen_late() {
    let mut bench = Bench::new();
    let state = bench.add(STATE, &[]);
    let caller = bench.module(
        r#"(module
            (import "" "log" (func $log (param i32)))
            (import "" "t" (table $t 2 funcref))
            (func $s
                (call $log (ref.is_null (table.get $t (i32.const 0))))
                (call $log (ref.is_null (table.get $t (i32.const 1)))))
            (start $s))"#,
    );
    let imports = [LOG, export(state, "t")];
    bench.instance(caller, &imports);
    bench.add(
        r#"(module (import "" "t" (table 2 funcref)) (func $f) (elem (offset (i32.const 1)) funcref (ref.func $f)))"#,
        &[export(state, "t")],
    );
    bench.instance(caller, &imports);
    each(&bench.image(), |guest| assert_eq!(guest.log(), [1, 1, 1, 0]));
}

/// An applied segment is dropped: `memory.init` from it traps unless it asks for nothing. Passive ones can be used
/// until they are dropped. Alike whether or not the segment stays active.
#[test]
fn segments_are_dropped_when_they_are_applied() {
    for watcher in [false, true] {
        let mut bench = Bench::new();
        let state = bench.add(STATE, &[]);
        if watcher {
            bench.add(WATCHER, &[LOG, export(state, "m")]);
        }
        let user = bench.add(
            r#"(module
                (import "" "m" (memory 1))
                (import "" "t" (table $t 2 funcref))
                (data $applied (i32.const 0) "abc")
                (data $passive "xyz")
                (func $f)
                (elem $filled (table $t) (i32.const 0) func $f)
                (elem $kept func $f)
                (func (export "applied") (param i32) (memory.init $applied (i32.const 9) (i32.const 0) (local.get 0)))
                (func (export "filled") (param i32) (table.init $t $filled (i32.const 0) (i32.const 0) (local.get 0)))
                (func (export "kept") (param i32) (table.init $t $kept (i32.const 1) (i32.const 0) (local.get 0)))
                (func (export "passive") (param i32) (result i32)
                    (memory.init $passive (i32.const 9) (i32.const 1) (local.get 0))
                    (i32.load8_u (i32.const 9)))
                (func (export "drop") (data.drop $passive) (elem.drop $kept)))"#,
            &[export(state, "m"), export(state, "t")],
        );
        for name in ["applied", "filled", "kept"] {
            bench.export(user, name, &[I32], &[]);
        }
        bench.export(user, "passive", &[I32], &[I32]);
        bench.export(user, "drop", &[], &[]);
        each(&bench.image(), |guest| {
            assert!(guest.call("applied", &[0]).is_ok());
            assert!(guest.call("applied", &[1]).is_err());
            assert!(guest.call("filled", &[1]).is_err());
            assert!(guest.call("kept", &[1]).is_ok());
            assert_eq!(guest.call("passive", &[1]).unwrap(), i32::from(b'y'));
            guest.call("drop", &[]).unwrap();
            assert!(guest.call("passive", &[1]).is_err());
            assert!(guest.call("kept", &[1]).is_err());
        });
    }
}

#[test]
fn late_segments_have_wide_addresses_where_the_memory_has() {
    let mut bench = Bench::new();
    let state = bench.add(r#"(module (memory (export "m") i64 1) (table (export "t") i64 3 funcref))"#, &[]);
    let small = bench.add(STATE, &[]);
    bench.add(WATCHER, &[LOG, export(small, "m")]);
    let user = bench.add(
        r#"(module
            (import "" "m" (memory i64 1))
            (import "" "t" (table $t i64 3 funcref))
            (data (i64.const 65535) "\07")
            (type $f (func (result i32)))
            (func $f (result i32) (i32.const 6))
            (elem (table $t) (i64.const 2) func $f)
            (func (export "run") (result i32)
                (i32.mul (i32.load8_u (i64.const 65535)) (call_indirect $t (type $f) (i64.const 2)))))"#,
        &[export(state, "m"), export(state, "t")],
    );
    bench.export(user, "run", &[], &[I32]);
    each(&bench.image(), |guest| assert_eq!(guest.call("run", &[]).unwrap(), 42));
}

/// Neither a start section nor a function where there is nothing to do; no function where one call is all.
#[test]
fn no_more_is_generated_than_needed() {
    let generated =
        |image: &Image| image.sources.iter().filter(|origin| matches!(origin, crate::FuncOrigin::Generated)).count();
    let starts = |image: &Image| count(image, |payload| u32::from(matches!(payload, Payload::StartSection { .. })));

    let mut bench = Bench::new();
    let state = bench.add(STATE, &[]);
    bench.add(&writer(1), &[export(state, "m")]);
    let image = bench.image();
    assert_eq!((starts(&image), generated(&image)), (0, 0));

    let mut bench = Bench::new();
    let state = bench.add(STATE, &[]);
    bench.add(WATCHER, &[LOG, export(state, "m")]);
    let image = bench.image();
    assert_eq!((starts(&image), generated(&image)), (1, 0));
    each(&image, |guest| assert_eq!(guest.log(), [0]));
}

/// A module may start with what it imports.
#[test]
fn an_import_can_be_a_start_function() {
    let mut bench = Bench::new();
    let main = bench.add(
        r#"(module (import "" "log" (func $log (param i32))) (func (export "init") (call $log (i32.const 4))))"#,
        &[LOG],
    );
    bench.add(r#"(module (import "" "init" (func $init)) (start $init))"#, &[export(main, "init")]);
    each(&bench.image(), |guest| assert_eq!(guest.log(), [4]));
}
