//! Plans as they come from components, in the shape that tools give them.

use tambo_component_plan::Plan;
use tambo_component_types::Flat;
use wasm_encoder::ValType::I32;

use super::{Bench, each};
use crate::image::{FuncOrigin, HostImport, HostImportKind};
use crate::link::Target;

/// A main module behind a shim, a fixup that fills it in, and one more module that starts the main one, twice over: as
/// an inner component that is instantiated two times.
const COMPONENT: &str = r#"(component
    (import "log" (func $log (param "x" u32)))
    (component $inner
        (import "log" (func $log (param "x" u32)))
        (core module $main
            (import "host" "log" (func $log (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 8) "\05")
            (global $calls (mut i32) (i32.const 0))
            (func (export "init") (global.set $calls (i32.const 100)))
            (func (export "run") (result i32)
                (global.set $calls (i32.add (global.get $calls) (i32.load8_u (i32.const 8))))
                (call $log (global.get $calls))
                (global.get $calls)))
        (core module $shim
            (type $t (func (param i32)))
            (table (export "$imports") 1 1 funcref)
            (func (export "0") (type $t) local.get 0 i32.const 0 call_indirect (type $t)))
        (core module $fixup
            (import "" "0" (func (param i32)))
            (import "" "$imports" (table 1 1 funcref))
            (elem (i32.const 0) func 0))
        (core module $starter (import "" "" (func)) (start 0))
        (core instance $shim (instantiate $shim))
        (core instance $main (instantiate $main
            (with "host" (instance (export "log" (func $shim "0"))))))
        (core func $lowered (canon lower (func $log)))
        (core instance (instantiate $fixup
            (with "" (instance (export "0" (func $lowered)) (export "$imports" (table $shim "$imports"))))))
        (core instance (instantiate $starter (with "" (instance (export "" (func $main "init"))))))
        (func (export "run") (result u32) (canon lift (core func $main "run"))))
    (instance $a (instantiate $inner (with "log" (func $log))))
    (instance $b (instantiate $inner (with "log" (func $log))))
    (export "a" (func $a "run"))
    (export "b" (func $b "run")))"#;

#[test]
fn a_component_in_the_usual_shape_is_fused() {
    let mut bench = Bench { bytes: wat::parse_str(COMPONENT).unwrap(), ..Bench::default() };
    bench.plan = Plan::new(&bench.bytes).unwrap();
    bench.declared.imports.push(HostImport {
        retries: false,
        module: "host".to_owned(),
        name: "log".to_owned(),
        memory: None,
        params: vec![Flat::I32],
        results: vec![],
        kind: HostImportKind::ScopeEnter,
    });
    bench.declared.canon = vec![Some(Target::Host(0)); bench.plan.canon_funcs.len()];
    for (position, name) in ["a", "b"].into_iter().enumerate() {
        let tambo_component_plan::CoreDef::Export { instance, name: core } = bench.plan.lifts[position].core.clone()
        else {
            panic!("a lifted function of a core instance")
        };
        bench.export_as(name, instance, &core, &[], &[I32]);
    }
    let image = bench.image();
    // Of each inner instance init and run; two exports, and the fused start function.
    let own = image.sources.iter().filter(|origin| **origin != FuncOrigin::Generated).count();
    assert_eq!((own, image.sources.len()), (4, 7));
    each(&image, |guest| {
        assert_eq!(guest.call("a", &[]).unwrap(), 105);
        assert_eq!(guest.call("a", &[]).unwrap(), 110);
        assert_eq!(guest.call("b", &[]).unwrap(), 105);
        assert_eq!(guest.log(), [105, 110, 105]);
    });
}
