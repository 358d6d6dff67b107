//! `tambo run` of a component: a command, or a call of one of its exports with values as text (WAVE).

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::ExitCode;

use tambo::component::plan::{ExportItem, Func, Named, names};
use tambo::component::{CallError, Component, Limits, Linked, Linker, Plan, Unstable, Val, Wasi, wasi_linker_with};
use tambo::inspect::{binary, is_component, is_precompiled_component};
use tambo::os::blob_store::read_file;
use tambo::{Error, ErrorKind, Grant, Outcome, Runtime, Stopper, Trap};
use tambo_component_wave::{Call, parse_call};
use tambo_kernel_http::Driver;

use crate::args::{Feature, Run};
use crate::commands::run::{finish, precompiled, trace_writer};
use crate::report::{Failure, Report, printable};
use crate::settings;

/// Whether a file is a component. Binary ones are known by their first or last bytes, so that what is in the cache or
/// precompiled need not be read.
pub(crate) fn is_file(path: &Path) -> bool {
    let mut head = [0; 8];
    let is_regular = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    if !is_regular {
        return false;
    }
    if is_called_precompiled(path) {
        return last_bytes(path).is_ok_and(|end| is_precompiled_component(&end));
    }
    match File::open(path).and_then(|mut file| file.read_exact(&mut head)) {
        Ok(()) if head.starts_with(b"\0asm") => is_component(&head),
        Ok(()) => {
            read_file(path, settings::MAX_MODULE).is_ok_and(|text| binary(&text).is_ok_and(|wasm| is_component(&wasm)))
        }
        Err(_) => false,
    }
}

/// Whether a file is to be taken for native code, which its name alone decides.
pub(crate) fn is_called_precompiled(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "cwasm")
}

fn last_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(length.saturating_sub(64)))?;
    let mut end = Vec::new();
    file.take(64).read_to_end(&mut end)?;
    Ok(end)
}

/// Load one from a file, which is native code if it is called so.
pub(crate) fn load(runtime: &Runtime, path: &Path) -> Result<Component, Error> {
    if is_called_precompiled(path) {
        return precompiled::load_component(runtime, path);
    }
    runtime.load_component_file(path)
}

/// Whether it can send requests.
pub(crate) fn sends_requests(component: &Component) -> bool {
    component.imports().any(|name| name.starts_with("wasi:http/outgoing-handler@"))
}

/// Run it. A driver carries out its requests on this thread, whenever it waits.
pub(crate) fn run(
    options: &Run,
    component: &Component,
    grant: Grant,
    driver: Option<Driver>,
    report: &Report,
) -> Result<ExitCode, Failure> {
    let about = |error: Error| error.about(options.module.display());
    let linker = linker(options)?;
    if driver.is_some() {
        // A server that goes away while it is written to must not end this process by a signal.
        tambo::os::process::go_on_at_broken_pipe();
    }
    let mut watchdog = None;
    let begin = |stopper: Stopper| watchdog = options.timeout.map(|time| stopper.stop_after(time));
    let outcome = match &options.invoke {
        None => {
            let command = component.command_on(&linker).map_err(|error| about(unlinked(component, error)))?;
            let ended = match driver {
                Some(driver) => beside(driver, command.run_async_with(grant, begin))?,
                None => command.run_with(grant, begin),
            };
            ended.map_err(about)?
        }
        Some(text) => invoke(options, (component, &linker), text, (grant, driver), begin)?,
    };
    let timed_out = watchdog.transpose()?.is_some_and(|watchdog| watchdog.expired());
    Ok(finish(options, report, &outcome, timed_out))
}

/// WASI, with what is asked for of it, and with a trace if that is.
fn linker(options: &Run) -> Result<Linker<Wasi>, Error> {
    let mut linker = wasi_linker_with(unstable(&options.unstable));
    if let Some(writer) = trace_writer(options)? {
        linker.trace(move |line| writer.line(line));
    }
    Ok(linker)
}

fn unstable(features: &[Feature]) -> Unstable {
    Unstable {
        clocks_timezone: features.contains(&Feature::ClocksTimezone),
        network_error_code: features.contains(&Feature::NetworkErrorCode),
    }
}

/// Call an export, and print what it returns.
fn invoke(
    options: &Run,
    (component, linker): (&Component, &Linker<Wasi>),
    text: &str,
    (grant, driver): (Grant, Option<Driver>),
    begin: impl FnOnce(Stopper),
) -> Result<Outcome, Failure> {
    let about = |error: Error| error.about(options.module.display());
    if !options.args.is_empty() {
        let error = Error::new(ErrorKind::Call, "a component's function takes its arguments in the call");
        return Err(error.with_hint("--invoke 'add(1, 2)'").into());
    }
    let call = parse_call(text).map_err(|error| malformed(text, &error))?;
    let (path, func) = find(component.plan(), &call).map_err(about)?;
    let types = &component.plan().types;
    let ty = types.function(func.ty);
    let arguments = call.arguments(types, ty).map_err(|error| malformed(text, &error))?;
    let linked = component.link(linker).map_err(|error| about(unlinked(component, error)))?;
    let called = match driver {
        Some(driver) => beside(driver, call_async(&linked, grant, &path, &arguments, begin))?,
        None => call_blocking(&linked, grant, &path, &arguments, begin),
    };
    let (result, output) = match called {
        Ok(called) => called,
        Err(CallError::Trap(trap)) => return Ok(ended(trap)),
        Err(CallError::Misuse(message)) => return Err(about(Error::new(ErrorKind::Call, message)).into()),
    };
    if let (Some(ty), Some(result)) = (ty.result, &result) {
        let text = tambo_component_wave::print(types, ty, result)
            .map_err(|error| Error::new(ErrorKind::Call, format!("the result of {path:?} has no text: {error}")))?;
        writeln!(io::stdout(), "{}", printable(&text))?;
    }
    Ok(output.map_or_else(ended, |()| Outcome::Exit(0)))
}

/// What a function returned, and what became of the last output.
type Called = Result<(Option<Val>, Result<(), Trap>), CallError>;

fn call_blocking(
    linked: &Linked<Wasi>,
    grant: Grant,
    path: &str,
    arguments: &[Val],
    begin: impl FnOnce(Stopper),
) -> Called {
    let limits = Limits::of_grant(&grant);
    let state = Wasi::new(grant);
    let interrupt = state.p2.host.interrupt.clone();
    let mut instance = linked.instantiate_under(state, &limits, interrupt, begin)?;
    let result = instance.call(path, arguments)?;
    Ok((result, instance.state_mut().p2.finish()))
}

async fn call_async(
    linked: &Linked<Wasi>,
    mut grant: Grant,
    path: &str,
    arguments: &[Val],
    begin: impl FnOnce(Stopper),
) -> Called {
    grant.may_block_thread(false);
    let limits = Limits::of_grant(&grant);
    let state = Wasi::new(grant);
    let interrupt = state.p2.host.interrupt.clone();
    let mut instance = linked.instantiate_async_under(state, &limits, interrupt, begin).await?;
    let result = instance.call_async(path, arguments).await?;
    Ok((result, poll_fn(|context| instance.state_mut().p2.poll_finish(context)).await))
}

/// Run a guest, and its requests whenever it waits.
fn beside<T>(driver: Driver, guest: impl Future<Output = T>) -> Result<T, Error> {
    driver
        .block_on(guest)
        .map_err(|error| Error::new(ErrorKind::Setup, format!("the HTTP client cannot start: {error}")))
}

fn ended(trap: Trap) -> Outcome {
    trap.exit_code().map_or(Outcome::Trap(trap), Outcome::Exit)
}

fn malformed(text: &str, error: &tambo_component_wave::WaveError) -> Error {
    Error::new(ErrorKind::Call, format!("--invoke {text:?}: {error}"))
        .with_hint("calls look like 'add(1, 2)' and 'demo:math/api@1.0.0/add(1, 2)'")
}

fn unlinked(component: &Component, error: Error) -> Error {
    if error.hint().is_some() {
        return error;
    }
    let hint = if component.imports().any(|name| name.starts_with("wasi:")) {
        "STABILITY.md says which interfaces of WASI are there, and at which versions"
    } else {
        "`tambo compose` joins it with components that export what it imports"
    };
    error.with_hint(hint)
}

/// The function that a call means, and its path. Without an interface, it may be the only one of its name.
fn find(plan: &Plan, call: &Call<'_>) -> Result<(String, Func), Error> {
    let all = functions(&plan.exports);
    let wanted = |(interface, name, _): &&(Option<&str>, &str, Func)| {
        let fits = match (call.interface, interface) {
            (Some(wanted), Some(given)) => names::compatible(wanted, given),
            (None, _) => true,
            (Some(_), None) => false,
        };
        fits && *name == call.function
    };
    let path = |(interface, name, func): &(Option<&str>, &str, Func)| {
        (interface.map_or_else(|| (*name).to_owned(), |interface| format!("{interface}#{name}")), *func)
    };
    let found: Vec<_> = all.iter().filter(wanted).collect();
    // The very name is meant before a compatible one, and the world's own function before that of an interface.
    let exact = found.iter().find(|(interface, ..)| *interface == call.interface);
    match (exact, found.as_slice()) {
        (Some(one), _) | (None, [one]) => Ok(path(one)),
        (None, []) => {
            let known: Vec<String> = all.iter().map(|function| path(function).0.replace('#', "/")).collect();
            let known = if known.is_empty() { "no functions".to_owned() } else { known.join(", ") };
            Err(Error::new(ErrorKind::Call, format!("the component exports no function {:?}", call.function))
                .with_hint(format!("it exports: {known}")))
        }
        (None, several) => {
            let several: Vec<String> = several.iter().map(|function| path(function).0.replace('#', "/")).collect();
            Err(Error::new(ErrorKind::Call, format!("the component exports {:?} more than once", call.function))
                .with_hint(format!("one of: {}", several.join(", "))))
        }
    }
}

/// All functions of the world and of its interfaces.
fn functions(exports: &[Named<ExportItem>]) -> Vec<(Option<&str>, &str, Func)> {
    let mut all = Vec::new();
    for export in exports {
        match &export.item {
            ExportItem::Func(func) => all.push((None, export.name.as_str(), *func)),
            ExportItem::Instance(items) => all.extend(items.iter().filter_map(|item| match item.item {
                ExportItem::Func(func) => Some((Some(export.name.as_str()), item.name.as_str(), func)),
                _ => None,
            })),
            _ => {}
        }
    }
    all
}
