//! The servers that are compared, each in a process of its own: bare hyper, `tambo serve` and `wasmtime serve`, with an
//! instance for each request and with instances that are used again.

use std::ffi::OsStr;
use std::io::{Read as _, Result, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::children::Running;
use crate::programs;
use crate::reply::Reply;
use crate::sides::Side;

/// How long a server may take to its first response: it may have to compile.
const START_LIMIT: Duration = Duration::from_secs(120);
const BETWEEN_TRIES: Duration = Duration::from_micros(50);

/// Requests that an instance answers, where it is used again: more than a run has.
const REUSE: &str = "100000";

/// A way of serving.
pub(crate) struct Kind {
    pub(crate) side: Side,
    pub(crate) is_reused: bool,
    command: MakeCommand,
}

type MakeCommand = Box<dyn Fn(&Path, SocketAddr) -> Command>;

/// A server that answers.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) running: Running,
    /// Seconds from its start to the end of its first response.
    pub(crate) first_response: f64,
}

/// All ways, bare hyper first.
pub(crate) fn kinds() -> Result<Vec<Kind>> {
    let tambo = programs::tambo()?;
    let mut kinds = vec![hyper()?];
    for is_reused in [false, true] {
        let tambo = tambo.clone();
        let command: MakeCommand = Box::new(move |guest, address| {
            let reuse: &[&str] = if is_reused { &["--reuse", REUSE] } else { &[] };
            command(&tambo, &["serve", "--addr", &address.to_string()], reuse, Some(guest))
        });
        kinds.push(Kind { side: Side::Tambo, is_reused, command });
    }
    let Some(wasmtime) = programs::peer("wasmtime") else { return Ok(kinds) };
    for is_reused in [false, true] {
        let wasmtime = wasmtime.clone();
        let command: MakeCommand = Box::new(move |guest, address| {
            let reuse: &[&str] = if is_reused { &["--max-instance-reuse-count", REUSE] } else { &[] };
            command(&wasmtime, &["serve", "-S", "cli", "--addr", &address.to_string()], reuse, Some(guest))
        });
        kinds.push(Kind { side: Side::Wasmtime, is_reused, command });
    }
    Ok(kinds)
}

/// As many threads as `tambo serve` has.
pub(crate) fn hyper() -> Result<Kind> {
    let this = std::env::current_exe()?;
    let workers = std::thread::available_parallelism()?.to_string();
    let command: MakeCommand = Box::new(move |_, address| {
        command(&this, &["native", "hyper", &address.to_string(), &workers], &[], None::<&Path>)
    });
    Ok(Kind { side: Side::Native, is_reused: false, command })
}

fn command(program: &Path, first: &[&str], then: &[&str], last: Option<impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(program);
    command.args(first).args(then).args(last).stdout(Stdio::null());
    command
}

/// An address that nobody listens on right now.
pub(crate) fn free_address() -> Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

impl Kind {
    /// Start the server, and wait for its first response.
    pub(crate) fn start(&self, guest: &Path) -> Result<Server> {
        let address = free_address()?;
        let mut running = Running::start((self.command)(guest, address))?;
        let mut tries = 0_u32;
        loop {
            if let Ok(()) = greet(address) {
                let first_response = running.begun.elapsed().as_secs_f64();
                return Ok(Server { address, running, first_response });
            }
            tries += 1;
            // Seldom, because it costs more than a try.
            if tries.is_multiple_of(100) {
                if running.has_ended()? {
                    return Err(running.error("ended before it answered"));
                }
                if running.begun.elapsed() > START_LIMIT {
                    return Err(running.error("did not answer"));
                }
            }
            std::thread::sleep(BETWEEN_TRIES);
        }
    }
}

/// One request on a connection of its own.
fn greet(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(START_LIMIT))?;
    stream.write_all(b"GET /hello HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    let (mut reply, mut buffer) = (Reply::default(), [0; 4096]);
    loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if reply.take(&buffer[..count])? {
            return Ok(());
        }
    }
}
