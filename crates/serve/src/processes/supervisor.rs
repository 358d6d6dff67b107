//! The supervisor: starts workers, replaces those that end, and has them load, end and count together.

use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tambo::Error;
use tambo::os::process::LineWriter;
use tambo::os::replica::{Channel, End, Replica};
use tokio::sync::mpsc;

use super::crew::{Crew, Process};
use super::link::Link;
use super::protocol::{Instruction, Report, Role};
use super::split::Split;
use crate::listener::Socket;
use crate::overseer::{Asked, tell_certificate, tell_failure};
use crate::server::{self, Options, in_runtime, setup};
use crate::signals::Signals;

/// Starts the worker with a number: a process that calls [`serve_as_member`](crate::serve_as_member) with the other end of
/// the channel.
pub type Start = Box<dyn FnMut(u32) -> std::io::Result<(Replica, Channel)>>;

/// The slot of the worker that leads.
pub(super) const LEADER: usize = 0;
/// A worker that has served for so long was started well.
const SETTLED: Duration = Duration::from_secs(2);
/// How many workers of one slot may end in a row, each soon after it was started.
const MOST_FAILURES: u32 = 5;
/// How long to wait before the second attempt; each later one waits twice as long.
const PAUSE: Duration = Duration::from_millis(100);
/// How much longer than the time of grace workers may take to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait between looks at a process that ends.
const LOOK: Duration = Duration::from_millis(5);
/// How often to look before it is ended.
const LOOKS: u32 = 400;

/// Serve with workers that are processes, until a signal asks to end. The first line on standard error names the address,
/// once all of them accept. Answers the exit code: that of a worker that could not begin, and has said why.
pub fn supervise(options: Options, split: Split, start: Start) -> Result<u8, Error> {
    in_runtime(run(options, split, start))
}

async fn run(options: Options, split: Split, start: Start) -> Result<u8, Error> {
    let mut signals = Signals::install()?;
    let Split { addresses, sockets, copies } = split;
    let (tell, mut events) = mpsc::unbounded_channel();
    let crew = Rc::new(Crew::new(sockets.len()));
    let mut supervisor = Supervisor {
        options,
        addresses,
        sockets,
        start,
        crew,
        tell,
        started: 0,
        processes: 0,
        is_serving: false,
        is_asked: false,
        failure: None,
        round: Round::default(),
    };
    let outcome = match supervisor.adopt(copies) {
        Ok(()) => supervisor.serve(&mut signals, &mut events).await,
        Err(error) => Err(error),
    };
    supervisor.end(&mut signals, &mut events).await;
    outcome
}

/// What happens to a worker, by its slot.
enum Event {
    Told(usize, Report),
    /// Its channel closed: it is ending.
    Closed(usize),
    Ended(usize, u32, End),
    /// It is time to start another one.
    Due(usize),
    /// The one with this number has served for a while.
    Settled(usize, u32),
}

/// The others load what the leader has loaded.
#[derive(Default)]
struct Round {
    /// Who has not said yet that it has.
    waiting: Vec<usize>,
    /// Whether it is told when all have.
    is_told: bool,
    /// Whether the leader has loaded again before this could begin or end, and whether that is told.
    again: Option<bool>,
}

struct Supervisor {
    options: Options,
    addresses: Vec<SocketAddr>,
    /// By slot.
    sockets: Vec<Vec<Socket>>,
    start: Start,
    crew: Rc<Crew>,
    tell: mpsc::UnboundedSender<Event>,
    /// How many workers were ever started.
    started: u32,
    /// How many processes there are.
    processes: usize,
    /// Whether all workers have accepted connections once.
    is_serving: bool,
    /// Whether somebody asked to load again, and the leader has not done so yet.
    is_asked: bool,
    /// What could not be loaded last, and who said so.
    failure: Option<(usize, String)>,
    round: Round,
}

impl Supervisor {
    /// Until somebody asks to end, or it cannot go on.
    async fn serve(&mut self, signals: &mut Signals, events: &mut mpsc::UnboundedReceiver<Event>) -> Result<u8, Error> {
        loop {
            tokio::select! {
                // A service manager may end workers and supervisor at once: that is an end, not an accident.
                biased;
                asked = signals.next() => match asked {
                    Asked::End => return Ok(0),
                    _ => {
                        self.crew.instruct_all(Instruction::Reopen);
                        self.look();
                    }
                },
                Some(event) = events.recv() => if let Some(code) = self.handle(event).await? {
                    return Ok(code);
                },
            }
        }
    }

    /// The exit code, if this was the end.
    async fn handle(&mut self, event: Event) -> Result<Option<u8>, Error> {
        match event {
            Event::Told(slot, Report::Ready) => self.ready(slot).await?,
            Event::Told(LEADER, Report::Reloaded) => {
                (self.failure, self.is_asked) = (None, false);
                self.load(true);
            }
            Event::Told(slot, Report::Reloaded) => self.loaded(slot),
            Event::Told(LEADER, Report::Certificate) => {
                let others = self.crew.running().into_iter().filter(|slot| *slot != LEADER);
                others.for_each(|slot| self.crew.instruct(slot, Instruction::Certificate));
                if self.is_serving {
                    tell_certificate();
                }
            }
            Event::Told(_, Report::Certificate) => {}
            Event::Told(slot, Report::Failed(why)) => {
                self.round.is_told &= !self.round.waiting.contains(&slot);
                self.failed(slot, why);
                self.loaded(slot);
            }
            Event::Told(slot, Report::Counts(counts)) => self.crew.counted(slot, counts),
            Event::Closed(slot) => self.closed(slot),
            Event::Ended(slot, process, end) => return self.ended(slot, process, &end),
            Event::Due(slot) => match self.start(slot) {
                Ok(()) => self.crew.restarted(),
                Err(error) => self.again(slot, error.message())?,
            },
            Event::Settled(slot, number) => self.crew.settled(slot, number),
        }
        Ok(None)
    }

    /// The workers that there are already.
    fn adopt(&mut self, copies: Vec<(Replica, Channel)>) -> Result<(), Error> {
        for (slot, (replica, channel)) in copies.into_iter().enumerate() {
            let link = Rc::new(Link::new(channel).map_err(|error| cannot_start(&error))?);
            self.place(slot, replica, link);
        }
        Ok(())
    }

    /// Start a worker, and give it its sockets and what is granted to its guests.
    fn start(&mut self, slot: usize) -> Result<(), Error> {
        let number = self.started;
        let (replica, channel) = (self.start)(number).map_err(|error| cannot_start(&error))?;
        // Whatever fails from here on ends the worker, whose channel closes.
        let link = Rc::new(Link::new(channel).map_err(|error| cannot_start(&error))?);
        for socket in &self.sockets[slot] {
            let instruction = if socket.is_bound() { Instruction::Bound } else { Instruction::Passed };
            link.send_with(&instruction.encode(), socket.descriptor()).map_err(|error| cannot_start(&error))?;
        }
        for directory in &self.options.directories {
            let sent = link.send_with(&Instruction::Directory.encode(), directory.as_fd());
            sent.map_err(|error| cannot_start(&error))?;
        }
        let count = self.sockets.len().try_into().unwrap_or(u32::MAX);
        link.send(&Instruction::Be(Role { number, count, leads: slot == LEADER }).encode());
        link.send(&Instruction::Begin.encode());
        self.place(slot, replica, link);
        Ok(())
    }

    /// Take a worker for the next one that was started, and hear what it tells.
    fn place(&mut self, slot: usize, replica: Replica, link: Rc<Link>) {
        self.crew.place(slot, Process { replica, link: link.clone(), number: self.started });
        self.started = self.started.wrapping_add(1);
        self.processes += 1;
        let tell = self.tell.clone();
        tokio::task::spawn_local(async move {
            while let Some((message, _)) = link.receive().await {
                if let Some(report) = Report::decode(&message) {
                    // The supervisor lives as long as this task does.
                    let _ = tell.send(Event::Told(slot, report));
                }
            }
            let _ = tell.send(Event::Closed(slot));
        });
    }

    /// Somebody asked to load everything again. A leader that is not ready may have read the files already, and hears
    /// nothing yet; one that ends before it has done so is asked again in the shape of the next.
    fn look(&mut self) {
        self.is_asked = true;
        if self.crew.is_ready(LEADER) {
            self.crew.instruct(LEADER, Instruction::Look);
        }
    }

    fn after(&self, time: Duration, event: Event) {
        let tell = self.tell.clone();
        tokio::task::spawn_local(async move {
            tokio::time::sleep(time).await;
            let _ = tell.send(event);
        });
    }

    async fn ready(&mut self, slot: usize) -> Result<(), Error> {
        if let Some(number) = self.crew.ready(slot) {
            self.after(SETTLED, Event::Settled(slot, number));
        }
        if self.is_serving {
            if slot == LEADER {
                // It has loaded what the files are now; they may have changed while nobody watched them.
                self.load(false);
                if self.is_asked {
                    self.look();
                }
            } else if self.round.waiting.contains(&slot) {
                self.crew.instruct(slot, Instruction::Load);
            }
            return Ok(());
        }
        if slot == LEADER {
            (LEADER + 1..self.sockets.len()).for_each(|slot| self.crew.instruct(slot, Instruction::Begin));
        }
        if self.crew.are_all_ready() {
            server::announce(&self.options, &self.addresses, self.crew.clone()).await?;
            self.is_serving = true;
            if let Some(is_told) = self.round.again.take() {
                self.load(is_told);
            }
        }
        Ok(())
    }

    /// The leader has loaded: so do the others.
    fn load(&mut self, is_told: bool) {
        if !self.is_serving {
            // Before it serves nothing is replaced, for whoever looks at it from outside.
            self.round.again = Some(false);
            return;
        }
        if !self.round.waiting.is_empty() {
            self.round.again = Some(is_told || self.round.again == Some(true));
            return;
        }
        self.round.is_told = is_told;
        self.round.waiting = self.crew.running();
        self.round.waiting.retain(|slot| *slot != LEADER);
        // One that is not ready hears nothing yet; it is told when it is.
        let ready = self.round.waiting.iter().filter(|slot| self.crew.is_ready(**slot));
        ready.for_each(|slot| self.crew.instruct(*slot, Instruction::Load));
        self.finish();
    }

    /// A worker has loaded, or has not and never will.
    fn loaded(&mut self, slot: usize) {
        let before = self.round.waiting.len();
        self.round.waiting.retain(|waiting| *waiting != slot);
        if self.round.waiting.len() < before {
            self.finish();
        }
    }

    /// Two workers may come across the same mistake, which is told once.
    fn failed(&mut self, slot: usize, why: String) {
        self.is_asked &= slot != LEADER;
        if self.failure.as_ref().is_some_and(|(other, told)| *other != slot && *told == why) {
            return;
        }
        tell_failure(&why, &self.crew.own);
        self.failure = Some((slot, why));
    }

    fn finish(&mut self) {
        if !self.round.waiting.is_empty() {
            return;
        }
        if self.round.is_told {
            self.crew.own.reloads.fetch_add(1, Ordering::Relaxed);
            LineWriter::to_stderr_of_server().line("reloaded");
        }
        if let Some(is_told) = self.round.again.take() {
            self.load(is_told);
        }
    }

    fn closed(&mut self, slot: usize) {
        let Some(process) = self.crew.gone(slot) else { return };
        // The next one loads what the files are then.
        self.loaded(slot);
        let tell = self.tell.clone();
        tokio::task::spawn_local(async move {
            let id = process.replica.id();
            let _ = tell.send(Event::Ended(slot, id, end_of(process.replica).await));
        });
    }

    /// The exit code, if the worker could not begin.
    fn ended(&mut self, slot: usize, process: u32, end: &End) -> Result<Option<u8>, Error> {
        self.processes -= 1;
        match end.code {
            _ if self.is_serving => self.again(slot, &format!("process {process}: {}", end.text)).map(|()| None),
            Some(code) if code != 0 => Ok(Some(code)),
            _ => Err(setup(format!("a worker did not begin: {}", end.text))),
        }
    }

    /// Say why there is no worker, and start another one; at once, if that does not happen again and again.
    fn again(&mut self, slot: usize, why: &str) -> Result<(), Error> {
        let failures = self.crew.failed(slot);
        if failures > MOST_FAILURES {
            return Err(setup(format!("a worker ended {failures} times soon after its start; the last time: {why}"))
                .with_hint("what it said is above"));
        }
        LineWriter::to_stderr_of_server().line(&format!("error: a worker has ended, another one is started: {why}"));
        let pause = if failures == 1 { Duration::ZERO } else { PAUSE * 2_u32.pow(failures - 2) };
        self.after(pause, Event::Due(slot));
        Ok(())
    }

    /// Have all workers end, and wait for them.
    async fn end(mut self, signals: &mut Signals, events: &mut mpsc::UnboundedReceiver<Event>) {
        // A socket that somebody holds open takes connections which nobody will answer.
        self.sockets.clear();
        self.crew.instruct_all(Instruction::Drain);
        let patience = tokio::time::sleep(self.options.limits.grace.saturating_add(PATIENCE));
        tokio::pin!(patience);
        while self.processes > 0 {
            tokio::select! {
                Some(event) = events.recv() => match event {
                    Event::Closed(slot) => self.closed(slot),
                    Event::Ended(..) => self.processes -= 1,
                    Event::Told(slot, Report::Counts(counts)) => self.crew.counted(slot, counts),
                    Event::Told(..) | Event::Due(_) | Event::Settled(..) => {}
                },
                asked = signals.next() => if asked == Asked::End {
                    self.crew.instruct_all(Instruction::Abort);
                    patience.set(tokio::time::sleep(PATIENCE));
                },
                () = &mut patience => {
                    self.crew.kill_all();
                    patience.set(tokio::time::sleep(PATIENCE));
                }
            }
        }
    }
}

pub(super) fn cannot_start(error: &std::io::Error) -> Error {
    setup(format!("cannot start a worker: {error}")).with_hint("--threads has workers that are no processes")
}

/// How a process ended whose channel is closed: it is about to, or has to.
async fn end_of(mut replica: Replica) -> End {
    for look in 0.. {
        match replica.ended() {
            Ok(Some(end)) => return end,
            Ok(None) if look == LOOKS => drop(replica.kill()),
            Ok(None) => {}
            Err(error) => return End { code: None, text: error.to_string() },
        }
        tokio::time::sleep(LOOK).await;
    }
    End { code: None, text: "it does not end".to_owned() }
}
