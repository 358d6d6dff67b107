//! One run of a program: its standard streams, and the time it may take.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::case::Spec;

/// Many times what any case takes, on a busy machine as well.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a run gave.
pub(crate) struct Ran {
    /// The exit code; none if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// Whether it was ended because it took too long.
    pub(crate) hung: bool,
}

/// Run it with the standard streams that the case asks for.
pub(crate) fn run(command: &mut Command, spec: &Spec) -> std::io::Result<Ran> {
    if spec.terminal == Some(true) { on_terminal(command) } else { on_pipes(command, spec) }
}

fn on_pipes(command: &mut Command, spec: &Spec) -> std::io::Result<Ran> {
    let has_input = spec.stdin.is_some() || spec.stdin_stays_open == Some(true);
    command.stdin(if has_input { Stdio::piped() } else { Stdio::null() }).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let mut input = child.stdin.take();
    if let (Some(pipe), Some(text)) = (&mut input, &spec.stdin) {
        // A program that does not read its input leaves a broken pipe behind, which says nothing about it.
        let _ = pipe.write_all(text.0.as_bytes());
    }
    if spec.stdin_stays_open != Some(true) {
        input = None;
    }
    let (code, hung) = wait(&mut child)?;
    drop(input);
    Ok(Ran { code, stdout: joined(stdout), stderr: joined(stderr), hung })
}

/// What is written to a terminal comes back as standard error, since people read it.
fn on_terminal(command: &mut Command) -> std::io::Result<Ran> {
    let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&controller)?;
    unlockpt(&controller)?;
    let name = ptsname(&controller, Vec::new())?;
    let terminal = File::options().read(true).write(true).open(name.to_string_lossy().as_ref())?;
    command.stdin(terminal.try_clone()?).stdout(terminal.try_clone()?).stderr(terminal);
    let mut child = command.spawn()?;
    // The command holds the terminal, too: what was written would never end.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let output = collect(Some(File::from(controller)));
    let (code, hung) = wait(&mut child)?;
    Ok(Ran { code, stdout: Vec::new(), stderr: joined(output), hung })
}

fn collect<R: Read + Send + 'static>(from: Option<R>) -> Option<thread::JoinHandle<Vec<u8>>> {
    from.map(|mut from| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            // The end of a terminal is an error; what came before it is there.
            let _ = from.read_to_end(&mut bytes);
            bytes
        })
    })
}

fn joined(reader: Option<thread::JoinHandle<Vec<u8>>>) -> Vec<u8> {
    reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
}

fn wait(child: &mut Child) -> std::io::Result<(Option<i32>, bool)> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status.code(), false));
        }
        if start.elapsed() > PATIENCE {
            child.kill()?;
            return Ok((child.wait()?.code(), true));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
