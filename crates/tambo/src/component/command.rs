//! Components that are commands: they export `wasi:cli/run` (proposals/cli/wit at v0.2.12), and are given WASI.

use std::future::poll_fn;

use tambo_component_runtime::CallError;
use tambo_component_runtime::plan::{ExportItem, names};
use tambo_engine::Trap;
use tambo_wasi_p2::{P2, Unstable};

use super::{Component, Limits, Linked, Linker};
use crate::{Error, ErrorKind, Grant, Outcome, Stopper};

/// What a component that uses WASI has of the host in an instance.
pub struct Wasi {
    /// WASI 0.2.
    pub p2: P2,
}

impl Wasi {
    /// What is granted.
    pub fn new(grant: Grant) -> Self {
        Self { p2: P2::new(grant.into_kernel()) }
    }
}

impl AsMut<P2> for Wasi {
    fn as_mut(&mut self) -> &mut P2 {
        &mut self.p2
    }
}

/// Everything that is stable of what WASI has for components.
pub fn wasi_linker<S: AsMut<P2> + 'static>() -> Linker<S> {
    wasi_linker_with(Unstable::default())
}

/// The same, with what is unstable.
pub fn wasi_linker_with<S: AsMut<P2> + 'static>(unstable: Unstable) -> Linker<S> {
    let mut linker = Linker::new();
    tambo_wasi_p2::add_to_linker_with(&mut linker, unstable);
    linker
}

/// A command, linked with WASI. Cheap to clone.
#[derive(Clone)]
pub struct Command {
    linked: Linked<Wasi>,
    /// The path of its function `run`.
    run: String,
}

impl Component {
    /// Whether it is a command: it exports `wasi:cli/run`.
    pub fn is_command(&self) -> bool {
        self.run_export().is_some()
    }

    /// Link it with WASI, as a command.
    pub fn command(&self) -> Result<Command, Error> {
        self.command_with(Unstable::default())
    }

    /// As [`command`](Component::command), with what is unstable in WASI.
    pub fn command_with(&self, unstable: Unstable) -> Result<Command, Error> {
        self.command_on(&wasi_linker_with(unstable))
    }

    /// As [`command`](Component::command), with what this linker gives: WASI ([`wasi_linker_with`]), and functions of the
    /// embedder's own, or a [trace](Linker::trace).
    pub fn command_on(&self, linker: &Linker<Wasi>) -> Result<Command, Error> {
        let run = self.run_export().ok_or_else(|| {
            Error::new(ErrorKind::Call, "the component is no command: it does not export wasi:cli/run@0.2")
                .with_hint("--invoke 'NAME(ARGUMENTS)' calls one of its exports; `tambo inspect` lists them")
        })?;
        Ok(Command { linked: self.link(linker)?, run })
    }

    fn run_export(&self) -> Option<String> {
        let exports = self.plan().exports.iter();
        let interfaces = exports.filter(|export| matches!(export.item, ExportItem::Instance(_)));
        let mut named = interfaces.filter(|export| names::compatible(tambo_wasi_p2::RUN_INTERFACE, &export.name));
        named.next().map(|export| format!("{}#run", export.name))
    }
}

impl Command {
    /// Run it to its end, blocking this thread.
    pub fn run(&self, grant: Grant) -> Result<Outcome, Error> {
        let timeout = grant.timeout;
        let mut watchdog = None;
        let outcome = self.run_with(grant, |stopper| watchdog = timeout.map(|time| stopper.stop_after(time)));
        watchdog.transpose()?;
        outcome
    }

    /// As [`run`](Command::run), but `begin` gets a handle that stops it before any of its code runs. The grant's
    /// timeout is left to whoever has that handle.
    pub fn run_with(&self, grant: Grant, begin: impl FnOnce(Stopper)) -> Result<Outcome, Error> {
        let limits = Limits::of_grant(&grant);
        let state = Wasi::new(grant);
        let interrupt = state.p2.host.interrupt.clone();
        let mut instance = match self.linked.instantiate_under(state, &limits, interrupt, begin) {
            Ok(instance) => instance,
            Err(trap) => return Ok(Outcome::of(Err(trap))),
        };
        let run = instance.func::<(), (Result<(), ()>,)>(&self.run)?;
        let ended = outcome(run.call(&mut instance, ()))?;
        Ok(finished(ended, instance.state_mut().p2.finish()))
    }
}

/// Asynchronously.
impl Command {
    /// Run it to its end; the future is pending while the guest waits. Dropping it ends the guest.
    pub async fn run_async(&self, grant: Grant) -> Result<Outcome, Error> {
        let timeout = grant.timeout;
        let mut watchdog = None;
        let begin = |stopper: Stopper| watchdog = timeout.map(|time| stopper.stop_after(time));
        let outcome = self.run_async_with(grant, begin).await;
        watchdog.transpose()?;
        outcome
    }

    /// As [`run_with`](Command::run_with), asynchronously. No call of the guest blocks the thread, whatever the grant says.
    pub async fn run_async_with(&self, mut grant: Grant, begin: impl FnOnce(Stopper)) -> Result<Outcome, Error> {
        grant.may_block_thread(false);
        let limits = Limits::of_grant(&grant);
        let state = Wasi::new(grant);
        let interrupt = state.p2.host.interrupt.clone();
        let mut instance = match self.linked.instantiate_async_under(state, &limits, interrupt, begin).await {
            Ok(instance) => instance,
            Err(trap) => return Ok(Outcome::of(Err(trap))),
        };
        let run = instance.func::<(), (Result<(), ()>,)>(&self.run)?;
        let ended = outcome(run.call_async(&mut instance, ()).await)?;
        let output = poll_fn(|context| instance.state_mut().p2.poll_finish(context)).await;
        Ok(finished(ended, output))
    }
}

/// How the command ended, which is not changed by what became of its last output.
fn finished(outcome: Outcome, output: Result<(), Trap>) -> Outcome {
    match (outcome, output) {
        (Outcome::Exit(_), Err(trap)) => Outcome::Trap(trap),
        (outcome, _) => outcome,
    }
}

fn outcome(result: Result<(Result<(), ()>,), CallError>) -> Result<Outcome, Error> {
    match result {
        Ok((Ok(()),)) => Ok(Outcome::Exit(0)),
        Ok((Err(()),)) => Ok(Outcome::Exit(1)),
        Err(CallError::Trap(trap)) => Ok(Outcome::of(Err(trap))),
        Err(CallError::Misuse(message)) => Err(Error::new(ErrorKind::Call, message)),
    }
}
