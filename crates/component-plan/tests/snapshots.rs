//! The plans of the components in `plans/`, as text. `TAMBO_BLESS=1` writes what is expected anew.

use std::path::{Path, PathBuf};

use tambo_component_plan::Plan;

fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<PathBuf> = entries.map(|entry| entry.expect("the folder can be read").path()).collect();
    inputs.retain(|path| path.extension().is_some_and(|extension| extension == "wat"));
    inputs.sort();
    assert!(inputs.len() >= 10, "components are missing in {}", folder.display());
    inputs
}

#[test]
fn plans_are_as_expected() {
    let bless = std::env::var_os("TAMBO_BLESS").is_some();
    let mut wrong = Vec::new();
    for input in inputs() {
        let bytes = wat::parse_file(&input).unwrap_or_else(|error| panic!("{error}"));
        let text = match Plan::new(&bytes) {
            Ok(plan) => plan.to_string(),
            Err(error) => panic!("{}: {error}", input.display()),
        };
        let expected = input.with_extension("txt");
        if bless {
            std::fs::write(&expected, text).unwrap();
        } else if std::fs::read_to_string(&expected).ok().as_deref() != Some(&text) {
            wrong.push(format!("{}:\n{text}", expected.display()));
        }
    }
    assert!(wrong.is_empty(), "not as expected (TAMBO_BLESS=1 accepts):\n{}", wrong.join("\n"));
}

#[test]
fn broken_bytes_have_no_plan_and_do_no_harm() {
    let mut planned = 0;
    for input in inputs() {
        let bytes = wat::parse_file(&input).unwrap_or_else(|error| panic!("{error}"));
        for length in 0..bytes.len() {
            // What is left may be valid, where it is cut between sections.
            planned += usize::from(Plan::new(&bytes[..length]).is_ok_and(|plan| !plan.to_string().is_empty()));
        }
        for position in 0..bytes.len() {
            for mask in [1, 2, 0x10, 0x80, 0xff] {
                let mut broken = bytes.clone();
                broken[position] ^= mask;
                match Plan::new(&broken) {
                    Ok(plan) => planned += usize::from(!plan.to_string().is_empty()),
                    Err(error) => assert!(!error.message.contains("a bug in Tambo"), "{position} ^ {mask:#x}: {error}"),
                }
            }
        }
    }
    assert!(planned > 100, "hardly anything gets past validation, so nothing was tested");
}
