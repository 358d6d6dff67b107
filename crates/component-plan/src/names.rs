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
