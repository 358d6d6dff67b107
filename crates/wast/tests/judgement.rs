//! What a script's judgement is worth: wrong expectations fail, each with its line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tambo::Runtime;
use tambo_wast::{Options, Report};

fn run(text: &str) -> Report {
    tambo_wast::run(&Runtime::new().unwrap(), "s", text, Options::default())
}

fn fails(text: &str, line: usize, message: &str) {
    let report = run(text);
    assert_eq!(report.failed.len(), 1, "{report}");
    assert_eq!(report.failed[0].line, line, "{report}");
    assert!(report.failed[0].message.contains(message), "{report}");
}

const MODULE: &str = "(module (func (export \"f\") (result f32) (f32.const 1)) (func (export \"g\")) (func $h (export \"h\") (call $h)))";

#[test]
fn wrong_results_fail() {
    fails(&format!("{MODULE}\n(assert_return (invoke \"f\") (f32.const 2))"), 2, "returned");
    fails(&format!("{MODULE}\n(assert_return (invoke \"f\") (f32.const nan:canonical))"), 2, "returned");
    fails(&format!("{MODULE}\n(assert_return (invoke \"f\") (i32.const 1))"), 2, "returned");
    fails(&format!("{MODULE}\n(assert_return (invoke \"f\"))"), 2, "1 results, not 0");
    fails(&format!("{MODULE}\n(assert_return (invoke \"absent\"))"), 2, "absent");
    fails(&format!("{MODULE}\n(assert_return (invoke \"g\" (i32.const 1)))"), 2, "called with");
}

#[test]
fn what_should_trap_and_does_not_fails() {
    fails(&format!("{MODULE}\n(assert_trap (invoke \"g\") \"unreachable\")"), 2, "returned instead of trapping");
    fails(&format!("{MODULE}\n\n(assert_exhaustion (invoke \"g\") \"\")"), 3, "returned");
    fails(&format!("{MODULE}\n(assert_exception (invoke \"h\"))"), 2, "call stack exhausted");
    fails("(module)\n(assert_trap (module) \"unreachable\")", 2, "returned instead");
}

#[test]
fn what_is_valid_and_should_not_be_fails() {
    fails("(module)\n(assert_invalid (module) \"\")", 2, "found valid");
    fails("(module)\n(assert_invalid (component) \"\")", 2, "found valid");
    fails("(module)\n(assert_malformed (component quote \"\") \"\")", 2, "found valid");
    fails("(module)\n(assert_unlinkable (module) \"\")", 2, "linked");
    // Not there yet is not invalid.
    fails("(module)\n(assert_invalid (component (import \"m\" (core module))) \"\")", 2, "only not supported");
}

#[test]
fn what_could_not_be_made_fails_once_and_skips_whoever_uses_it() {
    let report =
        run("(component definition $c (export \"f\" (func 0)))\n(component instance $i $c)\n(invoke $i \"f\")\n\
                      (register \"c\" $i)");
    let lines: Vec<usize> = report.failed.iter().map(|failure| failure.line).collect();
    assert_eq!((lines, report.passed, report.skips()), (vec![1], 0, 3), "{report}");
    assert_eq!(report.skipped["it uses what could not be made"], 3);
    fails("(module)\n(invoke $absent \"f\")", 2, "nothing of this name");
}

#[test]
fn what_is_not_tried_is_skipped_with_a_reason() {
    let report = run("(module (import \"spectest\" \"print\" (func)))\n(thread $t)\n(wait $t)\n\
                      (module (func (export \"v\") (result v128) (v128.const i32x4 0 0 0 0)))\n\
                      (assert_return (invoke \"v\") (v128.const i32x4 0 0 0 0))");
    assert_eq!((report.passed, report.failed.len(), report.skips()), (1, 0, 4), "{report}");
    assert_eq!(report.skipped["threads are not there"], 2);
}

#[test]
fn exact_messages_are_compared() {
    let text = "(module (func (export \"f\") unreachable))\n(assert_trap (invoke \"f\") \"something else\")";
    assert!(run(text).failed.is_empty());
    let exact = tambo_wast::run(&Runtime::new().unwrap(), "s", text, Options { exact_messages: true });
    assert_eq!(exact.failed[0].line, 2);
}
