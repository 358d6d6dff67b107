//! Prints the bindings of a world: `cargo run -p tambo-bindgen --example generate -- world.wit [deps folder] [world]`.

#![expect(clippy::print_stdout, reason = "that is its purpose")]

use tambo_bindgen::{Options, Source, generate_source};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: generate PATH [DEPS] [WORLD]")?;
    let mut options = Options::new(Source::Path(path.into()));
    options.deps.extend(args.next().filter(|deps| !deps.is_empty()).map(Into::into));
    options.world = args.next();
    print!("{}", generate_source(&options)?);
    Ok(())
}
