//! Compiling ahead of time.
//!
//! # Safety
//!
//! Loading runs native code. What is loaded here was serialized a few lines earlier by an engine of the same kind.
#![expect(unsafe_code, reason = "the cases load what they have serialized; see Safety")]

use std::io::Write;
use std::sync::Arc;

use tambo_engine::{Engine, EngineConfig, Limits, Module, Slot};

use crate::rig::{Rig, call_i32};
use crate::{Make, Probe, imports};

const GUEST: &str = r#"(module
    (import "host" "peek" (func $peek (param i32) (result i32)))
    (import "host" "wait" (func $wait (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 3) "\2a")
    (global $started (mut i32) (i32.const 0))
    (func $s (global.set $started (i32.const 1)))
    (start $s)
    (func (export "f") (param i32) (result i32)
        (i32.add (call $wait (call $peek (local.get 0))) (i32.mul (global.get $started) (i32.const 1000)))))"#;

fn expect_to_work(module: &dyn Module<Probe>) {
    for parks in [false, true] {
        let prepared = module.prepare(&imports(), "memory", parks).unwrap();
        let mut instance = prepared.instantiate(Probe::default(), &Limits::default()).unwrap();
        instance.start().unwrap();
        assert_eq!(call_i32(&mut *instance, "f", &[Slot::from(3)]).unwrap(), 1043);
    }
    assert_eq!(module.exports().len(), 2);
    assert_eq!(module.imports().len(), 2);
}

/// The error of an engine that cannot; true if it is one.
fn denied(engine: &dyn Engine<Probe>, module: &dyn Module<Probe>) -> bool {
    if engine.capabilities().ahead_of_time {
        return false;
    }
    assert!(module.serialize().is_err());
    // SAFETY: an engine that cannot load native code takes any bytes.
    assert!(unsafe { engine.load(b"anything") }.is_err());
    // SAFETY: as above.
    assert!(unsafe { engine.load_file("anything".as_ref()) }.is_err());
    true
}

/// In another engine of the same configuration, as another process would: start function and all.
pub fn a_module_survives_serialization(make: Make<'_>) {
    let rig = Rig::new(make);
    let module = rig.compile(GUEST).unwrap();
    expect_to_work(&*module);
    if denied(&*rig.engine, &*module) {
        return;
    }
    let artifact = module.serialize().unwrap();
    let other = Rig::new(make).engine;
    assert_eq!(other.fingerprint(), rig.engine.fingerprint());
    // SAFETY: serialized above.
    let loaded = unsafe { other.load(&artifact) }.unwrap();
    expect_to_work(&*loaded);
}

/// A file may carry a footer of the embedder's, of any length.
pub fn a_file_may_have_bytes_after_the_artifact(make: Make<'_>) {
    let rig = Rig::new(make);
    let module = rig.compile(GUEST).unwrap();
    if denied(&*rig.engine, &*module) {
        return;
    }
    let artifact = module.serialize().unwrap();
    for footer in [0, 1, 77, 70_000] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&artifact).unwrap();
        file.write_all(&vec![0xa5; footer]).unwrap();
        file.flush().unwrap();
        // SAFETY: written above, and changed by nobody.
        let loaded = unsafe { rig.engine.load_file(file.path()) }.unwrap();
        expect_to_work(&*loaded);
    }
    // SAFETY: there is nothing to load.
    assert!(unsafe { rig.engine.load_file("/nonexistent/artifact".as_ref()) }.is_err());
}

/// Whatever changes code changes the fingerprint; whatever does not, does not.
pub fn the_fingerprint_tells_what_changes_code(make: Make<'_>) {
    let print = |config: &EngineConfig| -> String {
        let engine: Arc<dyn Engine<Probe>> = make(config);
        assert!(engine.fingerprint().starts_with(engine.name()));
        engine.fingerprint()
    };
    let plain = EngineConfig::default();
    assert_eq!(print(&plain), print(&plain.clone()));
    assert_eq!(print(&plain), print(&EngineConfig { parallel_compilation: false, ..plain.clone() }));
    assert_ne!(print(&plain), print(&EngineConfig { fuel: true, ..plain.clone() }));
    assert_ne!(print(&plain), print(&EngineConfig { interrupts: true, ..plain.clone() }));
}
