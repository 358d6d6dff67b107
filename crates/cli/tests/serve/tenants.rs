//! Attack 28 over the wire: what one tenant leaves in a place of the pool, or in an instance that is used again, the next
//! one does not see.

use std::fs;

use crate::server::{Server, web};

/// What a tenant is told to leave; its words are derived from the number, which is not left itself.
const MARK: &str = "123456789";
/// How many words the search may find of itself.
const OWN: usize = 16;

/// Three tenants behind three paths: the first two are one component, the third is another one that does the same.
struct Tenants {
    server: Server,
    _directory: tempfile::TempDir,
}

impl Tenants {
    fn start(options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let bytes = fs::read(web()).unwrap();
        fs::write(directory.path().join("one.wasm"), &bytes).unwrap();
        // A custom section (its id, its size, its name) makes another component of it, with code and places of its own.
        let other = [&bytes[..], b"\x00\x06\x05other"].concat();
        fs::write(directory.path().join("other.wasm"), other).unwrap();
        let route = |path: &str, file: &str| {
            format!("[[component]]\nfile = '{file}.wasm'\npath = '/{path}'\nname = '{path}'\n")
        };
        let routes = [route("first", "one"), route("second", "one"), route("third", "other")].concat();
        let file = directory.path().join("routes.toml");
        fs::write(&file, routes).unwrap();
        Self { server: Server::start_with(&file, options), _directory: directory }
    }

    fn number(&self, path: &str) -> usize {
        let (status, text) = self.server.get_alone(path);
        assert_eq!(status, 200, "{path}");
        text.parse().unwrap()
    }

    fn find(&self, tenant: &str) -> usize {
        self.number(&format!("/{tenant}/find?{MARK}"))
    }
}

#[test]
fn attack_28_a_place_that_is_used_again_is_empty() {
    for engine in ["wasmtime", "wasmi"] {
        // One guest at a time: it gets the place that the one before it left.
        let tenants = Tenants::start(&["--engine", engine, "--workers", "1", "--max-concurrency", "1", "--no-watch"]);
        for tenant in ["first", "second", "third"] {
            assert!(tenants.number(&format!("/first/plant?{MARK}")) > 100_000, "{engine}");
            assert!(tenants.find(tenant) < OWN, "{engine}: {tenant} sees what was left");
            assert_eq!(tenants.number(&format!("/{tenant}/count")), 1, "{engine}");
        }
        // What a trap leaves is not tidied up by the guest.
        for tenant in ["first", "second", "third"] {
            assert_eq!(tenants.server.get_alone(&format!("/first/plant-and-trap?{MARK}")).0, 500);
            assert!(tenants.find(tenant) < OWN, "{engine}: {tenant} sees what a trap left");
        }
    }
}

#[test]
fn attack_28_an_instance_that_is_used_again_is_its_own_tenants() {
    for engine in ["wasmtime", "wasmi"] {
        for other in ["second", "third"] {
            let alone = ["--workers", "1", "--max-concurrency", "1", "--no-watch"];
            let tenants = Tenants::start(&[&["--engine", engine, "--reuse", "100"], &alone[..]].concat());
            assert!(tenants.number(&format!("/first/plant?{MARK}")) > 100_000);
            assert!(
                tenants.find("first") > 100_000,
                "{engine}: reuse means that this is seen, and that the search works"
            );
            assert!(tenants.find(other) < OWN, "{engine}: {other}");
            assert_eq!(tenants.number(&format!("/{other}/count")), 1);
            // A guest that trapped is not used again, by anybody.
            assert_eq!(tenants.server.get_alone("/first/trap").0, 500);
            assert!(tenants.find("first") < OWN, "{engine}");
        }
    }
}
