//! `tambo-conformance --runtime NAME [--program PATH] [--engine NAME] [--filter TEXT] [--package NAME]…`: runs the suite
//! and ends with `N passed, N failed, N skipped`; the exit code is 1 if any failed, and 2 if it could not be run.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::process::ExitCode;

use tambo_conformance::{Error, Expected, Package, Run, Runtime, Totals, folder, packages};

#[derive(Default)]
struct Options {
    runtime: String,
    program: Option<String>,
    engine: Option<String>,
    filter: String,
    packages: Vec<String>,
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(totals) if totals.failed.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{option} needs a value"))?;
        match option.as_str() {
            "--runtime" => options.runtime = value,
            "--program" => options.program = Some(value),
            "--engine" => options.engine = Some(value),
            "--filter" => options.filter = value,
            "--package" => options.packages.push(value),
            _ => return Err(format!("{option} is no option")),
        }
    }
    if options.runtime.is_empty() {
        Err("--runtime is needed: the name of a file in suites/wasi-0.2/runtimes".to_owned())
    } else {
        Ok(options)
    }
}

fn run(options: &Options) -> Result<Totals, String> {
    let told = |error: Error| error.to_string();
    let mut runtime = Runtime::read(&options.runtime).map_err(told)?;
    let mut known_as = options.runtime.clone();
    if let Some(program) = &options.program {
        runtime = runtime.program(program);
    }
    if let Some(engine) = &options.engine {
        runtime = runtime.option(["--engine", engine]);
        known_as = format!("{known_as}-{engine}");
    }
    let expected = Expected::read(&folder().join(format!("expected-failures/{known_as}.txt"))).map_err(told)?;
    let run = Run::new(runtime, expected).map_err(told)?.filter(&options.filter);
    let names = if options.packages.is_empty() { packages().map_err(told)? } else { options.packages.clone() };
    let mut totals = Totals::default();
    for name in names {
        let program = tambo_guests::build(tambo_guests::Language::Conformance, &name).map_err(|it| it.to_string())?;
        let package = Package::read(&name).map_err(told)?;
        let of_package = run.package(&package, &program).map_err(told)?;
        of_package.skipped.iter().for_each(|text| println!("skipped {text}"));
        of_package.failed.iter().for_each(|text| println!("FAILED {text}"));
        totals.add(of_package);
    }
    println!("{totals}");
    Ok(totals)
}
