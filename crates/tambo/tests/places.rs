//! Places of traps, compared between wasmtime's reader of debug information and ours, on real programs.

use tambo::{Config, EngineKind, Grant, Outcome, Runtime};

#[test]
fn both_readers_find_the_same_places() {
    let runtime = Runtime::with_config(Config { engine: EngineKind::Wasmtime, ..Config::default() }).unwrap();
    for path in [tambo_guests::c("trap-c"), tambo_guests::rust("panics")] {
        let module = std::fs::read(&path).unwrap();
        let outcome = runtime.load(&module).unwrap().run(Grant::new()).unwrap();
        let Outcome::Trap(trap) = outcome else { panic!("{outcome:?}") };
        let offsets: Vec<u64> = trap.backtrace.iter().map(|frame| frame.offset.unwrap()).collect();
        let theirs: Vec<_> = trap.backtrace.iter().map(|frame| frame.locations.clone()).collect();
        let ours = tambo_debug::locate(&module, &offsets);
        assert!(theirs.iter().any(|places| places.iter().any(|place| place.line.is_some())), "{trap:?}");
        assert_eq!(ours, theirs, "{}", path.display());
    }
}
