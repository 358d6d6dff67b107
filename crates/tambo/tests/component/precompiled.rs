//! Components that are compiled ahead of time, and found in the cache.
//!
//! # Safety
//!
//! What is loaded as native code was compiled by the same test, or damaged so that its checksum is wrong.

use std::fs;
use std::path::{Path, PathBuf};

use tambo::component::{Component, Linker, Val};
use tambo::{CacheConfig, Config, EngineConfig, EngineKind, Error, ErrorKind, Runtime};

use crate::start;

/// Imports a function, exports a resource and functions with strings, so that every table has something in it.
const COMPONENT: &str = r#"(component
    (import "t:host/log@1.0.0" (instance $log (export "line" (func (param "text" string)))))
    (core module $libc
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
    (core instance $libc (instantiate $libc))
    (alias core export $libc "memory" (core memory $memory))
    (alias core export $libc "realloc" (core func $realloc))
    (core func $line (canon lower (func $log "line") (memory $memory)))
    (core module $m
        (import "" "line" (func $line (param i32 i32)))
        (import "" "memory" (memory 1))
        (global $gone (mut i32) (i32.const 0))
        (func (export "destroy") (param i32) (global.set $gone (i32.add (global.get $gone) (local.get 0))))
        (func (export "gone") (result i32) (global.get $gone))
        (func (export "echo") (param i32 i32) (result i32)
            (call $line (local.get 0) (local.get 1))
            (i32.store (i32.const 8) (local.get 0)) (i32.store (i32.const 12) (local.get 1)) (i32.const 8)))
    (core instance $m (instantiate $m (with "" (instance
        (export "line" (func $line)) (export "memory" (memory $memory))))))
    (type $thing (resource (rep i32) (dtor (core func $m "destroy"))))
    (export $thing' "thing" (type $thing))
    (core func $new (canon resource.new $thing))
    (func (export "make") (param "rep" u32) (result (own $thing')) (canon lift (core func $new)))
    (func (export "gone") (result u32) (canon lift (core func $m "gone")))
    (func (export "echo") (param "text" string) (result string)
        (canon lift (core func $m "echo") (memory $memory) (realloc $realloc))))"#;

const MODULE: &[u8] = b"(module (func (export \"_start\")))";

fn check(component: &Component) {
    let mut linker = Linker::<Vec<String>>::new();
    linker.func::<(&'static str,), (), _>("t:host/log@1.0.0#line", |lines, (line,)| {
        lines.push(line.to_owned());
        Ok(())
    });
    let mut instance = start(component, &linker, Vec::new());
    let Some(Val::Own(thing)) = instance.call("make", &[Val::U32(7)]).unwrap() else { panic!("no resource") };
    instance.drop_resource(thing).unwrap();
    assert_eq!(instance.call("gone", &[]).unwrap(), Some(Val::U32(7)));
    let text = Val::String("grüße".to_owned());
    assert_eq!(instance.call("echo", std::slice::from_ref(&text)).unwrap(), Some(text));
    assert_eq!(instance.into_state(), ["grüße"]);
    assert!(component.imports().eq(["t:host/log@1.0.0"]));
    assert!(component.exports().eq(["thing", "make", "gone", "echo"]));
}

#[expect(unsafe_code, reason = "loads native code; see Safety")]
fn load(runtime: &Runtime, path: &Path) -> Result<Component, Error> {
    // SAFETY: see the header.
    unsafe { runtime.load_precompiled_component(path) }
}

#[expect(unsafe_code, reason = "loads native code; see Safety")]
fn load_module(runtime: &Runtime, path: &Path) -> Result<tambo::Program, Error> {
    // SAFETY: see the header.
    unsafe { runtime.load_precompiled(path) }
}

/// A directory with both kinds of precompiled file.
struct Place {
    directory: tempfile::TempDir,
    runtime: Runtime,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let cache = Some(CacheConfig::new(directory.path().join("cache")));
        let runtime = Runtime::with_config(Config { cache, ..Config::default() }).unwrap();
        Self { directory, runtime }
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn compiled(&self) -> Vec<u8> {
        self.runtime.precompile_component(COMPONENT.as_bytes()).unwrap()
    }

    /// A file that is old enough to be known by its identity.
    fn settled(&self, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.write("settled.wasm", bytes);
        std::thread::sleep(std::time::Duration::from_millis(150));
        path
    }

    fn entries(&self) -> Vec<PathBuf> {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(self.directory.path().join("cache")).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        entries
    }
}

fn refused<T>(result: Result<T, Error>, what: &str) {
    let error = result.err().unwrap_or_else(|| panic!("loaded, instead of: {what}"));
    assert_eq!(error.kind(), ErrorKind::Precompiled, "{error}");
    assert!(error.message().contains(what), "{error}");
    assert!(error.hint().is_some(), "{error}");
}

#[test]
fn a_precompiled_component_is_what_it_was() {
    let place = Place::new();
    let component = load(&place.runtime, &place.write("c.cwasm", place.compiled())).unwrap();
    check(&component);
    let compiled = place.runtime.load_component(COMPONENT.as_bytes()).unwrap();
    assert_eq!(component.plan().to_string(), compiled.plan().to_string());
}

#[test]
fn modules_and_components_are_not_taken_for_each_other() {
    let place = Place::new();
    let component = place.write("component.cwasm", place.compiled());
    let module = place.write("module.cwasm", place.runtime.precompile(MODULE).unwrap());
    refused(load(&place.runtime, &module), "holds a module, not a component");
    refused(load_module(&place.runtime, &component), "holds a component, not a module");
    load_module(&place.runtime, &module).unwrap();
    refused(place.runtime.load_component_file(&component), "native code");
    refused(place.runtime.load_file(&component), "native code");
}

#[test]
fn a_component_for_another_engine_version_or_configuration_is_refused() {
    let place = Place::new();
    let bytes = place.compiled();
    let file = place.write("c.cwasm", &bytes);
    let engine_config = EngineConfig { fuel: true, ..EngineConfig::default() };
    let metered = Runtime::with_config(Config { engine_config, ..Config::default() }).unwrap();
    refused(load(&metered, &file), "compiled for fuel off, but this is fuel on");
    let wasmi = Runtime::with_config(Config { engine: EngineKind::Wasmi, ..Config::default() }).unwrap();
    refused(load(&wasmi, &file), "this is wasmi");

    let format = bytes.len() - 12;
    let mut other = bytes;
    other[format] += 1;
    refused(load(&place.runtime, &place.write("format.cwasm", other)), "has format 3, this Tambo reads format 2");
}

#[test]
fn a_damaged_component_is_refused_wherever_the_damage_is() {
    let place = Place::new();
    let bytes = place.compiled();
    let steps = bytes.len() / 50;
    for length in (0..bytes.len()).step_by(steps).chain([bytes.len() - 1]) {
        let error = load(&place.runtime, &place.write("cut.cwasm", &bytes[..length])).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Precompiled, "{length}: {error}");
    }
    for at in (0..bytes.len()).step_by(steps).chain(bytes.len() - 60..bytes.len()) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        let error = load(&place.runtime, &place.write("damaged.cwasm", damaged)).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Precompiled, "{at}: {error}");
    }
    let error = load(&place.runtime, &place.directory.path().join("absent.cwasm")).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::File);
}

#[test]
fn wasmi_compiles_no_component_ahead_of_time() {
    let wasmi = Runtime::with_config(Config { engine: EngineKind::Wasmi, ..Config::default() }).unwrap();
    assert!(wasmi.precompile_component(COMPONENT.as_bytes()).is_err());
}

#[test]
fn the_cache_knows_a_component_by_its_content_and_its_file() {
    let place = Place::new();
    check(&place.runtime.load_component(COMPONENT.as_bytes()).unwrap());
    assert_eq!(place.entries().len(), 1);
    check(&place.runtime.load_component(COMPONENT.as_bytes()).unwrap());
    let file = place.settled(COMPONENT);
    for _ in 0..2 {
        check(&place.runtime.load_component_file(&file).unwrap());
        assert_eq!(place.entries().len(), 2, "one entry, with two names");
    }
    // What is in the file is not looked at again; what is refused is refused as before.
    let identity = place.entries().into_iter().find(|entry| entry.to_string_lossy().contains("file-")).unwrap();
    let content = place.entries().into_iter().find(|entry| !entry.to_string_lossy().contains("file-")).unwrap();
    fs::remove_file(content).unwrap();
    check(&place.runtime.load_component_file(&file).unwrap());
    assert_eq!(place.entries(), [identity]);
    let error = place.runtime.load_file(&file).err().unwrap();
    assert!(error.message().contains("component, not a core module"), "{error}");
}

#[test]
fn a_changed_file_is_not_taken_from_the_cache() {
    let place = Place::new();
    let file = place.settled(COMPONENT);
    check(&place.runtime.load_component_file(&file).unwrap());
    fs::write(&file, "(component)").unwrap();
    assert_eq!(place.runtime.load_component_file(&file).unwrap().exports().count(), 0);
    fs::write(&file, "(component (nonsense))").unwrap();
    assert!(place.runtime.load_component_file(&file).is_err());
}

#[test]
fn damaged_entries_of_components_are_made_again() {
    let place = Place::new();
    let file = place.settled(COMPONENT);
    check(&place.runtime.load_component_file(&file).unwrap());
    let module = place.runtime.precompile(MODULE).unwrap();
    type Damage<'d> = &'d dyn Fn(&mut Vec<u8>);
    let damage: [Damage<'_>; 5] = [
        &|bytes| bytes.clear(),
        &|bytes| bytes.truncate(bytes.len() / 2),
        &|bytes| bytes[300] ^= 1,
        &|bytes| {
            let tables = bytes.len() - 400;
            bytes[tables] ^= 1;
        },
        &|bytes| *bytes = module.clone(),
    ];
    for damage in damage {
        for entry in place.entries() {
            let mut bytes = fs::read(&entry).unwrap();
            damage(&mut bytes);
            fs::remove_file(&entry).unwrap();
            fs::write(&entry, bytes).unwrap();
        }
        check(&place.runtime.load_component_file(&file).unwrap());
        check(&place.runtime.load_component_file(&file).unwrap());
    }
}

#[test]
fn without_a_module_of_its_own_an_image_is_lowered_anew() {
    crate::on_each_engine(|runtime| {
        let image = runtime.lower_component(COMPONENT.as_bytes()).unwrap();
        assert!(image.wasm.starts_with(b"\0asm\x01\0\0\0"));
        assert!(!image.imports.is_empty() && image.lifts.len() == 3 && image.destructors.len() == 1);
        assert!(runtime.lower_component(b"(module)").is_err());
    });
}
