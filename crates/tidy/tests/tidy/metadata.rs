//! The dependency graph, as `cargo metadata` tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::repository::root;

/// Packages by id, and who depends on whom.
pub(crate) struct Graph {
    pub(crate) packages: BTreeMap<String, Package>,
}

#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Part of this workspace.
    pub(crate) member: bool,
    /// Features that are on in some build of the workspace.
    pub(crate) features: Vec<String>,
    /// Ids of what it needs to run or be built; not what only its tests need.
    pub(crate) dependencies: Vec<String>,
}

impl Graph {
    /// The graph of this workspace on this platform. Needs no network: to be running, this test was built.
    pub(crate) fn load() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let host = Command::new("rustc").arg("-vV").output().unwrap();
        let host = String::from_utf8(host.stdout).unwrap();
        let platform = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let output = Command::new(cargo)
            .current_dir(root())
            .args(["metadata", "--format-version=1", "--offline", "--filter-platform", platform])
            .output()
            .unwrap();
        assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        Self::parse(&serde_json::from_slice(&output.stdout).unwrap())
    }

    fn parse(metadata: &Value) -> Self {
        let members: BTreeSet<&str> = list(&metadata["workspace_members"]).filter_map(Value::as_str).collect();
        let mut packages = BTreeMap::new();
        for package in list(&metadata["packages"]) {
            let id = text(&package["id"]);
            let member = members.contains(id.as_str());
            let package = Package { name: text(&package["name"]), member, ..Package::default() };
            packages.insert(id, package);
        }
        for node in list(&metadata["resolve"]["nodes"]) {
            let Some(package) = packages.get_mut(&text(&node["id"])) else { continue };
            package.features = list(&node["features"]).map(text).collect();
            let needed = |dependency: &&Value| list(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev");
            package.dependencies =
                list(&node["deps"]).filter(needed).map(|dependency| text(&dependency["pkg"])).collect();
        }
        Self { packages }
    }

    /// What a package depends on directly.
    pub(crate) fn direct<'a>(&'a self, package: &'a Package) -> impl Iterator<Item = &'a Package> {
        package.dependencies.iter().filter_map(|id| self.packages.get(id))
    }

    /// The way from a package to the nearest dependency that `is` says, by name, both ends included.
    pub(crate) fn way_to(&self, package: &Package, is: impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let mut ways = vec![(package, vec![package.name.clone()])];
        let mut seen = BTreeSet::new();
        while !ways.is_empty() {
            let mut longer = Vec::new();
            for (end, way) in ways {
                for next in end.dependencies.iter().filter(|id| seen.insert((*id).clone())) {
                    let next = &self.packages[next];
                    let way = [&way[..], std::slice::from_ref(&next.name)].concat();
                    if is(&next.name) {
                        return Some(way);
                    }
                    longer.push((next, way));
                }
            }
            ways = longer;
        }
        None
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
