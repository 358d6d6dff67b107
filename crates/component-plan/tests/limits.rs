//! Components that would have a plan without end, or that a plan cannot express: what is said of them.

use std::fmt::Write;

use tambo_component_plan::{Plan, PlanError, features, limits};

fn plan(wat: &str) -> Result<Plan, PlanError> {
    let bytes = wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}"));
    Plan::new(&bytes)
}

fn refusal(wat: &str) -> String {
    let error = plan(wat).expect_err("there is a plan");
    assert!(error.unsupported, "{error}");
    error.message
}

/// A component that instantiates the one before it so many times, so deep, around `innermost`.
fn tower(levels: usize, times: usize, innermost: &str) -> String {
    let mut text = format!("(component (component $c0 {innermost})");
    for level in 1..=levels {
        let child = format!("(instance (instantiate $c{}))", level - 1);
        write!(text, "(component $c{level} {})", child.repeat(times)).expect("a string takes any text");
    }
    write!(text, "(instance (instantiate $c{levels})))").expect("a string takes any text");
    text
}

const CORE: &str = "(core module $m) (core instance (instantiate $m))";

#[test]
fn instances_that_double_forty_times_are_too_many() {
    let message = refusal(&tower(40, 2, ""));
    assert!(message.contains(&format!("{} component instances", limits::MAX_INSTANCES)), "{message}");
}

#[test]
fn core_instances_are_counted_together() {
    let message =
        refusal(&tower(2, 60, &CORE.repeat(3).replace("$m", "")).replace("(instantiate )", "(instantiate 0)"));
    assert!(message.contains(&format!("{} core instances", limits::MAX_CORE_INSTANCES)), "{message}");
}

#[test]
fn definitions_are_counted_together() {
    let types = r#"(type (record (field "a" u8)))"#.repeat(1000);
    let message = refusal(&tower(1, 1000, &types));
    assert!(message.contains(&format!("{} definitions", limits::MAX_DEFINITIONS)), "{message}");
}

#[test]
fn long_names_count_for_more() {
    let name = "x".repeat(50_000);
    let wat = format!(
        r#"(core module $m (func (export "{name}"))) (core instance $m (instantiate $m))
        (alias core export $m "{name}" (core func))"#
    );
    let message = refusal(&tower(1, 1000, &wat));
    assert!(message.contains("definitions"), "{message}");
}

#[test]
fn instantiations_nest_to_a_limit_and_no_deeper() {
    let depth = limits::MAX_DEPTH;
    let plan = plan(&tower(depth - 2, 1, CORE)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((plan.instances.len(), plan.core_instances.len()), (depth, 1));
    let message = refusal(&tower(depth - 1, 1, CORE));
    assert!(message.contains("nested"), "{message}");
}

#[test]
fn code_cannot_be_imported_by_the_root_only() {
    for (import, what) in [("(core module)", "core module"), ("(component)", "component")] {
        let message = refusal(&format!(r#"(component (import "x" {import}))"#));
        assert!(message.contains(&format!("imports the {what} `x`")), "{message}");
        let message = refusal(&format!(r#"(component (import "a" (instance (export "x" {import}))))"#));
        assert!(message.contains(&format!("imports the {what} `a#x`")), "{message}");
        let nested = format!(r#"(component (component (import "x" {import})))"#);
        assert!(plan(&nested).is_ok(), "{nested}");
    }
}

#[test]
fn what_is_not_there_yet_is_told_from_what_is_wrong() {
    for wat in [
        r#"(component (import "v" (value $v u32)) (export "w" (value $v)))"#,
        r#"(component (import "f" (func $f)) (start $f))"#,
        r#"(component (core module (memory 1 (pagesize 1))))"#,
    ] {
        let message = refusal(wat);
        assert!(message.starts_with("not supported yet: "), "{message}");
    }
    let error = plan(r#"(component (import "a" (func)) (import "A" (func)))"#).expect_err("names conflict");
    assert!(!error.unsupported && error.offset.is_some(), "{error}");
    let error = plan("(module)").expect_err("it is a core module");
    assert_eq!(error.to_string(), "this is a core module, not a component (at offset 0x0)");
    assert!(Plan::new(b"").is_err() && Plan::new(b"\0asm").is_err());
    assert!(features().component_model() && !features().cm_values() && !features().cm_gc());
}
