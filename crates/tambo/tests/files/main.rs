//! Files through the door of WASI 0.2: attacks by number, from a component on every engine.

#![expect(clippy::unwrap_used, reason = "tests, whose failures are panics")]

mod adapted;
mod attacks;

use std::path::Path;

use tambo::component::{Instance, Limits, Wasi, wasi_linker};
use tambo::kernel::Budget;
use tambo::{Config, EngineKind, Grant, Runtime};

/// A world for a guest that attacks: two directories, and a secret beside them.
struct World {
    folder: tempfile::TempDir,
    guest: Instance<Wasi>,
    /// Which engine it runs on, for messages.
    on: EngineKind,
}

impl World {
    fn at(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    /// Call an attack, which says what went wrong.
    #[track_caller]
    fn attack(&mut self, name: &str) {
        let outcome = self.guest.func::<(), (Result<(), String>,)>(name).unwrap();
        let (outcome,) = outcome.call(&mut self.guest, ()).unwrap();
        assert_eq!(outcome, Ok(()), "{name} on {}", self.on);
        self.check();
    }

    /// As [`attack`](World::attack), with a number that goes in, and one that comes out.
    #[track_caller]
    fn attack_counting(&mut self, name: &str, count: u32) -> u32 {
        let attack = self.guest.func::<(u32,), (Result<u32, String>,)>(name).unwrap();
        let (outcome,) = attack.call(&mut self.guest, (count,)).unwrap();
        self.check();
        outcome.unwrap_or_else(|message| panic!("{name} on {}: {message}", self.on))
    }

    /// What no attack may change.
    #[track_caller]
    fn check(&self) {
        assert_eq!(std::fs::read(self.at("secret")).unwrap(), b"secret");
        assert_eq!(names(self.folder.path()), ["ro", "rw", "secret"]);
        assert_eq!(names(&self.at("ro")), ["dir", "empty", "file"]);
        assert_eq!(names(&self.at("ro/dir")), ["inner"]);
        for (path, text) in [("ro/file", "file"), ("ro/dir/inner", "inner")] {
            assert_eq!(std::fs::read_to_string(self.at(path)).unwrap(), text);
            assert_eq!(std::fs::metadata(self.at(path)).unwrap().modified().unwrap(), LONG_AGO, "{path}");
        }
    }
}

const LONG_AGO: std::time::SystemTime = std::time::SystemTime::UNIX_EPOCH;

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn lay_out(folder: &Path) {
    std::fs::write(folder.join("secret"), "secret").unwrap();
    for name in ["rw", "ro"] {
        std::fs::create_dir_all(folder.join(name).join("dir")).unwrap();
        std::fs::create_dir(folder.join(name).join("empty")).unwrap();
        for (path, text) in [("file", "file"), ("dir/inner", "inner")] {
            let path = folder.join(name).join(path);
            std::fs::write(&path, text).unwrap();
            std::fs::File::open(path).unwrap().set_modified(LONG_AGO).unwrap();
        }
    }
}

/// Run an attack on every engine, each in a world of its own.
fn on_every_engine(budget: &Budget, attack: impl Fn(World)) {
    for &on in EngineKind::ALL {
        let runtime = Runtime::with_config(Config { engine: on, ..Config::default() }).unwrap();
        let component = runtime.load_component_file(tambo_guests::component("attacking")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        lay_out(folder.path());
        let mut grant = Grant::new();
        grant.dir(folder.path().join("rw"), "rw").unwrap();
        grant.read_only_dir(folder.path().join("ro"), "ro").unwrap();
        grant.budget(budget.clone());
        let linked = component.link(&wasi_linker()).unwrap();
        let guest = linked.instantiate(Wasi::new(grant), &Limits::default()).unwrap();
        attack(World { folder, guest, on });
    }
}
