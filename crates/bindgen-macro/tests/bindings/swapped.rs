//! A component that declares an import with another resource type than the bindings have is not linked.

use tambo::component::{Borrow, Linker, Own};
use tambo::{Config, EngineKind, Runtime, Trap};

tambo::component::bindgen! {
    inline: "
        package odd:swapped;
        interface pipes {
            resource source;
            resource sink { splice: func(sources: list<borrow<source>>) -> u32; }
        }
        world w { import pipes; }
    ",
}

use odd::swapped::pipes::{self, Host, HostSink, HostSource, Sink, Source};

struct Pipes;

impl Host for Pipes {}

impl HostSource for Pipes {
    fn drop(&mut self, _: Own<Source>) -> Result<(), Trap> {
        Ok(())
    }
}

impl HostSink for Pipes {
    fn splice(&mut self, _: Borrow<Sink>, sources: Vec<Borrow<Source>>) -> Result<u32, Trap> {
        Ok(sources.len() as u32)
    }

    fn drop(&mut self, _: Own<Sink>) -> Result<(), Trap> {
        Ok(())
    }
}

const COMPONENT: &str = r#"(component
    (import "odd:swapped/pipes" (instance $pipes
        (export "source" (type $source (sub resource)))
        (export "sink" (type $sink (sub resource)))
        (export "[method]sink.splice"
            (func (param "self" (borrow $sink)) (param "sources" (list (borrow FROM))) (result u32)))))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $splice (canon lower (func $pipes "[method]sink.splice") (memory (core memory $libc "memory"))))
    (core module $m (import "" "splice" (func (param i32 i32 i32) (result i32))))
    (core instance (instantiate $m (with "" (instance (export "splice" (func $splice)))))))"#;

#[test]
fn a_method_is_linked_with_the_resources_that_it_has() {
    for &engine in EngineKind::ALL {
        let runtime = Runtime::with_config(Config { engine, ..Config::default() }).unwrap();
        let mut linker = Linker::<Pipes>::new();
        pipes::add_to_linker(&mut linker, |pipes| pipes);
        let link = |from| {
            runtime.load_component(COMPONENT.replace("FROM", from).as_bytes()).unwrap().link(&linker).map(|_| ())
        };
        link("$source").unwrap();
        let error = link("$sink").unwrap_err();
        let expected = "odd:swapped/pipes#[method]sink.splice: the component wants func(";
        assert!(error.message().contains(expected), "{error}");
        assert!(error.message().contains("parameter `sources`, its elements: expected borrow<"), "{error}");
        assert!(error.message().contains("Source`; "), "{error}");
    }
}
