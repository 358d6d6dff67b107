//! Serving HTTP: bare hyper, `tambo serve` and `wasmtime serve` side by side, and requests that a guest sends.
//!
//! Servers run in processes of their own, all of them at once, and one after the other is under load. The guests are
//! `greeting` (C, whose memory never grows) and `streaming` (Rust, with the crate `wasip2`) of `guests/components`.

mod outbound;
mod servers;

pub(crate) use servers::free_address;

use std::path::Path;
use std::time::Duration;

use servers::{Kind, Server};

use crate::Options;
use crate::figures::{Figures, Unit};
use crate::library::AnyError;
use crate::load::{self, Pool, Request};
use crate::sides::{Samples, Side, Table};

/// The parts, one of which a filter names.
const PARTS: [(&str, Part); 4] =
    [("requests", requests), ("start", starts), ("bodies", bodies), ("outbound", outbound::run)];

type Part = fn(&Options, &mut Figures) -> Result<(), AnyError>;

/// The greeters, by language.
const GREETERS: [(&str, &str); 2] = [("C", "greeting"), ("Rust", "streaming")];

const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// Of these, the one that the figures show.
const SHOWN: usize = 16;

const BODY: usize = 1 << 20;
/// Connections for bodies.
const STREAMS: usize = 4;

pub(crate) fn run(options: &Options) -> Result<(), AnyError> {
    let parts: Vec<_> = PARTS.iter().filter(|(name, _)| name.contains(&options.filter)).collect();
    if parts.is_empty() {
        return Err(format!("no part is called {}: {}", options.filter, PARTS.map(|(name, _)| name).join(", ")).into());
    }
    let mut figures = Figures::open(options)?;
    for (_, part) in parts {
        part(options, &mut figures)?;
        figures.save()?;
    }
    Ok(())
}

/// What a server did in a round.
struct Sample {
    responses: f64,
    bytes: f64,
    /// Processor seconds of the server for each response.
    processor: f64,
}

/// Rounds of load, in each of which one server comes after the other.
fn rounds(
    options: &Options,
    servers: &[Server],
    connections: usize,
    request: &Request,
) -> Result<Vec<Vec<Sample>>, AnyError> {
    let open = |server: &Server| {
        Pool::open(server.address, connections, request).map_err(|error| server.running.error(&error.to_string()))
    };
    let mut pools = servers.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let mut samples: Vec<Vec<Sample>> = servers.iter().map(|_| Vec::new()).collect();
    for round in 0..=options.rounds {
        for ((server, pool), samples) in servers.iter().zip(&mut pools).zip(&mut samples) {
            // The first round warms up.
            let duration = if round == 0 { options.load / 4 } else { options.load };
            let before = server.running.processor_seconds()?;
            let tally = pool.run(request, duration).map_err(|error| server.running.error(&error.to_string()))?;
            let processor = server.running.processor_seconds()? - before;
            let responses = tally.responses as f64;
            if round > 0 {
                samples.push(Sample {
                    responses: responses / tally.seconds,
                    bytes: tally.bytes as f64 / tally.seconds,
                    processor: processor / responses,
                });
            }
        }
    }
    Ok(samples)
}

/// Of those servers that use instances again, or of those that do not; of hyper in any case.
fn samples(kinds: &[Kind], all: &[Vec<Sample>], is_reused: bool, of: impl Fn(&Sample) -> f64) -> Samples {
    let mut samples = Samples::default();
    for (kind, all) in kinds.iter().zip(all) {
        if kind.side == Side::Native || kind.is_reused == is_reused {
            all.iter().for_each(|sample| samples.push(kind.side, of(sample)));
        }
    }
    samples
}

fn start_all(kinds: &[Kind], guest: &Path) -> Result<Vec<Server>, AnyError> {
    Ok(kinds.iter().map(|kind| kind.start(guest)).collect::<Result<_, _>>()?)
}

/// Instances, as they are called in a row.
const INSTANCES: [(&str, bool); 2] = [("an instance a request", false), ("instances used again", true)];

/// Requests a second and the server's processor time for each.
fn requests(options: &Options, figures: &mut Figures) -> Result<(), AnyError> {
    let kinds = servers::kinds()?;
    let request = load::get("/hello");
    for connections in CONNECTIONS {
        let on = if connections == 1 { "1 connection".to_owned() } else { format!("{connections} connections") };
        let rate_title = format!("HTTP requests a second, {on}");
        let cost_title = format!("Processor time of an HTTP request, {on}");
        let mut rates = Table::new(&rate_title, Unit::PerSecond);
        let mut costs = Table::new(&cost_title, Unit::Seconds);
        let mut unshown = Figures::nowhere();
        for (language, guest) in GREETERS {
            let servers = start_all(&kinds, &tambo_guests::component(guest))?;
            let all = rounds(options, &servers, connections, &request)?;
            let figures = if connections == SHOWN { &mut *figures } else { &mut unshown };
            for (instances, is_reused) in INSTANCES {
                let name = format!("{language}, {instances}");
                rates.put(&name, &samples(&kinds, &all, is_reused, |sample| sample.responses), figures);
                costs.put(&name, &samples(&kinds, &all, is_reused, |sample| sample.processor), figures);
            }
        }
        rates.print();
        costs.print();
    }
    Ok(())
}

/// From the start of a server to its first response.
fn starts(options: &Options, figures: &mut Figures) -> Result<(), AnyError> {
    let kinds: Vec<Kind> = servers::kinds()?.into_iter().filter(|kind| !kind.is_reused).collect();
    let mut table = Table::new("HTTP: start to first response, warm cache", Unit::Seconds);
    for (language, guest) in GREETERS {
        let guest = tambo_guests::component(guest);
        let mut samples = Samples::default();
        // Starting is so short that one run of it is mostly noise.
        for round in 0..=options.rounds * 5 / 3 {
            for kind in &kinds {
                let server = kind.start(&guest)?;
                if round > 0 {
                    samples.push(kind.side, server.first_response);
                } else {
                    // What was compiled is written beside the work.
                    std::thread::sleep(Duration::from_millis(500));
                }
            }
        }
        table.put(language, &samples, figures);
    }
    table.print();
    Ok(())
}

/// Bodies that are echoed by the guest, passed on by the host for it, and made by it.
fn bodies(options: &Options, figures: &mut Figures) -> Result<(), AnyError> {
    let kinds = servers::kinds()?;
    let servers = start_all(&kinds, &tambo_guests::component("streaming"))?;
    let title = format!("HTTP bodies of 1 MiB, {STREAMS} connections");
    let mut table = Table::new(&title, Unit::BytesPerSecond);
    let works = [
        ("echo: read and write", load::post("/echo", BODY)),
        ("echo: splice", load::post("/splice", BODY)),
        ("made in pieces of 64 KiB", load::get(&format!("/bytes?{BODY}"))),
    ];
    for (work, request) in works {
        let all = rounds(options, &servers, STREAMS, &request)?;
        for (instances, is_reused) in INSTANCES {
            let name = format!("{work}, {instances}");
            table.put(&name, &samples(&kinds, &all, is_reused, |sample| sample.bytes), figures);
        }
    }
    table.print();
    Ok(())
}
