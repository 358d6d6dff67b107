//! One case of a handler: a server is started, sent one request, and stopped.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::wire::Message;

/// Many times what any case takes, on a busy machine as well.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a server may take to stop before it is killed: how it stops is not what the cases are about.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the client got, and what the server wrote.
pub(crate) struct Served {
    /// The response; none if the connection ended before its head was there.
    pub(crate) response: Option<Message>,
    /// Whether the response ended as it should.
    pub(crate) is_whole: bool,
    pub(crate) stderr: String,
}

impl Served {
    /// Whether the server could not answer as the guest meant it.
    pub(crate) fn is_broken(&self) -> bool {
        !self.is_whole || self.response.as_ref().and_then(status).is_none_or(|status| status >= 500)
    }
}

/// Start a server, send the request, and read the response.
pub(crate) fn run(command: &mut Command, request: &str) -> std::io::Result<Served> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let lines = lines(child.stderr.take());
    let mut stderr = String::new();
    let served = match address(&lines, &mut stderr) {
        Some(address) => ask(address, request),
        None => Ok(Served { response: None, is_whole: false, stderr: String::new() }),
    };
    stop(&mut child)?;
    lines.iter().for_each(|line| stderr.push_str(&line));
    Ok(Served { stderr, ..served? })
}

/// Standard error, line by line, until its end.
fn lines(from: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(from) = from {
        thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut line = Vec::new();
            while from.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
                let text = String::from_utf8_lossy(&line).into_owned();
                line.clear();
                if sender.send(text).is_err() {
                    return;
                }
            }
        });
    }
    receiver
}

/// The address of the first line that names one, as `http://IP:PORT`.
fn address(lines: &Receiver<String>, stderr: &mut String) -> Option<SocketAddr> {
    let end = Instant::now() + PATIENCE;
    loop {
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                stderr.push_str(&line);
                let address = line.split("http://").nth(1).map(|rest| rest.trim_end().trim_end_matches('/'));
                if let Some(address) = address.and_then(|address| address.parse().ok()) {
                    return Some(address);
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
        }
    }
}

fn ask(address: SocketAddr, request: &str) -> std::io::Result<Served> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // A server that answers early need not read all of it.
    let _ = (&stream).write_all(request.as_bytes());
    let mut from = BufReader::new(&stream);
    let mut served = Served { response: None, is_whole: false, stderr: String::new() };
    while let Ok(Some(mut response)) = Message::head(&mut from) {
        let status = status(&response).unwrap_or_default();
        if (100..200).contains(&status) {
            continue;
        }
        let has_content = !request.starts_with("HEAD ") && status != 204 && status != 304;
        served.is_whole = !has_content
            || match response.content(&mut from) {
                Ok(true) => true,
                Ok(false) => response.rest(&mut from).is_ok(),
                Err(_) => false,
            };
        served.response = Some(response);
        break;
    }
    Ok(served)
}

/// The status of a response.
pub(crate) fn status(response: &Message) -> Option<u16> {
    response.line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

fn stop(child: &mut Child) -> std::io::Result<()> {
    // One that has ended already is no error.
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let _ = pid.map(|pid| kill_process(pid, Signal::INT));
    let begin = Instant::now();
    while begin.elapsed() < FAREWELL {
        if child.try_wait()?.is_some() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait().map(drop)
}
