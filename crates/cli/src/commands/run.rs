//! `tambo run`: grant, load, run, and end as the program ended.

use std::process::ExitCode;
use std::rc::Rc;

use tambo::kernel::stream::{Closed, Stream};
use tambo::os::Activated;
use tambo::os::process::LineWriter;
use tambo::value::Value;
use tambo::{Error, ErrorKind, Grant, Instance, Limits, Outcome, Program, Runtime, TraceSink, TrapKind};
use tambo_kernel_http::Driver;

use crate::args::Run;
use crate::commands::component;
use crate::parse::{ListenAddress, StreamTarget};
use crate::report::{Failure, Report};
use crate::{grant, http, settings};

/// The exit code of a program that trapped: that of a native one that aborts.
const TRAPPED: u8 = 134;
/// The exit code of a program that ran out of time: that of `timeout`.
const TIMED_OUT: u8 = 124;

pub(crate) fn run(options: &Run, report: &Report) -> Result<ExitCode, Failure> {
    // First of all: what this process opens itself must not be taken for what it was passed.
    let activated = tambo::os::activated_listeners()
        .map_err(|error| Error::new(ErrorKind::Grant, format!("socket activation: {error}")))?;
    let runtime = runtime(options)?;
    if component::is_file(&options.module) {
        refuse_listeners(options, &activated)?;
        let component = component::load(&runtime, &options.module)?;
        let (grant, driver) = make_grant(options, activated, component::sends_requests(&component))?;
        return component::run(options, &component, grant, driver, report);
    }
    let program = load(options, &runtime)?;
    // A module has no way to send a request.
    let (grant, _) = make_grant(options, activated, false)?;
    let mut instance = match instantiate(options, &program, grant)? {
        Ok(instance) => instance,
        Err(outcome) => return Ok(finish(options, report, &outcome, false)),
    };
    let watchdog = options.timeout.map(|time| instance.stopper().stop_after(time)).transpose()?;
    let outcome = match &options.invoke {
        Some(name) => invoke(&mut instance, name, &options.args)?,
        None => instance.run().map_err(|error| error.about(options.module.display()))?,
    };
    let timed_out = watchdog.is_some_and(|watchdog| watchdog.expired());
    Ok(finish(options, report, &outcome, timed_out))
}

fn runtime(options: &Run) -> Result<Runtime, Error> {
    let mut config = settings::config(&options.engine, options.timeout.is_some(), options.fuel.is_some());
    config.cache = settings::cache(&options.cache);
    Runtime::with_config(config)
}

fn load(options: &Run, runtime: &Runtime) -> Result<Program, Error> {
    if component::is_called_precompiled(&options.module) {
        return precompiled::load(runtime, &options.module);
    }
    runtime.load_file(&options.module)
}

pub(super) mod precompiled {
    //! Precompiled files, which the command takes by their name alone.
    //!
    //! # Safety
    //!
    //! Running a file that is called `.cwasm` is running a program of the host, and the user of a command line decides
    //! which of those to run. A file of any other name is never taken for native code.
    #![expect(unsafe_code, reason = "a precompiled file is native code that the user chose to run")]

    use std::path::Path;

    use tambo::component::Component;
    use tambo::{Error, Program, Runtime};

    pub(in crate::commands) fn load_component(runtime: &Runtime, path: &Path) -> Result<Component, Error> {
        // SAFETY: the user asks for it; see the module.
        unsafe { runtime.load_precompiled_component(path) }
    }

    pub(super) fn load(runtime: &Runtime, path: &Path) -> Result<Program, Error> {
        // SAFETY: the user asks for it; see the module.
        unsafe { runtime.load_precompiled(path) }
    }
}

fn instantiate(options: &Run, program: &Program, grant: Grant) -> Result<Result<Instance, Outcome>, Error> {
    let instance = match trace_writer(options)? {
        None => program.instantiate(grant),
        Some(writer) => program.instantiate_traced(grant, TraceSink::new(move |line| writer.line(line))),
    };
    instance.map_err(|error| error.about(options.module.display()))
}

/// Where each WASI call is told, if that is asked for.
pub(super) fn trace_writer(options: &Run) -> Result<Option<LineWriter>, Error> {
    Ok(match &options.trace {
        None => None,
        Some(None) => Some(LineWriter::to_stderr()),
        Some(Some(path)) => Some(
            LineWriter::to_file(path)
                .map_err(|error| Error::new(ErrorKind::File, format!("cannot write {}: {error}", path.display())))?,
        ),
    })
}

fn invoke(instance: &mut Instance, name: &str, arguments: &[String]) -> Result<Outcome, Failure> {
    let ty = instance.function_type(name).ok_or_else(|| {
        Error::new(ErrorKind::Call, format!("the module exports no function {name:?}"))
            .with_hint("`tambo inspect` lists the exports")
    })?;
    if ty.params.len() != arguments.len() {
        let message = format!("{name:?} is a {ty}; {} arguments were given", arguments.len());
        return Err(Error::new(ErrorKind::Call, message).into());
    }
    let values = ty.params.iter().zip(arguments).map(|(&ty, text)| Value::parse(ty, text));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    Ok(match instance.invoke(name, &values)? {
        Ok(results) => {
            print_results(&results)?;
            Outcome::Exit(0)
        }
        Err(trap) => trap.exit_code().map_or(Outcome::Trap(trap), Outcome::Exit),
    })
}

fn print_results(results: &[Value]) -> Result<(), Failure> {
    use std::io::Write as _;
    let mut stdout = std::io::stdout().lock();
    for result in results {
        writeln!(stdout, "{result}")?;
    }
    Ok(())
}

pub(crate) fn finish(options: &Run, report: &Report, outcome: &Outcome, timed_out: bool) -> ExitCode {
    match outcome {
        Outcome::Exit(code) => ExitCode::from(exit_status(*code)),
        Outcome::Trap(trap) => {
            report.trap(&options.module.display().to_string(), trap);
            let stopped = timed_out && trap.kind == TrapKind::Interrupted;
            ExitCode::from(if stopped { TIMED_OUT } else { TRAPPED })
        }
    }
}

/// A process has 8 bits of status: the low ones, as for a native program, but a failure never becomes a success.
fn exit_status(code: u32) -> u8 {
    match code & 0xff {
        0 if code != 0 => 1,
        low => low as u8,
    }
}

/// What is granted, and what carries out its requests, if it can and may send any: a guest runs faster without, as its
/// calls can block the thread.
fn make_grant(
    options: &Run,
    activated: Vec<Activated>,
    sends_requests: bool,
) -> Result<(Grant, Option<Driver>), Error> {
    let mut granted = Grant::new();
    // Only this process's own thread runs the guest; without a time limit nothing has to reach into a blocked call.
    granted.may_block_thread(options.timeout.is_none());
    granted.args([options.module.display().to_string()]);
    if options.invoke.is_none() {
        granted.args(options.args.iter().map(String::as_str));
    }
    for (name, value) in grant::environment(&options.authority)? {
        granted.env(name, value);
    }
    let directories = grant::directories(&options.authority)?;
    grant::places(&options.authority, &directories, &mut granted)?;
    let driver = http::grant(&options.authority, &mut granted)?.filter(|_| sends_requests);
    listeners(options, activated, &mut granted)?;
    granted.streams(
        input(&options.stdin)?,
        output(&options.stdout, tambo::os::stdout)?,
        output(&options.stderr, tambo::os::stderr)?,
    );
    if let Some(seed) = options.seed {
        granted.seed(seed);
    }
    if let Some(start) = options.clock {
        granted.clock(start);
    }
    let unlimited = Limits::default();
    granted.limits(Limits { memory: options.max_memory.unwrap_or(unlimited.memory), fuel: options.fuel, ..unlimited });
    Ok((granted, driver))
}

/// Listeners of the command line and of the service manager; the guest is told their number as a service is.
fn listeners(options: &Run, activated: Vec<Activated>, grant: &mut Grant) -> Result<(), Error> {
    let mut names = Vec::new();
    for address in &options.listen {
        match address {
            ListenAddress::Tcp(address) => grant.listen(*address)?,
            ListenAddress::Unix(path) => grant.listen_unix(path)?,
        };
        names.push("listen".to_owned());
    }
    for socket in activated {
        grant.kernel_mut().listeners.push(socket.listener);
        names.push(socket.name.unwrap_or_else(|| "unknown".to_owned()));
    }
    if !names.is_empty() {
        grant.env("LISTEN_FDS", names.len().to_string()).env("LISTEN_FDNAMES", names.join(":"));
    }
    Ok(())
}

/// WASI 0.2 has no way to be handed a socket that listens: whoever passes one would wait for answers in vain.
fn refuse_listeners(options: &Run, activated: &[Activated]) -> Result<(), Error> {
    let (what, address) = match (options.listen.first(), activated) {
        (Some(ListenAddress::Tcp(address)), _) => ("--listen", address.to_string()),
        (Some(ListenAddress::Unix(_)), _) => ("--listen", "ADDRESS:PORT".to_owned()),
        (None, [_, ..]) => ("the socket of a service manager (LISTEN_FDS)", "ADDRESS:PORT".to_owned()),
        (None, []) => return Ok(()),
    };
    let message = format!("{}: {what} is for modules; no component can be handed a socket", options.module.display());
    Err(Error::new(ErrorKind::Grant, message).with_hint(format!(
        "--allow-net 'tcp:listen:{address}' lets a command listen by itself; `tambo serve` serves a component over HTTP"
    )))
}

fn input(from: &StreamTarget) -> Result<Rc<dyn Stream>, Error> {
    match from {
        StreamTarget::Inherit => Ok(tambo::os::stdin()),
        StreamTarget::Null => Ok(Rc::new(Closed)),
        StreamTarget::File(path) => tambo::os::open_stream_read(path)
            .map_err(|error| Error::new(ErrorKind::File, format!("cannot read {}: {error}", path.display()))),
    }
}

fn output(to: &StreamTarget, inherit: fn() -> Rc<dyn Stream>) -> Result<Rc<dyn Stream>, Error> {
    match to {
        StreamTarget::Inherit => Ok(inherit()),
        StreamTarget::Null => Ok(Rc::new(Closed)),
        StreamTarget::File(path) => tambo::os::open_stream_write(path)
            .map_err(|error| Error::new(ErrorKind::File, format!("cannot write {}: {error}", path.display()))),
    }
}
