//! The WASI 0.2 packages in `wit/` declare what the published ones do, and nothing else.
//!
//! The published ones are those of the crate `wasip2`. Both are parsed, with every feature, and printed item by item
//! without documentation; so order, comments and layout do not matter, and stability does. With `TAMBO_BLESS=1`, `wit/` is
//! written anew instead.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use wit_component::{OutputToString, WitPrinter};
use wit_parser::{PackageId, Resolve, Type, TypeDefKind, UnresolvedPackageGroup, WorldItem};

const PACKAGES: [&str; 7] = ["cli", "clocks", "filesystem", "http", "io", "random", "sockets"];

/// Where the crate's sources are.
fn published() -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let crate_ = packages.iter().find(|package| package["name"] == "wasip2").unwrap();
    Path::new(crate_["manifest_path"].as_str().unwrap()).with_file_name("wit").join("deps")
}

fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/wasi-0.2")
}

/// The packages in a folder, which has a file for each.
fn parse(folder: &Path) -> (Resolve, Vec<PackageId>) {
    let group = |name: &&str| {
        let path = folder.join(format!("{name}.wit"));
        let text = std::fs::read_to_string(&path).unwrap();
        UnresolvedPackageGroup::parse(&path, &text).unwrap()
    };
    let main = UnresolvedPackageGroup::parse("all.wit", "package all:all;").unwrap();
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    resolve.push_groups(main, PACKAGES.iter().map(group).collect()).unwrap();
    let is_wasi = |id: &PackageId| resolve.packages[*id].name.namespace == "wasi";
    let packages: Vec<PackageId> = resolve.packages.iter().map(|(id, _)| id).filter(is_wasi).collect();
    (resolve, packages)
}

fn printer() -> WitPrinter<OutputToString> {
    let mut printer = WitPrinter::default();
    printer.emit_docs(false);
    printer
}

/// A type as an item's declaration names it: by interface and name, or in full where it has no name.
fn describe_type(resolve: &Resolve, ty: &Type) -> String {
    let Type::Id(id) = ty else { return format!("{ty:?}") };
    let def = &resolve.types[*id];
    match (&def.name, &def.owner) {
        (Some(name), wit_parser::TypeOwner::Interface(owner)) => {
            format!("{}/{name}", resolve.id_of(*owner).unwrap())
        }
        _ => describe_kind(resolve, &def.kind),
    }
}

fn describe_optional(resolve: &Resolve, ty: Option<&Type>) -> String {
    ty.map_or_else(|| "_".to_owned(), |ty| describe_type(resolve, ty))
}

fn describe_kind(resolve: &Resolve, kind: &TypeDefKind) -> String {
    let ty = |ty: &Type| describe_type(resolve, ty);
    let list = |parts: Vec<String>| parts.join(", ");
    match kind {
        TypeDefKind::Record(record) => {
            let fields = record.fields.iter().map(|field| format!("{}: {}", field.name, ty(&field.ty)));
            format!("record {{ {} }}", list(fields.collect()))
        }
        TypeDefKind::Variant(variant) => {
            let case =
                |case: &wit_parser::Case| format!("{}({})", case.name, describe_optional(resolve, case.ty.as_ref()));
            format!("variant {{ {} }}", list(variant.cases.iter().map(case).collect()))
        }
        TypeDefKind::Enum(all) => {
            format!("enum {{ {} }}", list(all.cases.iter().map(|case| case.name.clone()).collect()))
        }
        TypeDefKind::Flags(all) => {
            format!("flags {{ {} }}", list(all.flags.iter().map(|flag| flag.name.clone()).collect()))
        }
        TypeDefKind::Resource => "resource".to_owned(),
        TypeDefKind::Handle(wit_parser::Handle::Own(id)) => format!("own<{}>", ty(&Type::Id(*id))),
        TypeDefKind::Handle(wit_parser::Handle::Borrow(id)) => format!("borrow<{}>", ty(&Type::Id(*id))),
        TypeDefKind::Tuple(tuple) => format!("tuple<{}>", list(tuple.types.iter().map(ty).collect())),
        TypeDefKind::Option(some) => format!("option<{}>", ty(some)),
        TypeDefKind::Result(result) => {
            let part = |part: &Option<Type>| describe_optional(resolve, part.as_ref());
            format!("result<{}, {}>", part(&result.ok), part(&result.err))
        }
        TypeDefKind::List(element) => format!("list<{}>", ty(element)),
        TypeDefKind::Type(other) => format!("= {}", ty(other)),
        other => panic!("WASI 0.2 has no {}", other.as_str()),
    }
}

/// Every interface, type, function, world, and what worlds import and export: under its name, what it is.
fn items(resolve: &Resolve, packages: &[PackageId]) -> BTreeMap<String, String> {
    let mut items = BTreeMap::new();
    for id in packages {
        let package = &resolve.packages[*id];
        for (name, interface) in &package.interfaces {
            let path = format!("{}/{name}", package.name);
            let interface = &resolve.interfaces[*interface];
            items.insert(path.clone(), format!("interface, {:?}", interface.stability));
            for (name, ty) in &interface.types {
                let ty = &resolve.types[*ty];
                let description = format!("{}, {:?}", describe_kind(resolve, &ty.kind), ty.stability);
                items.insert(format!("{path}/{name}"), description);
            }
            for (name, function) in &interface.functions {
                let param =
                    |param: &wit_parser::Param| format!("{}: {}", param.name, describe_type(resolve, &param.ty));
                let params: Vec<String> = function.params.iter().map(param).collect();
                let result = describe_optional(resolve, function.result.as_ref());
                let description = format!("func({}) -> {result}, {:?}", params.join(", "), function.stability);
                items.insert(format!("{path}#{name}"), description);
            }
        }
        for (name, world) in &package.worlds {
            let world = &resolve.worlds[*world];
            let path = format!("{}/world {name}", package.name);
            for (direction, list) in [("import", &world.imports), ("export", &world.exports)] {
                for (key, item) in list {
                    let WorldItem::Interface { stability, .. } = item else { panic!("WASI 0.2 has interfaces only") };
                    let name = resolve.name_world_key(key);
                    items.insert(format!("{path} {direction} {name}"), format!("{stability:?}"));
                }
            }
            items.insert(path, format!("{:?}", world.stability));
        }
    }
    items
}

fn bless() {
    let (resolve, packages) = parse(&published());
    for id in packages {
        let mut printer = printer();
        printer.print_package(&resolve, id, true).unwrap();
        let name = &resolve.packages[id].name.name;
        std::fs::write(ours().join(format!("{name}.wit")), printer.output.to_string()).unwrap();
    }
}

#[test]
fn what_is_declared_is_what_is_published() {
    if std::env::var_os("TAMBO_BLESS").is_some() {
        bless();
    }
    let (resolve, packages) = parse(&published());
    let published = items(&resolve, &packages);
    let (resolve, packages) = parse(&ours());
    let ours = items(&resolve, &packages);
    assert_eq!(packages.len(), PACKAGES.len());
    for (name, item) in &published {
        assert_eq!(ours.get(name), Some(item), "{name}");
    }
    for name in ours.keys() {
        assert!(published.contains_key(name), "{name} is not published");
    }
    assert!(published.len() > 400, "only {} items were compared", published.len());
}

#[test]
fn declarations_only() {
    for name in PACKAGES {
        let text = std::fs::read_to_string(ours().join(format!("{name}.wit"))).unwrap();
        assert!(!text.contains("//") && !text.contains("/*"), "{name}.wit has comments");
    }
}
