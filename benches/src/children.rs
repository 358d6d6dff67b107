//! Child processes with a bound on their time, which are ended with all that they started; and what processor time they
//! took.
//!
//! They stay in this process's group, so that an interrupt from the terminal reaches them too.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Error, Read as _, Result};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a child may take to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(3);

/// A child that ends when this is dropped.
pub(crate) struct Running {
    child: Child,
    /// When it was about to be started.
    pub(crate) begun: Instant,
    /// The command, for messages.
    command: String,
    /// What it writes to standard error.
    log: PathBuf,
    _folder: tempfile::TempDir,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("stderr");
        command.stdin(Stdio::null()).stderr(File::create(&log)?);
        let shown = format!("{command:?}");
        let begun = Instant::now();
        let child = command.spawn().map_err(|error| Error::new(error.kind(), format!("{shown}: {error}")))?;
        Ok(Self { child, begun, command: shown, log, _folder: folder })
    }

    /// Seconds that it and its descendants have computed, those included that ended and were waited for.
    pub(crate) fn processor_seconds(&self) -> Result<f64> {
        let table = processes()?;
        let ticks: u64 = family(self.child.id(), &table).iter().map(|id| table[id].ticks).sum();
        Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// An error with what the child has to say about it.
    pub(crate) fn error(&self, what: &str) -> Error {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let end = log.lines().rev().take(10).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n");
        Error::other(format!("{}: {what}\n{end}", self.command))
    }

    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Wait for the end, which has to be a success.
    pub(crate) fn finish(&mut self, limit: Duration) -> Result<()> {
        match self.wait(limit)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => Err(self.error(&format!("ended with {status}"))),
            None => Err(self.error(&format!("did not end in {} s", limit.as_secs()))),
        }
    }

    fn wait(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        let begun = Instant::now();
        loop {
            let status = self.child.try_wait()?;
            if status.is_some() || begun.elapsed() > limit {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        let table = processes().unwrap_or_default();
        let descendants = family(self.child.id(), &table);
        // Asked first: a server that has workers ends them.
        if let Some(pid) = Pid::from_raw(self.child.id() as i32) {
            let _ = kill_process(pid, Signal::TERM);
        }
        if !matches!(self.wait(PATIENCE), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        let left = processes().unwrap_or_default();
        for id in descendants.into_iter().filter(|&id| id != self.child.id()) {
            // The number may be another process's by now: its start tells.
            let same = left.get(&id).is_some_and(|process| process.start == table[&id].start);
            if let Some(pid) = Pid::from_raw(id as i32).filter(|_| same) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// Run a command to its end and give what it wrote to standard output, which has to fit into a pipe.
pub(crate) fn output(mut command: Command, limit: Duration) -> Result<String> {
    command.stdout(Stdio::piped());
    let mut running = Running::start(command)?;
    running.finish(limit)?;
    let mut text = String::new();
    if let Some(mut pipe) = running.child.stdout.take() {
        pipe.read_to_string(&mut text)?;
    }
    Ok(text)
}

/// What `/proc` says of a process.
struct Process {
    parent: u32,
    ticks: u64,
    start: u64,
}

fn processes() -> Result<BTreeMap<u32, Process>> {
    let mut table = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may have ended since.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        if let Some(process) = parse(&stat) {
            table.insert(id, process);
        }
    }
    Ok(table)
}

/// A line of `/proc/PID/stat`: proc(5). The name may contain spaces and brackets, and is closed by the last one.
fn parse(stat: &str) -> Option<Process> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let ticks = (11..15).map(number).sum::<Option<u64>>()?;
    Some(Process { parent: number(1)? as u32, ticks, start: number(19)? })
}

/// A process and its descendants, as far as they are there.
fn family(root: u32, table: &BTreeMap<u32, Process>) -> Vec<u32> {
    let mut found: Vec<u32> = table.contains_key(&root).then_some(root).into_iter().collect();
    let mut next = 0;
    while next < found.len() {
        let parent = found[next];
        found.extend(table.iter().filter(|(_, process)| process.parent == parent).map(|(id, _)| id));
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_line_of_proc_is_read() {
        let process = parse("7 (a) b) S 3 7 7 0 -1 0 0 0 0 0 1 2 4 8 20 0 1 0 99 0").unwrap();
        assert_eq!((process.parent, process.ticks, process.start), (3, 15, 99));
        assert!(parse("").is_none() && parse("7 (a) S 3").is_none());
    }

    #[test]
    fn what_a_child_started_ends_with_it() {
        let running = Running::start(shell("trap '' TERM; sleep 60 & wait; wait; wait")).unwrap();
        let begun = Instant::now();
        let find = || family(running.child.id(), &processes().unwrap());
        while find().len() < 2 && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let family = find();
        assert_eq!(family.len(), 2);
        drop(running);
        // Killed, though whoever inherited it may not have waited for it yet.
        let is_alive =
            |id: &u32| fs::read_to_string(format!("/proc/{id}/stat")).is_ok_and(|stat| !stat.contains(") Z"));
        let begun = Instant::now();
        while family.iter().any(is_alive) && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(!family.iter().any(is_alive));
    }

    #[test]
    fn output_comes_back_and_failure_says_why() {
        assert_eq!(output(shell("echo yes"), PATIENCE).unwrap(), "yes\n");
        let error = output(shell("echo reason >&2; exit 3"), PATIENCE).unwrap_err().to_string();
        assert!(error.contains("reason") && error.contains("exit status: 3"), "{error}");
        let error = output(shell("exec sleep 60"), Duration::from_millis(50)).unwrap_err().to_string();
        assert!(error.contains("did not end"), "{error}");
    }
}
