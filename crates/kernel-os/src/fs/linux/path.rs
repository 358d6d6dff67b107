//! Paths as bytes: the checks on a guest's path, and its last component.

use tambo_kernel::fs::check_path;
use tambo_kernel::{Error, Result};

/// The system's bound on a path, its final NUL included.
pub(super) const PATH_MAX: usize = 4096;

/// [`check_path`], after [`Error::NameTooLong`] for what the system would not take: no long path is looked at.
#[inline]
pub(super) fn check(path: &str) -> Result<()> {
    if path.len() >= PATH_MAX {
        return Err(Error::NameTooLong);
    }
    check_path(path)
}

/// Whether a checked path is one component that is neither `.` nor `..`, and no slash.
#[inline]
pub(super) fn is_plain(path: &[u8]) -> bool {
    !path.contains(&b'/') && !is_dots(path)
}

/// Whether a component names a directory by relation instead of by name.
#[inline]
pub(super) fn is_dots(name: &[u8]) -> bool {
    name == b"." || name == b".."
}

/// A relative path, taken apart at its last component.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Split<'a> {
    /// What leads to the parent; empty for a path of one component.
    pub(super) parent: &'a [u8],
    /// The last component, without slashes.
    pub(super) name: &'a [u8],
    /// Whether slashes follow it: it must be a directory then.
    pub(super) slash: bool,
}

/// Takes a path apart that is not empty and does not begin with a slash.
pub(super) fn split(path: &[u8]) -> Split<'_> {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    let start = path[..end].iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    Split { parent: &path[..start], name: &path[start..end], slash: end < path.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_split_at_their_last_component() {
        let cases: &[(&str, &str, &str, bool)] = &[
            ("a", "", "a", false),
            ("a/", "", "a", true),
            ("a//", "", "a", true),
            ("a/b", "a/", "b", false),
            ("a//b///", "a//", "b", true),
            ("..", "", "..", false),
            ("a/..", "a/", "..", false),
            ("a/./", "a/", ".", true),
        ];
        for &(path, parent, name, slash) in cases {
            let expected = Split { parent: parent.as_bytes(), name: name.as_bytes(), slash };
            assert_eq!(split(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn plain_names_are_told_from_paths() {
        for plain in ["a", "...", ".a", "..a", "a\\b", "a:b", "C:", "é"] {
            assert!(is_plain(plain.as_bytes()), "{plain}");
        }
        for other in [".", "..", "a/b", "a/", "./a", "/"] {
            assert!(!is_plain(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn attack_07_long_paths_are_refused_before_anything_else() {
        assert_eq!(check(&"a".repeat(PATH_MAX)), Err(Error::NameTooLong));
        assert_eq!(check(&"a".repeat(PATH_MAX - 1)), Ok(()));
        assert_eq!(check("a\0"), Err(Error::Invalid));
        assert_eq!(check(""), Err(Error::NoEntry));
        assert_eq!(check("/"), Err(Error::NotPermitted));
    }
}
