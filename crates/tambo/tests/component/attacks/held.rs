//! Cases 11, 12 and 13: what a guest can make the host hold or look at, for little of its own.

use std::time::{Duration, Instant};

use tambo::component::{Borrow, Own};

use super::*;

const MIB: u64 = 1 << 20;

/// Returns, and gives to the host, a string and a list of `u64` at any address, of any length; and takes them from a
/// caller within the image.
fn pointers() -> String {
    let text = r#"(component
        (import "take-string" (func $take-string (param "s" string)))
        (import "take-list" (func $take-list (param "l" (list u64))))
        (component $inner
            LIBC
            (core module $m (func (export "f") (param i32 i32)))
            (core instance $m (instantiate $m))
            (func (export "string") (param "s" string) (canon lift (core func $m "f") OPTIONS))
            (func (export "wide") (param "s" string) (canon lift (core func $m "f") string-encoding=utf16 OPTIONS))
            (func (export "list") (param "l" (list u64)) (canon lift (core func $m "f") OPTIONS))
            (func (export "strings") (param "l" (list string)) (canon lift (core func $m "f") OPTIONS)))
        (instance $inner (instantiate $inner))
        LIBC
        (core func $to-host-string (canon lower (func $take-string) OPTIONS))
        (core func $to-host-list (canon lower (func $take-list) OPTIONS))
        (core func $to-guest-string (canon lower (func $inner "string") OPTIONS))
        (core func $to-guest-wide (canon lower (func $inner "wide") OPTIONS))
        (core func $to-guest-list (canon lower (func $inner "list") OPTIONS))
        (core func $to-guest-strings (canon lower (func $inner "strings") OPTIONS))
        (core module $m
            (import "" "memory" (memory 1))
            (func (export "give") (param i32 i32) (result i32)
                (i32.store (i32.const 0) (local.get 0)) (i32.store (i32.const 4) (local.get 1)) (i32.const 0)))
        (core instance $m (instantiate $m (with "" (instance (export "memory" (memory $libc "memory"))))))
        (func (export "give-string") (param "at" u32) (param "length" u32) (result string)
            (canon lift (core func $m "give") OPTIONS))
        (func (export "give-list") (param "at" u32) (param "length" u32) (result (list u64))
            (canon lift (core func $m "give") OPTIONS))
        EXPORTS)"#;
    let exports =
        ["to-host-string", "to-host-list", "to-guest-string", "to-guest-wide", "to-guest-list", "to-guest-strings"]
            .map(|name| {
                format!(
                    r#"(func (export "{name}") (param "at" u32) (param "length" u32) (canon lift (core func ${name})))"#
                )
            });
    text.replace("EXPORTS", &exports.concat()).replace("LIBC", LIBC).replace("OPTIONS", OPTIONS)
}

/// Case 11: a length is checked before anything is allocated or looked at for it.
#[test]
fn case_11_a_length_beyond_memory_costs_nothing() {
    on_each_engine(|runtime| {
        let mut linker = Linker::<()>::new();
        linker
            .func::<(&'static str,), (), _>("take-string", |(), _| Ok(()))
            .func::<(Vec<u64>,), (), _>("take-list", |(), _| Ok(()));
        let linked = load(runtime, &pointers()).link(&linker).unwrap();
        let before = peak_memory();
        let started = Instant::now();
        for name in [
            "give-string",
            "give-list",
            "to-host-string",
            "to-host-list",
            "to-guest-string",
            "to-guest-wide",
            "to-guest-list",
            "to-guest-strings",
        ] {
            for (at, length) in [
                (0, u32::MAX),
                (0, 1 << 31),
                (0, 1 << 29),
                (0, (1 << 28) - 1),
                (0, 0x1_0001),
                (0xfff8, 0x1000),
                (u32::MAX - 7, 1),
                (u32::MAX - 7, u32::MAX),
                (0x1_0000, 1),
            ] {
                let mut instance = linked.instantiate((), &Limits::default()).unwrap();
                let result = instance.call(name, &[Val::U32(at), Val::U32(length)]);
                let CallError::Trap(trap) = result.unwrap_err() else { panic!("{name}") };
                assert!(matches!(trap.kind, TrapKind::Host(_)), "{name} {at:#x} {length:#x}: {trap}");
            }
            // Nothing at the very end of memory is fine.
            let mut instance = linked.instantiate((), &Limits::default()).unwrap();
            instance.call(name, &[Val::U32(0x1_0000), Val::U32(0)]).unwrap();
        }
        assert!(peak_memory() - before < 64 * MIB);
        assert!(started.elapsed() < Duration::from_secs(20));
    });
}

/// 4000 lists at one place, each of the same 3000 strings of the same 5000 bytes: 60 gigabytes in one page of memory.
fn amplifier() -> String {
    let text = r#"(component
        (import "take" (func $take (param "l" (list (list string)))))
        LIBC
        (core func $take (canon lower (func $take) OPTIONS))
        (core module $m
            (import "" "memory" (memory 1))
            (import "" "take" (func $take (param i32 i32)))
            (func $fill (param $from i32) (param $to i32) (param $at i32) (param $length i32)
                (loop $next
                    (i32.store (local.get $from) (local.get $at))
                    (i32.store offset=4 (local.get $from) (local.get $length))
                    (local.set $from (i32.add (local.get $from) (i32.const 8)))
                    (br_if $next (i32.lt_u (local.get $from) (local.get $to)))))
            (func $prepare
                (memory.fill (i32.const 60000) (i32.const 120) (i32.const 5000))
                (call $fill (i32.const 0) (i32.const 24000) (i32.const 60000) (i32.const 5000))
                (call $fill (i32.const 24000) (i32.const 56000) (i32.const 0) (i32.const 3000))
                (call $fill (i32.const 56000) (i32.const 56008) (i32.const 24000) (i32.const 4000)))
            (func (export "give") (result i32) (call $prepare) (i32.const 56000))
            (func (export "pass") (call $prepare) (call $take (i32.const 24000) (i32.const 4000))))
        (core instance $m (instantiate $m (with "" (instance
            (export "memory" (memory $libc "memory")) (export "take" (func $take))))))
        (func (export "give") (result (list (list string))) (canon lift (core func $m "give") OPTIONS))
        (func (export "pass") (canon lift (core func $m "pass"))))"#;
    text.replace("LIBC", LIBC).replace("OPTIONS", OPTIONS)
}

/// Case 12: what lifting makes of a few bytes is counted, whatever types it is lifted to.
#[test]
fn case_12_lists_of_lists_at_the_same_place_are_bounded() {
    const TOLD: &str = "larger than the host may hold for a guest";
    on_each_engine(|runtime| {
        let component = load(runtime, &amplifier());
        let limits = Limits { call_bytes: 32 << 20, ..Limits::default() };
        let [mut owned, mut borrowed, mut dynamic] = [(); 3].map(|()| Linker::<()>::new());
        owned.func::<(Vec<Vec<String>>,), (), _>("take", |(), _| Ok(()));
        borrowed.func::<(Vec<Vec<&'static str>>,), (), _>("take", |(), _| Ok(()));
        dynamic.func_dynamic("take", |(), _| Ok(None));
        let before = peak_memory();
        let started = Instant::now();
        for linker in [&owned, &borrowed, &dynamic] {
            let linked = component.link(linker).unwrap();
            assert_traps(linked.instantiate((), &limits).unwrap().call("pass", &[]), TOLD);
            assert_traps(linked.instantiate((), &limits).unwrap().call("give", &[]), TOLD);
            let mut instance = linked.instantiate((), &limits).unwrap();
            let give = instance.func::<(), (Vec<Vec<String>>,)>("give").unwrap();
            assert_traps(give.call(&mut instance, ()), TOLD);
        }
        let held = peak_memory() - before;
        assert!(held < 256 * MIB, "{held} bytes");
        assert!(started.elapsed() < Duration::from_secs(30));
    });
}

/// Case 12: small elements whose values are large on the host, because they have names.
#[test]
fn case_12_names_are_counted_too() {
    on_each_engine(|runtime| {
        let label = "x".repeat(10_000);
        let text = r#"(component
            (type $enum' (enum "LABEL" "other"))
            (export $enum "enum" (type $enum'))
            LIBC
            (core module $m
                (import "" "memory" (memory 1))
                (func (export "give") (result i32)
                    (i32.store (i32.const 60000) (i32.const 0)) (i32.store (i32.const 60004) (i32.const 60000))
                    (i32.const 60000)))
            (core instance $m (instantiate $m (with "" (instance (export "memory" (memory $libc "memory"))))))
            (func (export "give") (result (list $enum)) (canon lift (core func $m "give") OPTIONS)))"#;
        let text = text.replace("LABEL", &label).replace("LIBC", LIBC).replace("OPTIONS", OPTIONS);
        let linked = load(runtime, &text).link(&Linker::<()>::new()).unwrap();
        let limits = Limits { call_bytes: 32 << 20, ..Limits::default() };
        let before = peak_memory();
        assert_traps(linked.instantiate((), &limits).unwrap().call("give", &[]), "larger than the host may hold");
        assert!(peak_memory() - before < 256 * MIB);
    });
}

/// Case 13: handles, by each way in which a guest gets some.
#[test]
fn case_13_handles_run_out_before_memory_does() {
    let text = r#"(component
        (import "r" (type $r (sub resource)))
        (import "make" (func $make (result (own $r))))
        (import "lend" (func $lend (param "l" (list (borrow $r))) (param "o" (option (own $r)))))
        (type $own (resource (rep i32)))
        LIBC
        (core func $make (canon lower (func $make)))
        (core func $lend (canon lower (func $lend) OPTIONS))
        (core func $new (canon resource.new $own))
        (core module $m
            (import "" "memory" (memory 1))
            (import "" "make" (func $make (result i32)))
            (import "" "lend" (func $lend (param i32 i32 i32 i32)))
            (import "" "new" (func $new (param i32) (result i32)))
            (func (export "new") (loop (drop (call $new (i32.const 1))) (br 0)))
            (func (export "make") (loop (drop (call $make)) (br 0)))
            (func (export "lend") (local $at i32) (local $handle i32)
                (local.set $handle (call $make))
                (loop $next
                    (i32.store (local.get $at) (local.get $handle))
                    (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 60000))))
                (call $lend (i32.const 0) (i32.const 15000) (i32.const 0) (i32.const 0))))
        (core instance $m (instantiate $m (with "" (instance
            (export "memory" (memory $libc "memory")) (export "make" (func $make)) (export "lend" (func $lend))
            (export "new" (func $new))))))
        (func (export "new") (canon lift (core func $m "new")))
        (func (export "make") (canon lift (core func $m "make")))
        (func (export "lend") (canon lift (core func $m "lend"))))"#;
    let text = text.replace("LIBC", LIBC).replace("OPTIONS", OPTIONS);
    on_each_engine(|runtime| {
        let mut linker = Linker::<u64>::new();
        linker
            .resource::<u64, _>("r", |_, _| {})
            .func::<(), (Own<u64>,), _>("make", |made, ()| {
                *made += 1;
                Ok((Own::new(*made),))
            })
            .func::<(Vec<Borrow<u64>>, Option<Own<u64>>), (), _>("lend", |_, _| Ok(()));
        let linked = load(runtime, &text).link(&linker).unwrap();
        let limits = Limits { handles: 10_000, ..Limits::default() };
        for name in ["new", "make", "lend"] {
            let mut instance = linked.instantiate(0, &limits).unwrap();
            assert_traps(instance.call(name, &[]), "as many resource handles as it may have");
            assert!(*instance.state() <= 10_001);
        }
        // The default is bounded too, and what it allows is small.
        let before = peak_memory();
        assert_traps(start(linked.component(), &linker, 0).call("new", &[]), "as many resource handles");
        assert!(peak_memory() - before < 128 * MIB);
    });
}

/// Case 13: a table keeps its places when its handles are gone, so a guest of many instances could fill and empty one
/// table after the other.
#[test]
fn case_13_tables_that_were_full_once_are_counted_together() {
    let child = r#"(component $child
        (type $own (resource (rep i32)))
        (core func $new (canon resource.new $own))
        (core func $drop (canon resource.drop $own))
        (core module $m
            (import "" "new" (func $new (param i32) (result i32)))
            (import "" "drop" (func $drop (param i32)))
            (func (export "f") (local $at i32)
                (loop $next
                    (drop (call $new (i32.const 0)))
                    (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 1000))))
                (loop $next
                    (call $drop (local.get $at))
                    (br_if $next (local.tee $at (i32.sub (local.get $at) (i32.const 1)))))))
        (core instance $m (instantiate $m (with "" (instance (export "new" (func $new)) (export "drop" (func $drop))))))
        (func (export "f") (canon lift (core func $m "f"))))"#;
    let parts: String = (0..20)
        .map(|at| format!(r#"(instance $i{at} (instantiate $child)) (export "f{at}" (func $i{at} "f"))"#))
        .collect();
    on_each_engine(|runtime| {
        let linked = load(runtime, &format!("(component {child} {parts})")).link(&Linker::<()>::new()).unwrap();
        let limits = Limits { handles: 1000, ..Limits::default() };
        let mut instance = linked.instantiate((), &limits).unwrap();
        // The same table any number of times.
        for _ in 0..5 {
            instance.call("f0", &[]).unwrap();
        }
        let filled = (1..20).take_while(|at| instance.call(&format!("f{at}"), &[]).is_ok()).count();
        assert!((1..5).contains(&filled), "{filled}");
    });
}
