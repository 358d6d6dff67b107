//! Components on the command line: their worlds, their composition, and scripts that test them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Ran, Site};

const LOG: &str = r#"(component
    (core module $m (func (export "f") (param i32)))
    (core instance $m (instantiate $m))
    (func $f (param "level" u32) (canon lift (core func $m "f")))
    (instance $api (export "log" (func $f)))
    (export "demo:log/api@1.1.0" (instance $api)))"#;

const APP: &str = r#"(component
    (import "demo:log/api@1.0.0" (instance $log (export "log" (func (param "level" u32)))))
    (core func $log (canon lower (func $log "log")))
    (core module $m (import "" "log" (func $log (param i32))) (func (export "run") (call $log (i32.const 1))))
    (core instance $m (instantiate $m (with "" (instance (export "log" (func $log))))))
    (func (export "run") (canon lift (core func $m "run"))))"#;

fn compose(site: &Site, arguments: &[&str]) -> Ran {
    site.command(&[&["compose"], arguments].concat())
}

fn refused(ran: &Ran, what: &str) {
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains(what) && ran.stderr.contains("hint:"), "{ran:?}");
}

#[test]
fn a_component_is_shown_as_wit_as_a_plan_and_as_json() {
    let site = Site::new("wasmtime");
    site.module("app.wasm", APP);
    let wit = site.command(&["inspect", "app.wasm"]);
    assert_eq!((wit.code, wit.stderr.as_str()), (Some(0), ""));
    assert!(wit.stdout.contains("  import demo:log/api@1.0.0;\n  export run: func();\n"), "{}", wit.stdout);
    let plan = site.command(&["inspect", "--plan", "app.wasm"]).stdout;
    assert!(plan.contains("demo:log/api@1.0.0") && plan.contains("lower") && plan != wit.stdout, "{plan}");
    let json = site.command(&["inspect", "--json", "app.wasm"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["kind"], "component");
    assert_eq!(json["imports"], serde_json::json!(["demo:log/api@1.0.0"]));
    assert_eq!(json["world"], wit.stdout);
}

#[test]
fn a_broken_component_and_a_module_without_a_plan_are_refused() {
    let site = Site::new("wasmtime");
    site.write("broken.wasm", b"\0asm\x0d\0\x01\0\xff");
    let ran = site.command(&["inspect", "broken.wasm"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.starts_with("error: broken.wasm: ") && ran.stderr.contains("offset 0x"), "{ran:?}");
    site.module("m.wasm", "(module)");
    assert_eq!(site.command(&["inspect", "--plan", "m.wasm"]).code, Some(2));
}

#[test]
fn a_plug_serves_a_socket() {
    let site = Site::new("wasmtime");
    site.module("app.wasm", APP);
    site.write("log.wat", LOG);
    let ran = compose(&site, &["app.wasm", "--plug", "log.wat", "-o", "out.wasm"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let world = site.command(&["inspect", "out.wasm"]).stdout;
    assert_eq!(world, "package root:component;\n\nworld root {\n  export run: func();\n}\n");
}

#[test]
fn a_composition_file_names_components_beside_it() {
    let site = Site::new("wasmtime");
    std::fs::create_dir(site.path("parts")).unwrap();
    site.module("parts/app.wasm", APP);
    site.module("parts/log.wasm", LOG);
    let text = "export = 'app'\n[instances.app]\ncomponent = 'app.wasm'\nwith = { 'demo:log/api@1.0.0' = 'log' }\n\
                [instances.log]\ncomponent = 'log.wasm'\n[exports]\n'demo:log/api@1.1.0' = 'log'\n";
    site.write("parts/all.toml", text);
    let ran = compose(&site, &["parts/all.toml", "-o", "out.wasm"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let world = site.command(&["inspect", "out.wasm"]).stdout;
    assert!(world.contains("export run: func();\n  export demo:log/api@1.1.0;\n}"), "{world}");
    site.write("parts/wrong.toml", text.replace("= 'log' }", "= 'lag' }"));
    refused(&compose(&site, &["parts/wrong.toml", "-o", "out.wasm"]), "no instance \"lag\"");
}

#[test]
fn what_does_not_fit_is_named() {
    let site = Site::new("wasmtime");
    site.module("app.wasm", APP);
    site.module("module.wasm", "(module)");
    site.module("empty.wasm", "(component)");
    refused(&compose(&site, &["app.wasm", "-o", "out.wasm"]), "nothing to compose it with");
    let ran = compose(&site, &["app.wasm", "--plug", "empty.wasm", "-o", "out.wasm"]);
    refused(&ran, "empty.wasm exports nothing that another component imports");
    let ran = compose(&site, &["app.wasm", "--plug", "module.wasm", "-o", "out.wasm"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("module.wasm: this is no component"), "{ran:?}");
    assert!(!site.path("out.wasm").exists());
}

#[test]
fn scripts_report_failures_by_line_and_totals() {
    let site = Site::new("wasmtime");
    let script = "(module (func (export \"f\") (result i32) (i32.const 1)) (func (export \"t\") unreachable))\n\
                  (assert_return (invoke \"f\") (i32.const 1))\n\
                  (assert_return (invoke \"f\") (i32.const 2))\n\
                  (assert_trap (invoke \"t\") \"unreachable\")\n\
                  (assert_trap (invoke \"t\") \"integer overflow\")\n\
                  (assert_invalid (component (export \"f\" (func 0))) \"unknown\")\n\
                  (thread $T)\n";
    for engine in ["wasmtime", "wasmi"] {
        site.write("s.wast", script);
        let ran = site.command(&["wast", "--engine", engine, "s.wast"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""));
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert!(lines[0].starts_with("s.wast:3: returned "), "{lines:?}");
        assert!(lines[1].starts_with("s.wast:5: trapped with "), "{lines:?}");
        assert_eq!(lines[2..], ["skipped 1: threads are not there", "4 passed, 2 failed, 1 skipped"]);
    }
    site.write("good.wast", "(module)");
    assert_eq!(site.command(&["wast", "good.wast"]).code, Some(0));
    site.write("bad.wast", "(module)\n(nonsense)");
    let ran = site.command(&["wast", "bad.wast", "good.wast"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("bad.wast:2: malformed script"), "{ran:?}");
    assert_eq!(site.command(&["wast", "absent.wast"]).code, Some(2));
}

const MATH: &str = r#"(component
    (core module $m
        (memory (export "mem") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "echo") (param i32 i32) (result i32)
            (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8))
        (func (export "trap") unreachable)
        (func (export "spin") (loop (br 0))))
    (core instance $m (instantiate $m))
    (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $m "add")))
    (func $echo (param "s" string) (result string)
        (canon lift (core func $m "echo") (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
    (func (export "trap") (canon lift (core func $m "trap")))
    (func (export "spin") (canon lift (core func $m "spin")))
    (instance $api (export "add" (func $add)) (export "echo" (func $echo)))
    (export "demo:math/api@1.0.0" (instance $api)))"#;

#[test]
fn a_function_is_called_with_values_as_text() {
    for engine in ["wasmtime", "wasmi"] {
        let site = Site::new(engine);
        let math = site.module("math.wasm", MATH);
        let text = site.write("math.wat", MATH);
        let call = |call: &str| site.run(&["--invoke", call], &math, &[]);
        for (expression, result) in [
            ("demo:math/api@1.0.0/add(1, 2)", "3\n"),
            ("add(4294967295, 2)", "1\n"),
            (r#"echo("say \"☃\"")"#, "\"say \\\"☃\\\"\"\n"),
        ] {
            let ran = call(expression);
            assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), result, ""), "{expression}");
        }
        assert_eq!(site.run(&["--invoke", "add(1, 1)"], &text, &[]).stdout, "2\n");
        let ran = call("trap()");
        assert!(ran.code == Some(134) && ran.stderr.contains("unreachable"), "{ran:?}");
        let spin = r#"(func (export "spin") (loop (br 0)))"#;
        let at_start = r#"(func $spin (export "spin") (loop (br 0))) (start $spin)"#;
        let spinning = site.module("spinning.wasm", &MATH.replacen(spin, at_start, 1));
        for component in [&math, &spinning] {
            let ran = site.run(&["--timeout", "100ms", "--invoke", "spin()"], component, &[]);
            assert_eq!(ran.code, Some(124), "{ran:?}");
        }
    }
}

#[test]
fn a_call_that_cannot_be_made_is_explained() {
    let site = Site::new("wasmtime");
    let math = site.module("math.wasm", MATH);
    let call = |call: &str| site.run(&["--invoke", call], &math, &[]);
    refused(&call("sub(1, 2)"), "exports no function \"sub\"");
    refused(&call("add(1)"), "argument `b` of type u32");
    refused(&call("add"), "expected `(`");
    refused(&call("demo:math/other/add(1, 2)"), "exports no function");
    refused(&site.run(&["--invoke", "add"], &math, &["1", "2"]), "takes its arguments in the call");
    refused(&site.run(&[], &math, &[]), "does not export wasi:cli/run");
    let app = site.module("app.wasm", APP);
    refused(&site.run(&["--invoke", "run()"], &app, &[]), "demo:log/api@1.0.0");
}

#[test]
fn a_composed_component_runs_and_an_image_is_a_core_module() {
    let site = Site::new("wasmtime");
    site.module("app.wasm", APP);
    site.module("log.wasm", LOG);
    assert_eq!(compose(&site, &["app.wasm", "--plug", "log.wasm", "-o", "out.wasm"]).code, Some(0));
    let ran = site.run(&["--invoke", "run()"], &site.path("out.wasm"), &[]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
    let ran = site.command(&["lower", "out.wasm", "-o", "core.wasm"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(site.command(&["inspect", "core.wasm"]).stdout.starts_with("core module: "));
    site.module("m.wasm", "(module)");
    assert_eq!(site.command(&["lower", "m.wasm", "-o", "x.wasm"]).code, Some(2));
}

#[test]
fn an_input_is_not_replaced_by_the_output() {
    let site = Site::new("wasmtime");
    site.module("app.wasm", APP);
    site.module("log.wasm", LOG);
    let before = ["app.wasm", "log.wasm"].map(|name| std::fs::read(site.path(name)).unwrap());
    refused(&site.command(&["lower", "log.wasm", "-o", "log.wasm"]), "log.wasm: the output would replace this file");
    refused(&site.command(&["compile", "log.wasm", "-o", "./log.wasm"]), "would replace");
    for output in ["app.wasm", "./log.wasm"] {
        refused(&compose(&site, &["app.wasm", "--plug", "log.wasm", "-o", output]), "would replace");
    }
    assert_eq!(["app.wasm", "log.wasm"].map(|name| std::fs::read(site.path(name)).unwrap()), before);
}
