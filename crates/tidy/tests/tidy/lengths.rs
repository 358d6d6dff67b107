//! Files have at most 500 lines and functions at most 70; what is longer is on record and may only shrink.

use std::collections::BTreeMap;

use crate::lexer;
use crate::repository::{Source, Violation};

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;
const RULE: &str = "length";
const RATCHET: &str = "crates/tidy/ratchet.txt";

/// What an entry is about: `file PATH` or `fn PATH NAME`.
type Lengths = BTreeMap<String, (usize, String)>;

pub(crate) fn check(sources: &[Source], ratchet: &str) -> Vec<Violation> {
    let found = too_long(sources);
    let mut violations = Vec::new();
    let mut recorded = BTreeMap::new();
    for (line, entry) in ratchet.lines().enumerate().filter(|(_, entry)| !entry.is_empty() && !entry.starts_with('#')) {
        let violation = |what: String| Violation { place: format!("{RATCHET}:{}", line + 1), rule: RULE, what };
        let Some((key, lines)) = parse(entry) else {
            violations.push(violation("write `file LINES PATH` or `fn LINES PATH NAME`".to_owned()));
            continue;
        };
        match found.get(&key) {
            None => violations.push(violation(format!("`{key}` is short enough now: remove the entry"))),
            Some((now, _)) if *now < lines => violations.push(violation(format!("`{key}` shrank: lower it to {now}"))),
            Some(_) => {}
        }
        recorded.insert(key, lines);
    }
    for (key, (lines, place)) in found {
        let limit = recorded.get(&key).copied();
        if limit.is_none_or(|limit| lines > limit) {
            let allowed = limit.unwrap_or(if key.starts_with("file") { FILE_LINES } else { FUNCTION_LINES });
            let what = format!("{lines} lines, at most {allowed}: split it by concept");
            violations.push(Violation { place, rule: RULE, what });
        }
    }
    violations
}

fn parse(entry: &str) -> Option<(String, usize)> {
    let (kind, rest) = entry.split_once(' ')?;
    let (lines, name) = rest.split_once(' ')?;
    Some((format!("{kind} {name}"), lines.parse().ok()?))
}

/// Everything over the limits; of functions with one name in one file, the longest.
fn too_long(sources: &[Source]) -> Lengths {
    let mut found = Lengths::new();
    for source in sources {
        let lines = source.text.lines().count();
        if lines > FILE_LINES {
            found.insert(format!("file {}", source.path), (lines, format!("{}:{lines}", source.path)));
        }
        for function in lexer::functions(&source.tokens) {
            let key = format!("fn {} {}", source.path, function.name);
            let longest = found.get(&key).map_or(FUNCTION_LINES, |(lines, _)| *lines);
            if function.lines > longest {
                found.insert(key, (function.lines, format!("{}:{}: {}", source.path, function.line, function.name)));
            }
        }
    }
    found
}

mod tests {
    //! The rule sees what it forbids, and the ratchet only turns one way.

    use super::*;

    fn function(lines: usize) -> Vec<Source> {
        vec![Source::new("a.rs", format!("//! A.\nfn long() {{{}}}", "\n".repeat(lines - 1)))]
    }

    fn whats(sources: &[Source], ratchet: &str) -> Vec<String> {
        check(sources, ratchet).into_iter().map(|violation| violation.to_string()).collect()
    }

    #[test]
    fn limits_hold() {
        assert!(whats(&function(70), "").is_empty());
        assert_eq!(whats(&function(71), ""), ["a.rs:2: long: length: 71 lines, at most 70: split it by concept"]);
        let file = |lines: usize| vec![Source::new("b.rs", "//! A.\n".repeat(lines))];
        assert!(whats(&file(500), "").is_empty());
        assert_eq!(whats(&file(501), "").len(), 1);
    }

    #[test]
    fn a_recorded_length_only_shrinks() {
        assert!(whats(&function(80), "# comment\nfn 80 a.rs long\n").is_empty());
        assert!(whats(&function(81), "fn 80 a.rs long")[0].contains("81 lines, at most 80"));
        assert!(whats(&function(79), "fn 80 a.rs long")[0].contains("lower it to 79"));
        assert!(whats(&function(70), "fn 80 a.rs long")[0].contains("remove the entry"));
        assert!(whats(&function(70), "fn many a.rs long")[0].contains("LINES"));
    }
}
