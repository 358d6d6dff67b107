//! A script: its directives in order, and the modules and instances that they name.

use std::collections::HashMap;

use tambo::component::Component;
use tambo::inspect::is_component;
use tambo::{Instance, Program, Runtime, Trap, TrapKind};
use wast::parser::{self, ParseBuffer};
use wast::token::{Id, Span};
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, WastRet, Wat};

use crate::{Failure, Options, Report, component, core, values};

/// Why a directive did not pass.
#[derive(Clone, Debug)]
pub(crate) enum Stop {
    Skip(String),
    Fail(String),
}

impl Stop {
    pub(crate) fn skip(reason: impl Into<String>) -> Self {
        Self::Skip(reason.into())
    }

    pub(crate) fn fail(message: impl Into<String>) -> Self {
        Self::Fail(message.into())
    }
}

/// How something ended that did not return.
#[derive(Debug)]
pub(crate) enum Ended {
    Trap(Trap),
    Unlinkable(String),
    Stop(Stop),
}

impl From<Stop> for Ended {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<Ended> for Stop {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Trap(trap) => Self::fail(format!("trapped: {}", trap.kind)),
            Ended::Unlinkable(message) => Self::fail(message),
            Ended::Stop(stop) => stop,
        }
    }
}

/// Something that was loaded and can be instantiated.
enum Definition {
    Core(Program),
    Component(Component),
}

/// Something that runs.
enum Running {
    Core(Instance),
    Component(component::Running),
}

/// What a call returned.
enum Returned {
    Core(Vec<tambo::value::Value>),
    Component(Option<tambo::component::Val>),
}

/// Something by its name in the script, or the latest. What could not be made is kept with the reason, which those that
/// use it share.
struct Named<T> {
    latest: Option<usize>,
    all: Vec<Result<T, Stop>>,
    by_name: HashMap<String, usize>,
}

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self { latest: None, all: Vec::new(), by_name: HashMap::new() }
    }
}

impl<T> Named<T> {
    fn add(&mut self, name: Option<Id<'_>>, item: Result<T, Stop>) {
        let position = self.all.len();
        self.all.push(item);
        self.latest = Some(position);
        if let Some(name) = name {
            self.by_name.insert(name.name().to_owned(), position);
        }
    }

    fn position(&self, name: Option<Id<'_>>) -> Result<usize, Stop> {
        match name {
            Some(name) => self.by_name.get(name.name()).copied(),
            None => self.latest,
        }
        .ok_or_else(|| Stop::fail("there is nothing of this name"))
    }

    fn get(&mut self, name: Option<Id<'_>>) -> Result<&mut T, Stop> {
        let position = self.position(name)?;
        self.all[position].as_mut().map_err(|stop| match stop {
            Stop::Skip(reason) => Stop::Skip(reason.clone()),
            // The cause is told once, where it is.
            Stop::Fail(_) => Stop::skip("it uses what could not be made"),
        })
    }
}

struct Script<'r> {
    runtime: &'r Runtime,
    options: Options,
    definitions: Named<Definition>,
    instances: Named<Running>,
    registered: HashMap<String, usize>,
}

pub(crate) fn run(runtime: &Runtime, name: &str, text: &str, options: Options) -> Report {
    let mut report = Report::default();
    let line = |span: Span| span.linecol_in(text).0 + 1;
    let failure = |line, message| Failure { file: name.to_owned(), line, message };
    let malformed = |error: &wast::Error| failure(line(error.span()), format!("malformed script: {}", error.message()));
    let buffer = match ParseBuffer::new(text) {
        Ok(buffer) => buffer,
        Err(error) => {
            report.failed.push(malformed(&error));
            return report;
        }
    };
    let directives = match parser::parse::<Wast<'_>>(&buffer) {
        Ok(script) => script.directives,
        Err(error) => {
            report.failed.push(malformed(&error));
            return report;
        }
    };
    let mut script = Script {
        runtime,
        options,
        definitions: Named::default(),
        instances: Named::default(),
        registered: HashMap::new(),
    };
    for directive in directives {
        let line = line(directive.span());
        match script.directive(directive) {
            Ok(()) => report.passed += 1,
            Err(Stop::Skip(reason)) => *report.skipped.entry(reason).or_default() += 1,
            Err(Stop::Fail(message)) => report.failed.push(failure(line, message)),
        }
    }
    report
}

impl Script<'_> {
    fn directive(&mut self, directive: WastDirective<'_>) -> Result<(), Stop> {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name();
                let instance = self.load(&mut module).and_then(|definition| Ok(self.instantiate(&definition)?));
                let outcome = instance.as_ref().map(drop).map_err(Clone::clone);
                self.instances.add(name, instance);
                outcome
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name();
                let definition = self.load(&mut module);
                let outcome = match &definition {
                    Ok(_) => Ok(()),
                    // What cannot be instantiated on its own is a definition all the same.
                    Err(_) if module.encode().is_ok_and(|wasm| component::is_valid(&wasm)) => Ok(()),
                    Err(stop) => Err(stop.clone()),
                };
                self.definitions.add(name, definition);
                outcome
            }
            WastDirective::ModuleInstance { instance: name, module, .. } => self.instance_of(name, module),
            WastDirective::Register { name, module, .. } => {
                let position = self.instances.position(module)?;
                self.instances.get(module)?;
                self.registered.insert(name.to_owned(), position);
                Ok(())
            }
            WastDirective::Invoke(invoke) => self.invoke(&invoke).map(drop).map_err(Stop::from),
            WastDirective::AssertReturn { exec, results, .. } => self.assert_return(exec, &results),
            WastDirective::AssertTrap { exec, message, .. } => {
                let ended = self.execute(exec);
                self.assert_trap(ended, message)
            }
            WastDirective::AssertExhaustion { call, .. } => {
                let ended = self.invoke(&call);
                expect_kind(ended, &TrapKind::StackOverflow)
            }
            WastDirective::AssertException { exec, .. } => {
                let ended = self.execute(exec);
                expect_kind(ended, &TrapKind::UncaughtException)
            }
            WastDirective::AssertInvalid { mut module, .. } | WastDirective::AssertMalformed { mut module, .. } => {
                self.assert_invalid(&mut module)
            }
            WastDirective::AssertUnlinkable { module, .. } => self.assert_unlinkable(module),
            WastDirective::AssertInvalidCustom { .. } | WastDirective::AssertMalformedCustom { .. } => {
                Err(Stop::skip("custom sections are not judged"))
            }
            WastDirective::AssertSuspension { .. } => Err(Stop::skip("stack switching is not there")),
            WastDirective::Thread(_) | WastDirective::Wait { .. } => Err(Stop::skip("threads are not there")),
        }
    }

    fn load(&self, module: &mut QuoteWat<'_>) -> Result<Definition, Stop> {
        let wasm = module.encode().map_err(|error| Stop::fail(format!("malformed: {}", error.message())))?;
        if is_component(&wasm) {
            return component::load(self.runtime, &wasm).map(Definition::Component);
        }
        let program = core::load(self.runtime, &wasm).map_err(|error| Stop::fail(error.to_string()))?;
        Ok(Definition::Core(program))
    }

    fn instantiate(&self, definition: &Definition) -> Result<Running, Ended> {
        match definition {
            Definition::Core(program) => {
                core::instantiate(program, &|name| self.registered.contains_key(name)).map(Running::Core)
            }
            Definition::Component(component) => {
                let registered =
                    self.registered.iter().filter_map(|(name, &position)| match self.instances.all.get(position) {
                        Some(Ok(Running::Component(instance))) => Some((name.as_str(), instance)),
                        _ => None,
                    });
                component::instantiate(component, registered).map(Running::Component)
            }
        }
    }

    fn instance_of(&mut self, name: Option<Id<'_>>, module: Option<Id<'_>>) -> Result<(), Stop> {
        let instance = match self.definitions.get(module).map(drop).and_then(|()| self.definitions.position(module)) {
            Ok(position) => match &self.definitions.all[position] {
                Ok(definition) => self.instantiate(definition).map_err(Stop::from),
                Err(stop) => Err(stop.clone()),
            },
            Err(stop) => Err(stop),
        };
        let outcome = instance.as_ref().map(drop).map_err(Clone::clone);
        self.instances.add(name, instance);
        outcome
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Returned, Ended> {
        match self.instances.get(invoke.module)? {
            Running::Core(instance) => {
                let arguments = invoke.args.iter().map(values::core_argument).collect::<Result<Vec<_>, _>>()?;
                core::call(instance, invoke.name, &arguments).map(Returned::Core)
            }
            Running::Component(instance) => {
                let arguments = invoke.args.iter().map(values::component_argument).collect::<Result<Vec<_>, _>>()?;
                component::call(instance, invoke.name, &arguments).map(Returned::Component)
            }
        }
    }

    fn execute(&mut self, execute: WastExecute<'_>) -> Result<Returned, Ended> {
        match execute {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(module) => {
                let definition = self.load(&mut QuoteWat::Wat(module))?;
                self.instantiate(&definition).map(|_| Returned::Core(Vec::new()))
            }
            WastExecute::Get { .. } => Err(Stop::skip("globals cannot be read through this API").into()),
        }
    }

    fn assert_return(&mut self, execute: WastExecute<'_>, expected: &[WastRet<'_>]) -> Result<(), Stop> {
        match self.execute(execute)? {
            Returned::Core(results) => values::check_core(expected, &results),
            Returned::Component(result) => values::check_component(expected, result.as_ref()),
        }
    }

    fn assert_trap(&self, ended: Result<Returned, Ended>, message: &str) -> Result<(), Stop> {
        let trap = match ended {
            Err(Ended::Trap(trap)) => trap,
            Ok(_) => return Err(Stop::fail(format!("returned instead of trapping: {message}"))),
            Err(other) => return Err(other.into()),
        };
        let text = trap.kind.to_string();
        let is_meant = core::is_meant(message, &trap.kind);
        let is_meant = is_meant.unwrap_or(!self.options.exact_messages || text.contains(message));
        if is_meant && !matches!(trap.kind, TrapKind::Bug(_)) {
            return Ok(());
        }
        Err(Stop::fail(format!("trapped with {text:?}, not {message:?}")))
    }

    /// Text that cannot be parsed is invalid, too.
    fn assert_invalid(&self, module: &mut QuoteWat<'_>) -> Result<(), Stop> {
        let Ok(wasm) = module.encode() else { return Ok(()) };
        if is_component(&wasm) {
            return component::expect_invalid(&wasm);
        }
        match core::load(self.runtime, &wasm) {
            Err(_) => Ok(()),
            Ok(_) => Err(Stop::fail("found valid")),
        }
    }

    fn assert_unlinkable(&self, module: Wat<'_>) -> Result<(), Stop> {
        let definition = self.load(&mut QuoteWat::Wat(module))?;
        match self.instantiate(&definition) {
            Err(Ended::Unlinkable(_)) => Ok(()),
            Ok(_) => Err(Stop::fail("linked")),
            Err(other) => Err(other.into()),
        }
    }
}

fn expect_kind(ended: Result<Returned, Ended>, kind: &TrapKind) -> Result<(), Stop> {
    match ended {
        Err(Ended::Trap(trap)) if trap.kind == *kind => Ok(()),
        Err(Ended::Trap(trap)) => Err(Stop::fail(format!("trapped with \"{}\", not \"{kind}\"", trap.kind))),
        Ok(_) => Err(Stop::fail(format!("returned, but \"{kind}\" is expected"))),
        Err(other) => Err(other.into()),
    }
}
