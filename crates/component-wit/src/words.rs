//! The words of WIT: identifiers and keywords, names of interfaces.

use tambo_component_plan::names::split_version;

const KEYWORDS: &[&str] = &[
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "error-context",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world",
];

/// A name as WIT writes it: keywords are marked.
pub(crate) fn identifier(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("%{name}") } else { name.to_owned() }
}

/// Whether a name is one word of WIT.
pub(crate) fn is_label(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// An interface's package, name and version: `a:b/c@1.0.0` is `a:b`, `c` and `1.0.0`. None for other names.
pub(crate) fn interface(name: &str) -> Option<(&str, &str, Option<&str>)> {
    let (base, version) = split_version(name);
    let (package, interface) = base.split_once('/')?;
    let (namespace, package_name) = package.split_once(':')?;
    [namespace, package_name, interface].iter().all(|part| is_label(part)).then_some((package, interface, version))
}

/// The package of an interface, as a declaration and `use` write it.
pub(crate) fn package(name: &str) -> Option<String> {
    let (package, _, version) = interface(name)?;
    let marked = package.split(':').map(identifier).collect::<Vec<_>>().join(":");
    Some(match version {
        Some(version) => format!("{marked}@{version}"),
        None => marked,
    })
}

/// An interface, with its package, as `use` and `import` write it.
pub(crate) fn path(name: &str) -> String {
    match interface(name) {
        Some((package, interface, version)) => {
            let package = package.split(':').map(identifier).collect::<Vec<_>>().join(":");
            let version = version.map(|version| format!("@{version}")).unwrap_or_default();
            format!("{package}/{}{version}", identifier(interface))
        }
        None => name.to_owned(),
    }
}
