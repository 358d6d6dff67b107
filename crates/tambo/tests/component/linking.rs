//! What is missing, and what is refused.

use tambo::ErrorKind;
use tambo::component::Linker;

use crate::{load, on_each_engine};

const WANTS: &str = r#"(component
    (import "t:host/api@1.2.0" (instance
        (export "thing" (type $thing (sub resource)))
        (export "go" (func (param "far" u32) (param "with" (list string)) (result (own $thing))))
        (export "stop" (func))))
    (import "plain" (func (param "x" (option u8)) (result string))))"#;

#[test]
fn everything_that_is_missing_is_listed_at_once() {
    on_each_engine(|runtime| {
        let mut linker = Linker::<()>::new();
        linker.func::<(u32,), (), _>("plain", |(), _| Ok(()));
        linker.func::<(), (), _>("t:host/api@1.0.0#stop", |(), ()| Ok(()));
        linker.func::<(), (), _>("t:host/api@2.0.0#go", |(), ()| Ok(()));
        let error = load(runtime, WANTS).link(&linker).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Link);
        let lines: Vec<&str> = error.message().lines().collect();
        assert_eq!(lines[0], "the component imports what is not there:");
        assert_eq!(lines.len(), 4, "{error}");
        assert!(lines[1].contains("t:host/api@1.2.0#thing: a resource, and nobody defines it"), "{error}");
        assert!(lines[2].contains("t:host/api@1.2.0#go: func(far: u32, with: list<string>) -> own<"), "{error}");
        assert!(lines[3].contains("plain: the component wants func(x: option<u8>) -> string"), "{error}");
        assert!(lines[3].contains("parameter `x`"), "{error}");
    });
}

#[test]
fn modules_and_components_are_told_apart() {
    on_each_engine(|runtime| {
        let error = runtime.load(b"(component)").err().unwrap();
        assert_eq!(error.hint(), Some("load it with `Runtime::load_component`"));
        let error = runtime.load_component(b"(module)").err().unwrap();
        assert_eq!(error.hint(), Some("load it with `Runtime::load`"));
        assert!(runtime.load_component(b"nothing at all").is_err());
    });
}
