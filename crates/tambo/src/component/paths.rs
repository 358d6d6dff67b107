//! Names of functions and resources: `interface#name`, or a plain name of the root.

use tambo_component_runtime::plan::{ExportItem, Named, names};

/// Whether something given under a path may stand for what is wanted under another: the instances' names match by
/// version, the last names are the same.
pub(crate) fn matches<'a>(wanted: &[String], given: impl DoubleEndedIterator<Item = &'a str> + Clone) -> bool {
    if given.clone().count() != wanted.len() {
        return false;
    }
    let last = wanted.len().saturating_sub(1);
    let same = |(index, (wanted, given)): (usize, (&String, &str))| {
        if index == last { wanted == given } else { names::compatible(wanted, given) }
    };
    wanted.iter().zip(given).enumerate().all(same)
}

/// The best of several definitions: one under the very name, else the last that matches.
pub(crate) fn find<'d, T>(definitions: &'d [(String, T)], wanted: &[String]) -> Option<&'d T> {
    let exact = wanted.join("#");
    let found = definitions.iter().rev().find(|(path, _)| *path == exact);
    let found = found.or_else(|| definitions.iter().rev().find(|(path, _)| matches(wanted, path.split('#'))));
    found.map(|(_, definition)| definition)
}

/// What is exported under a path.
pub(crate) fn find_export<'p, 'n>(
    exports: &'p [Named<ExportItem>],
    mut path: impl Iterator<Item = &'n str>,
) -> Option<&'p ExportItem> {
    let first = path.next()?;
    let named = names::best(first, exports.iter(), |export| &export.name)?;
    let mut item = &named.item;
    for name in path {
        let ExportItem::Instance(items) = item else { return None };
        item = &items.iter().find(|export| export.name == name)?.item;
    }
    Some(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_very_name_is_preferred_to_a_compatible_one() {
        let given = [("a:b/c@1.2.0#f".to_owned(), 1), ("a:b/c@1.1.0#f".to_owned(), 2), ("f".to_owned(), 3)];
        let wanted = |instance: &str| [instance.to_owned(), "f".to_owned()];
        assert_eq!(find(&given, &wanted("a:b/c@1.2.0")), Some(&1));
        assert_eq!(find(&given, &wanted("a:b/c@1.0.0")), Some(&2));
        assert_eq!(find(&given, &wanted("a:b/c@2.0.0")), None);
        assert_eq!(find(&given, &["f".to_owned()]), Some(&3));
    }
}
