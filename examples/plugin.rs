//! A host with a plugin: gives it a function, holds a resource of its, and tells a wrong answer from a broken plugin.
//!
//! `cargo run -p tambo --example plugin`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use tambo::Runtime;
use tambo::component::{Borrowed, CallError, Limits, Linker, Owned};

const PLUGIN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/plugin.wat");

fn main() -> Result<(), Box<dyn Error>> {
    let log = run(PLUGIN)?;
    println!("the plugin said: {log:?}");
    Ok(())
}

fn run(plugin: &str) -> Result<Vec<String>, Box<dyn Error>> {
    // Compiled once; `linked` can be instantiated any number of times, on any thread.
    let component = Runtime::new()?.load_component_file(plugin)?;
    let mut linker = Linker::<Vec<String>>::new();
    linker.func::<(&'static str,), (), _>("log", |log, (line,)| {
        log.push(line.to_owned());
        Ok(())
    });
    let linked = component.link(&linker)?;

    // Each instance has a memory, limits, and a state of the host's of its own.
    let limits = Limits { memory: 16 << 20, handles: 100, ..Limits::default() };
    let mut instance = linked.instantiate(Vec::new(), &limits)?;
    let new = instance.func::<(u32,), (Owned,)>("[constructor]counter")?;
    let add = instance.func::<(Borrowed, u32), (Result<u32, String>,)>("[method]counter.add")?;

    let (Owned(counter),) = new.call(&mut instance, (10,))?;
    for amount in [3, 5, 7] {
        match add.call(&mut instance, (Borrowed(counter), amount)) {
            Ok((Ok(sum),)) => println!("{amount} makes {sum}"),
            Ok((Err(why),)) => println!("{amount} was refused: {why}"),
            Err(CallError::Trap(trap)) => return Err(format!("the plugin broke and is of no more use: {trap}").into()),
            Err(CallError::Misuse(what)) => return Err(format!("this host is wrong: {what}").into()),
        }
    }
    instance.drop_resource(counter)?;
    Ok(instance.into_state())
}

#[test]
fn the_plugin_counts() -> Result<(), Box<dyn Error>> {
    assert_eq!(run(PLUGIN)?, ["a counter is gone"]);
    assert!(run("absent.wat").is_err_and(|error| error.to_string().contains("absent.wat")));
    Ok(())
}
