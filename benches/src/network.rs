//! Sockets: an echo server and `poll` over many pollables, natively, by `tambo run` and by `wasmtime run`.
//!
//! The client of the echo is this process, whoever the server is. The guest is `network` of `guests/components`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tambo::{Grant, Runtime};

use crate::children::{self, Running};
use crate::figures::{Figures, Unit};
use crate::library::{AnyError, block_on};
use crate::sides::{Samples, Side, Table};
use crate::{Options, measure, programs};

const ROUND_TRIPS: u32 = 20_000;
const MESSAGE: usize = 64;
const THROUGHPUT: usize = 256 << 20;
const PIECE: usize = 64 << 10;

const POLLABLES: &str = "1000";
const POLLS: &str = "2000";

/// How long a server may take until it listens, and a guest to its end.
const LIMIT: Duration = Duration::from_secs(120);
/// How long a byte may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Part = fn(&Options, &Path, &[Runner], &mut Figures) -> Result<(), AnyError>;

const PARTS: [(&str, Part); 2] = [("echo", echo), ("poll", poll)];

pub(crate) fn run(options: &Options) -> Result<(), AnyError> {
    let parts: Vec<_> = PARTS.iter().filter(|(name, _)| name.contains(&options.filter)).collect();
    if parts.is_empty() {
        return Err(format!("no part is called {}: {}", options.filter, PARTS.map(|(name, _)| name).join(", ")).into());
    }
    let (guest, runners) = (tambo_guests::component("network"), runners()?);
    let mut figures = Figures::open(options)?;
    for (_, part) in parts {
        part(options, &guest, &runners, &mut figures)?;
        figures.save()?;
    }
    Ok(())
}

/// A program that does what a guest does.
struct Runner {
    side: Side,
    program: PathBuf,
    /// Before the guest.
    options: &'static [&'static str],
}

fn runners() -> std::io::Result<Vec<Runner>> {
    let mut runners = vec![
        Runner { side: Side::Native, program: std::env::current_exe()?, options: &["native"] },
        Runner { side: Side::Tambo, program: programs::tambo()?, options: &["run", "--inherit-network"] },
    ];
    if let Some(program) = programs::peer("wasmtime") {
        runners.push(Runner { side: Side::Wasmtime, program, options: &["run", "-S", "inherit-network"] });
    }
    Ok(runners)
}

impl Runner {
    fn command(&self, guest: &Path, arguments: [&str; 3]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.options).args((self.side != Side::Native).then_some(guest)).args(arguments);
        command
    }

    /// An echo server, connected to.
    fn echo(&self, guest: &Path, kind: &str) -> Result<(Running, TcpStream), AnyError> {
        let address = crate::serve::free_address()?;
        let kind = if self.side == Side::Native { "echo" } else { kind };
        let mut command = self.command(guest, [kind, &address.to_string(), "1"]);
        command.stdout(Stdio::null());
        let mut running = Running::start(command)?;
        let stream = connect(&mut running, address)?;
        Ok((running, stream))
    }
}

fn connect(server: &mut Running, address: SocketAddr) -> Result<TcpStream, AnyError> {
    loop {
        if let Ok(stream) = TcpStream::connect(address) {
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            return Ok(stream);
        }
        if server.has_ended()? {
            return Err(server.error("ended before it listened").into());
        }
        if server.begun.elapsed() > LIMIT {
            return Err(server.error("did not listen").into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Seconds of a round trip.
fn round_trip(mut stream: TcpStream) -> std::io::Result<f64> {
    let mut message = [0x5a; MESSAGE];
    let mut exchange = || {
        stream.write_all(&message)?;
        stream.read_exact(&mut message)
    };
    for _ in 0..ROUND_TRIPS / 10 {
        exchange()?;
    }
    let begun = Instant::now();
    for _ in 0..ROUND_TRIPS {
        exchange()?;
    }
    Ok(begun.elapsed().as_secs_f64() / f64::from(ROUND_TRIPS))
}

/// Bytes a second, there and back.
fn throughput(mut stream: TcpStream) -> std::io::Result<f64> {
    let mut writer = stream.try_clone()?;
    let begun = Instant::now();
    let writing = std::thread::spawn(move || {
        let piece = vec![0x5a; PIECE];
        (0..THROUGHPUT / PIECE).try_for_each(|_| writer.write_all(&piece))
    });
    let (mut left, mut buffer) = (THROUGHPUT, vec![0; PIECE]);
    while left > 0 {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        left -= count.min(left);
    }
    let seconds = begun.elapsed().as_secs_f64();
    writing.join().map_err(|_| std::io::Error::other("the writer panicked"))??;
    Ok(THROUGHPUT as f64 / seconds)
}

type Work = fn(TcpStream) -> std::io::Result<f64>;

fn echo(options: &Options, guest: &Path, runners: &[Runner], figures: &mut Figures) -> Result<(), AnyError> {
    let works: [(&str, &str, Unit, Work); 3] = [
        ("64 bytes there and back, server of many", "echo", Unit::Seconds, round_trip),
        ("64 bytes there and back, server of one", "pump", Unit::Seconds, round_trip),
        ("256 MiB in pieces of 64 KiB", "pump", Unit::BytesPerSecond, throughput),
    ];
    let mut tables = Vec::new();
    for unit in [Unit::Seconds, Unit::BytesPerSecond] {
        let mut table = Table::new("TCP echo", unit);
        for (name, kind, _, work) in works.iter().filter(|work| work.2 == unit) {
            let mut samples = Samples::default();
            for round in 0..=options.rounds {
                for runner in runners {
                    let (mut server, stream) = runner.echo(guest, kind)?;
                    let value = work(stream).map_err(|error| server.error(&error.to_string()))?;
                    server.finish(PATIENCE)?;
                    // The first fills the compile caches.
                    if round > 0 {
                        samples.push(runner.side, value);
                    }
                }
            }
            table.put(name, &samples, figures);
        }
        tables.push(table);
    }
    tables.iter().for_each(Table::print);
    Ok(())
}

fn poll(options: &Options, guest: &Path, runners: &[Runner], figures: &mut Figures) -> Result<(), AnyError> {
    let mut table = Table::new("poll, 1,000 pollables", Unit::Seconds);
    let command = Runtime::new()?.load_component(&std::fs::read(guest)?)?.command()?;
    let (mut samples, mut blocking, mut parking) = (Samples::default(), Samples::default(), Samples::default());
    for round in 0..=options.rounds {
        for runner in runners {
            let said = children::output(runner.command(guest, ["poll", POLLABLES, POLLS]), LIMIT)?;
            if round > 0 {
                let value = measure::nanoseconds(&said)?;
                samples.push(runner.side, value);
                if runner.side == Side::Native {
                    blocking.push(Side::Native, value);
                    parking.push(Side::Native, value);
                }
            }
        }
        for (may_block, samples) in [(true, &mut blocking), (false, &mut parking)] {
            let value = in_library(&command, may_block)?;
            if round > 0 {
                samples.push(Side::Tambo, value);
            }
        }
    }
    table.put("a process", &samples, figures);
    table.put("in the library, blocking host", &blocking, figures);
    table.put("in the library, asynchronous host", &parking, figures);
    table.print();
    Ok(())
}

/// Seconds of a poll in this process.
fn in_library(command: &tambo::component::Command, may_block: bool) -> Result<f64, AnyError> {
    let mut grant = Grant::new();
    grant.args(["network", "poll", POLLABLES, POLLS]).inherit_network().may_block_thread(may_block);
    let said = grant.capture_stdout(4096);
    let outcome = if may_block { command.run(grant)? } else { block_on(command.run_async(grant))? };
    if !outcome.success() {
        return Err(format!("the guest ended with {outcome:?}").into());
    }
    Ok(measure::nanoseconds(&String::from_utf8_lossy(&said.contents()))?)
}
