//! Names of imports and exports, and which of them match by version (Explainer.md, "Import and Export Definitions",
//! "Canonical Interface Name").

/// An interface name split at its version: `wasi:cli/run@0.2.3` is `wasi:cli/run` and `0.2.3`.
pub fn split_version(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('@') {
        Some((base, version)) if base.contains(':') => (base, Some(version)),
        _ => (name, None),
    }
}

/// Whether something named `given` may stand for something that is wanted under the name `wanted`: the names are the
/// same, or they differ only in their versions and those are compatible. What is older may have less, which whoever
/// links finds by the types.
pub fn compatible(wanted: &str, given: &str) -> bool {
    if wanted == given {
        return true;
    }
    let ((wanted, wanted_version), (given, given_version)) = (split_version(wanted), split_version(given));
    let tracks = wanted_version.and_then(track).zip(given_version.and_then(track));
    wanted == given && tracks.is_some_and(|(wanted, given)| wanted == given)
}

/// The best of several that may stand for what is wanted: one of the very name, else the newest, which has the most.
pub fn best<'a, T>(wanted: &str, given: impl Iterator<Item = T>, name: impl Fn(&T) -> &'a str) -> Option<T> {
    let fitting = given.filter(|given| compatible(wanted, name(given)));
    fitting.max_by_key(|given| (name(given) == wanted, numbers(name(given))))
}

/// The numbers of the version of a name, for comparing.
fn numbers(name: &str) -> Vec<u64> {
    let version = split_version(name).1.unwrap_or_default();
    let core = version.split(['-', '+']).next().unwrap_or_default();
    core.split('.').map(|number| number.parse().unwrap_or_default()).collect()
}

/// What two versions have in common if they are compatible: the leading part up to the first number that is not zero.
/// None for a pre-release, which is compatible with itself only.
fn track(version: &str) -> Option<&str> {
    let version = version.split('+').next()?;
    if version.contains('-') {
        return None;
    }
    let (major, rest) = version.split_once('.')?;
    let minor = rest.split('.').next()?;
    match (major, minor) {
        ("0", "0") => Some(version),
        ("0", minor) => Some(&version[..2 + minor.len()]),
        (major, _) => Some(major),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_the_very_name_or_else_the_newest() {
        let given = ["a:b/c@1.5.0", "a:b/c@1.10.0", "a:b/c@1.2.0", "a:b/c@2.0.0", "a:b/d@1.11.0"];
        let best = |wanted| best(wanted, given.into_iter(), |name| name);
        assert_eq!(best("a:b/c@1.3.0"), Some("a:b/c@1.10.0"));
        assert_eq!(best("a:b/c@1.2.0"), Some("a:b/c@1.2.0"));
        assert_eq!(best("a:b/c@1.11.0"), Some("a:b/c@1.10.0"));
        assert_eq!(best("a:b/c@3.0.0"), None);
    }

    #[test]
    fn versions_match_as_semver_has_it() {
        for (wanted, given, matches) in [
            ("a:b/c@0.2.0", "a:b/c@0.2.12", true),
            ("a:b/c@0.2.12", "a:b/c@0.2.0", true),
            ("a:b/c@0.2.0", "a:b/c@0.3.0", false),
            ("a:b/c@1.0.0", "a:b/c@1.9.3", true),
            ("a:b/c@1.0.0", "a:b/c@2.0.0", false),
            ("a:b/c@0.0.1", "a:b/c@0.0.2", false),
            ("a:b/c@0.2.0-rc.1", "a:b/c@0.2.0", false),
            ("a:b/c@0.2.0-rc.1", "a:b/c@0.2.0-rc.1", true),
            ("a:b/c@0.2.0+x", "a:b/c@0.2.1+y", true),
            ("a:b/c", "a:b/c", true),
            ("a:b/c", "a:b/c@1.0.0", false),
            ("a:b/d@1.0.0", "a:b/c@1.0.0", false),
            ("plain", "plain", true),
        ] {
            assert_eq!(compatible(wanted, given), matches, "{wanted} and {given}");
        }
    }
}
