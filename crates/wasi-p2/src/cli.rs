//! `wasi:cli`: arguments, environment, standard streams, terminals, the end (proposals/cli/wit at v0.2.12).

use std::rc::Rc;

use tambo_component_linker::bindings::Own;
use tambo_engine::{Trap, TrapKind};
use tambo_kernel::Grant;
use tambo_kernel::fs::FileKind;
use tambo_kernel::input::Input;
use tambo_kernel::output::Output;
use tambo_kernel::stream::Stream;

use crate::P2;
use crate::bindings::wasi::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr, terminal_stdin,
    terminal_stdout,
};
use crate::bindings::wasi::io::streams::{InputStream, OutputStream};
use terminal_input::TerminalInput;
use terminal_output::TerminalOutput;

/// What a command is given.
pub(crate) struct Cli {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    stdin: Rc<dyn Stream>,
    stdout: Rc<dyn Stream>,
    stderr: Rc<dyn Stream>,
}

impl Cli {
    pub(crate) fn new(grant: &mut Grant) -> Self {
        Self {
            arguments: std::mem::take(&mut grant.arguments),
            environment: std::mem::take(&mut grant.environment),
            stdin: grant.stdin.clone(),
            stdout: grant.stdout.clone(),
            stderr: grant.stderr.clone(),
        }
    }
}

impl environment::Host for P2 {
    fn get_environment(&mut self) -> Result<Vec<(String, String)>, Trap> {
        Ok(self.cli.environment.clone())
    }

    fn get_arguments(&mut self) -> Result<Vec<String>, Trap> {
        Ok(self.cli.arguments.clone())
    }

    fn initial_cwd(&mut self) -> Result<Option<String>, Trap> {
        Ok(None)
    }
}

impl exit::Host for P2 {
    fn exit(&mut self, status: Result<(), ()>) -> Result<(), Trap> {
        Err(Trap::new(TrapKind::Exit(status.is_err().into())))
    }

    fn exit_with_code(&mut self, status_code: u8) -> Result<(), Trap> {
        Err(Trap::new(TrapKind::Exit(status_code.into())))
    }
}

impl stdin::Host for P2 {
    fn get_stdin(&mut self) -> Result<Own<InputStream>, Trap> {
        let stream = self.cli.stdin.clone();
        Ok(self.new_input(Input::of_stream(stream), None))
    }
}

impl stdout::Host for P2 {
    fn get_stdout(&mut self) -> Result<Own<OutputStream>, Trap> {
        let stream = self.cli.stdout.clone();
        Ok(self.new_output(Output::of_stream(stream), None))
    }
}

impl stderr::Host for P2 {
    fn get_stderr(&mut self) -> Result<Own<OutputStream>, Trap> {
        let stream = self.cli.stderr.clone();
        Ok(self.new_output(Output::of_stream(stream), None))
    }
}

/// Nothing can be done with a handle to a terminal: it says that there is one.
const TERMINAL: u64 = 0;

fn is_terminal(stream: &Rc<dyn Stream>) -> bool {
    stream.kind() == FileKind::CharacterDevice
}

impl terminal_input::HostTerminalInput for P2 {
    fn drop(&mut self, _: Own<TerminalInput>) -> Result<(), Trap> {
        Ok(())
    }
}

impl terminal_input::Host for P2 {}

impl terminal_output::HostTerminalOutput for P2 {
    fn drop(&mut self, _: Own<TerminalOutput>) -> Result<(), Trap> {
        Ok(())
    }
}

impl terminal_output::Host for P2 {}

impl terminal_stdin::Host for P2 {
    fn get_terminal_stdin(&mut self) -> Result<Option<Own<TerminalInput>>, Trap> {
        Ok(is_terminal(&self.cli.stdin).then(|| Own::new(TERMINAL)))
    }
}

impl terminal_stdout::Host for P2 {
    fn get_terminal_stdout(&mut self) -> Result<Option<Own<TerminalOutput>>, Trap> {
        Ok(is_terminal(&self.cli.stdout).then(|| Own::new(TERMINAL)))
    }
}

impl terminal_stderr::Host for P2 {
    fn get_terminal_stderr(&mut self) -> Result<Option<Own<TerminalOutput>>, Trap> {
        Ok(is_terminal(&self.cli.stderr).then(|| Own::new(TERMINAL)))
    }
}
