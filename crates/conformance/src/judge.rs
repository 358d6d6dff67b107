//! Whether what came of a case is what had to.

use crate::case::{Exit, Spec, Trap};
use crate::process::Ran;
use crate::served::Served;

/// What came of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is as it had to be.
    Passed,
    /// It is not, and how it differs.
    Failed(String),
    /// It was not run, and why.
    Skipped(String),
}

/// How a check that fails begins what it says; a runtime may exit with 1 for a trap as well.
const FAILED_CHECK: &str = "panicked at ";

/// Compare; `trap_codes` are the runtime's exit codes after a trap.
pub(crate) fn judge(spec: &Spec, ran: &Ran, trap_codes: &[i32]) -> Outcome {
    match difference(spec, ran, trap_codes) {
        None => Outcome::Passed,
        Some(what) => Outcome::Failed(what),
    }
}

fn difference(spec: &Spec, ran: &Ran, trap_codes: &[i32]) -> Option<String> {
    let stderr = String::from_utf8_lossy(&ran.stderr);
    if ran.hung {
        return Some(format!("it did not end\n{stderr}"));
    }
    let Some(code) = ran.code else { return Some(format!("a signal ended the runtime\n{stderr}")) };
    let trapped = trap_codes.contains(&code) && !stderr.contains(FAILED_CHECK);
    let (is_right, wanted) = match spec.exit_code.unwrap_or(Exit::Code(0)) {
        Exit::Code(wanted) => (code == wanted, wanted.to_string()),
        Exit::Trap(Trap::Trap) => (trapped, "a trap".to_owned()),
        Exit::Trap(Trap::MayTrap) => (trapped || code == 0, "0 or a trap".to_owned()),
    };
    if !is_right {
        return Some(format!("exit code {code}, not {wanted}\n{}", stderr.trim_end()));
    }
    if spec.terminal == Some(true) {
        return None;
    }
    let stdout = String::from_utf8_lossy(&ran.stdout);
    let wanted = spec.stdout.as_ref().map_or("", |text| &text.0);
    if stdout != wanted {
        return Some(format!("standard output is {}, not {}", shortened(&stdout), shortened(wanted)));
    }
    let wanted = spec.stderr.as_ref().map_or("", |text| &text.0);
    // A runtime says something of a trap, and in words of its own.
    let says_its_own = matches!(spec.exit_code, Some(Exit::Trap(_))) && trapped;
    (!says_its_own && stderr != wanted).then(|| format!("standard error is {stderr:?}, not {wanted:?}"))
}

/// The same for a handler.
pub(crate) fn judge_served(spec: &Spec, served: &Served) -> Outcome {
    let difference = served_difference(spec, served);
    difference.map_or(Outcome::Passed, |what| Outcome::Failed(format!("{what}\n{}", served.stderr.trim_end())))
}

fn served_difference(spec: &Spec, served: &Served) -> Option<String> {
    if served.stderr.contains(FAILED_CHECK) {
        return Some("a check failed".to_owned());
    }
    match spec.exit_code {
        // Who goes on where it should trap says so. What the client gets is up to the server: the response may be on its
        // way already.
        Some(Exit::Trap(Trap::Trap)) => return None,
        Some(Exit::Trap(Trap::MayTrap)) if served.is_broken() => return None,
        _ => {}
    }
    spec.response.clone().unwrap_or_default().difference(served)
}

pub(crate) fn shortened(text: &str) -> String {
    let start: String = text.chars().take(200).collect();
    if start.len() == text.len() { format!("{text:?}") } else { format!("{start:?}… ({} bytes)", text.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(code: i32, stdout: &str, stderr: &str) -> Ran {
        Ran { code: Some(code), stdout: stdout.into(), stderr: stderr.into(), hung: false }
    }

    fn passes(spec: &str, ran: &Ran) -> bool {
        judge(&serde_json::from_str(spec).expect("a spec"), ran, &[134, 1]) == Outcome::Passed
    }

    #[test]
    fn a_plain_case_prints_nothing_and_exits_with_0() {
        assert!(passes("{}", &ran(0, "", "")));
        for other in [ran(1, "", ""), ran(0, "x", ""), ran(0, "", "x"), ran(134, "", "")] {
            assert!(!passes("{}", &other));
        }
    }

    #[test]
    fn a_trap_is_told_from_a_failed_check() {
        let trap = r#"{ "exit_code": "trap", "stdout": "before\n" }"#;
        assert!(passes(trap, &ran(134, "before\n", "error: trap")));
        assert!(passes(trap, &ran(1, "before\n", "error: trap")));
        assert!(!passes(trap, &ran(1, "before\n", "panicked at io.rs:1:1:\nit returned")));
        assert!(!passes(trap, &ran(134, "", "error: trap")));
        let may = r#"{ "exit_code": "may-trap" }"#;
        assert!(passes(may, &ran(134, "", "error: trap")) && passes(may, &ran(0, "", "")));
        assert!(!passes(may, &ran(1, "", "panicked at io.rs:1:1:\nno")) && !passes(may, &ran(2, "", "")));
    }

    #[test]
    fn a_signal_and_a_hang_fail_whatever_is_expected() {
        let spec = r#"{ "exit_code": "may-trap" }"#;
        assert!(!passes(spec, &Ran { code: None, ..ran(0, "", "") }));
        assert!(!passes(spec, &Ran { hung: true, ..ran(0, "", "") }));
    }
}
