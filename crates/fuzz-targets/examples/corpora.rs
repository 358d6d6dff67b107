//! Makes the corpora in `fuzz/corpora`: of many generated inputs those that come to something new, made as short as they
//! can be for that. Nothing else is in them.
//!
//! `cargo run --release -p tambo-fuzz-targets --example corpora [TARGET]…`

#![expect(clippy::print_stdout, reason = "a tool that says what it made")]

use std::error::Error;
use std::fs;
use std::path::Path;

use tambo_component_battery::{Abi, Shape, Source, echo, hostile, relay};
use tambo_fuzz_targets::{Reached, TARGETS, Target, generate};

/// The most inputs of a corpus.
const MOST: usize = 40;
/// The most bytes of one input.
const BYTES: usize = 2040;

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for target in TARGETS.iter().filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|known| known == name)) {
        make(target)?;
    }
    Ok(())
}

fn make(&(name, run): &Target) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpora").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    // A component is compiled for each engine at each run.
    let (seeds, shortens) = match name {
        "p1_calls" | "p1_paths" => (3000, true),
        _ => (60, false),
    };
    let binaries = if name == "component_plan" { components() } else { Vec::new() };
    let generated = (0..seeds).map(|seed| generate(seed, BYTES));
    let (mut reached, mut kept) = (Reached::new(), 0);
    for data in binaries.into_iter().chain(generated) {
        let new: Reached = run(&data).difference(&reached).cloned().collect();
        if new.is_empty() {
            continue;
        }
        let data = if shortens { shorten(data, |shorter| new.is_subset(&run(shorter))) } else { data };
        reached.extend(run(&data));
        fs::write(folder.join(format!("{kept:02}")), &data)?;
        kept += 1;
        if kept == MOST {
            break;
        }
    }
    println!("{name}: {kept} inputs come to {}", reached.len());
    Ok(())
}

/// The shortest beginning that is found by halving what is cut off.
fn shorten(mut data: Vec<u8>, enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut cut = data.len() / 2;
    while cut > 0 {
        let shorter = data.len() - cut.min(data.len());
        if enough(&data[..shorter]) {
            data.truncate(shorter);
        } else {
            cut /= 2;
        }
    }
    data
}

/// Whole components, as the bytes that the target takes for one as it is.
fn components() -> Vec<Vec<u8>> {
    let text = |seed: u64| {
        let bytes = generate(seed, BYTES);
        let mut source = Source::new(&bytes);
        let shape = Shape::any(&mut source, 1);
        let (one, other) = (Abi::any(&mut source), Abi::any(&mut source));
        match seed % 3 {
            0 => echo(&shape, one),
            1 => relay(&shape, one, other),
            _ => hostile(&mut source).text,
        }
    };
    let binaries = (0..12).filter_map(|seed| wat::parse_str(text(seed)).ok());
    binaries.map(|binary| [&[0], &binary[..]].concat()).collect()
}
