//! The calls of the component model, tambo and wasmtime in one process, in turns: medians of rounds, in nanoseconds for
//! one call, and of the ratios within a round.
//!
//! ```sh
//! cargo run --release --manifest-path benches/components/Cargo.toml -- [ROUNDS [PART OF A ROW'S NAME]]
//! ```
//!
//! Host functions make the list that they return anew (an allocation and a copy of 4 KiB, in both columns), except where
//! it is shared (`Arc<[u8]>`).
//!
//! Bytes of a file are read into the guest's memory on our side, into a list on the other; the aim is the time of a native
//! `pread` over 0.75 for 4 KiB and over 0.85 for 64 KiB.
//!
//! wasmtime has the features that its defaults give to components, the asynchronous ones included. Pooled instances of
//! both sides keep nothing resident, as is the peer's default; a row of its own shows tambo's default, which zeroes
//! 128 KiB of each memory instead of returning them to the system.

mod guests;
mod ours;
mod peer;

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::LazyLock;
use std::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// One row: what a call may cost, and how to take a round on each side; both answer seconds for one call.
struct Row<'a> {
    name: &'static str,
    aim: f64,
    ours: Box<dyn FnMut() -> f64 + 'a>,
    peer: Box<dyn FnMut() -> f64 + 'a>,
}

/// Which rows are measured, and how often.
struct Choice {
    rounds: usize,
    name: String,
}

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let rounds = args.next().map_or(Ok(15), |text| text.parse())?;
    let choice = Choice { rounds, name: args.next().unwrap_or_default() };
    println!("| call | aim | tambo | wasmtime 48 | tambo / wasmtime |\n|---|---|---|---|---|");
    host_calls(&choice)?;
    guest_calls(&choice)?;
    instances(&choice)
}

fn report(choice: &Choice, rows: Vec<Row<'_>>) {
    let rounds = choice.rounds;
    for mut row in rows {
        if !row.name.contains(&choice.name) {
            continue;
        }
        let (mut ours, mut peer, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..=rounds {
            let (a, b) = if round % 2 == 0 {
                let a = (row.ours)();
                (a, (row.peer)())
            } else {
                let b = (row.peer)();
                ((row.ours)(), b)
            };
            // The first round warms up.
            if round > 0 {
                ours.push(a);
                peer.push(b);
                ratios.push(a / b);
            }
        }
        println!(
            "| {} | {} | {} | {} | {:.2} |",
            row.name,
            time(row.aim),
            time(median(&mut ours)),
            time(median(&mut peer)),
            median(&mut ratios),
        );
    }
}

fn time(seconds: f64) -> String {
    let nanos = seconds * 1e9;
    if nanos < 1000.0 { format!("{nanos:.1} ns") } else { format!("{:.2} µs", nanos / 1000.0) }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A file of 64 KiB, in the page cache.
fn file() -> &'static File {
    static FILE: LazyLock<File> = LazyLock::new(|| {
        let path = std::env::temp_dir().join(format!("tambo-component-benches-{}", std::process::id()));
        std::fs::write(&path, vec![7; 64 << 10]).expect("a temporary file can be written");
        let file = File::open(&path).expect("it can be opened");
        std::fs::remove_file(&path).expect("it can be removed");
        file
    });
    &FILE
}

/// Seconds for a native read of the file's first bytes, at best.
fn native_read(length: usize) -> f64 {
    const N: u32 = 20_000;
    let (file, mut buffer) = (file(), vec![0; length]);
    let mut round = || repeated(N, &mut || assert_eq!(file.read_at(&mut buffer, 0).ok(), Some(length)));
    (0..9).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// Seconds for one of `n` rounds of a loop in the guest, without those of a loop that does nothing.
fn in_guest(n: u32, run: &mut dyn FnMut(u32), nothing: f64) -> f64 {
    let begun = Instant::now();
    run(n);
    begun.elapsed().as_secs_f64() / f64::from(n) - nothing
}

fn host_calls(choice: &Choice) -> Result<()> {
    const N: u32 = 200_000;
    let (ours, peer) = (ours::Ours::new(None)?, peer::Peer::new(false)?);
    let text = guests::host_calls();
    for (name, export, aim) in [
        ("guest→host, u32", "num", 8e-9),
        ("guest→host, 16-byte string in", "text", 18e-9),
        ("guest→host, 4 KiB list in", "bytes-in", 12e-9),
        ("guest→host, 4 KiB list out", "bytes-out", 120e-9),
        ("guest→host, 4 KiB list out, shared by the host", "bytes-shared", 120e-9),
        ("guest→host, 4 KiB of a file, filled in place", "file-4k", native_read(4 << 10) / 0.75),
        ("guest→host, 64 KiB of a file, filled in place", "file-64k", native_read(64 << 10) / 0.85),
        ("guest→host, method of a host resource", "method", 12e-9),
    ] {
        let mut a = ours::Running::new(&ours, &text)?;
        let mut b = peer::Running::new(&peer, &text)?;
        a.set_up()?;
        b.set_up()?;
        let base_a = in_guest(N, &mut a.looping("nothing")?, 0.0);
        let base_b = in_guest(N, &mut b.looping("nothing")?, 0.0);
        let (mut run_a, mut run_b) = (a.looping(export)?, b.looping(export)?);
        let row = Row {
            name,
            aim,
            ours: Box::new(move || in_guest(N, &mut run_a, base_a)),
            peer: Box::new(move || in_guest(N, &mut run_b, base_b)),
        };
        report(choice, vec![row]);
    }
    let mut a = ours::Running::new(&ours, &text)?;
    let mut b = peer::Running::new(&peer, &text)?;
    let (mut run_a, mut run_b) = (a.empty()?, b.empty()?);
    report(
        choice,
        vec![Row {
            name: "host→guest, nothing",
            aim: 30e-9,
            ours: Box::new(|| repeated(N, &mut run_a)),
            peer: Box::new(|| repeated(N, &mut run_b)),
        }],
    );
    drop((run_a, run_b));
    let mut a = ours::Running::new(&ours, &text)?;
    let mut b = peer::Running::new(&peer, &text)?;
    let (mut run_a, mut run_b) = (a.echo()?, b.echo()?);
    const TEXT: &str = "sixteen bytes ok";
    report(
        choice,
        vec![Row {
            name: "host→guest, 16-byte string in and out",
            aim: 120e-9,
            ours: Box::new(|| repeated(N, &mut || assert_eq!(run_a(TEXT), 16))),
            peer: Box::new(|| repeated(N, &mut || assert_eq!(run_b(TEXT), 16))),
        }],
    );
    Ok(())
}

fn repeated(n: u32, run: &mut dyn FnMut()) -> f64 {
    let begun = Instant::now();
    for _ in 0..n {
        run();
    }
    begun.elapsed().as_secs_f64() / f64::from(n)
}

fn guest_calls(choice: &Choice) -> Result<()> {
    const N: u32 = 500_000;
    let (ours, peer) = (ours::Ours::new(None)?, peer::Peer::new(false)?);
    let text = guests::guest_calls();
    for (name, export, aim) in [
        ("guest→guest, u32", "num", 3e-9),
        ("guest→guest, 64-byte list", "list-64", 10e-9),
        ("guest→guest, 4 KiB list", "list-4k", 110e-9),
        ("guest→guest, 64-byte string", "text-64", 18e-9),
    ] {
        let mut a = ours::Running::new(&ours, &text)?;
        let mut b = peer::Running::new(&peer, &text)?;
        let base_a = in_guest(N, &mut a.looping("nothing")?, 0.0);
        let base_b = in_guest(N, &mut b.looping("nothing")?, 0.0);
        let (mut run_a, mut run_b) = (a.looping(export)?, b.looping(export)?);
        let row = Row {
            name,
            aim,
            ours: Box::new(move || in_guest(N, &mut run_a, base_a)),
            peer: Box::new(move || in_guest(N, &mut run_b, base_b)),
        };
        report(choice, vec![row]);
    }
    Ok(())
}

fn instances(choice: &Choice) -> Result<()> {
    const N: u32 = 3_000;
    const DEFAULT: Option<usize> = Some(128 << 10);
    for (name, text, resident, aim) in [
        ("instantiate + drop, 33 imports, pooled", guests::hello(), Some(0), 4e-6),
        ("instantiate + drop, 33 imports, pooled, 128 KiB resident", guests::hello(), DEFAULT, 4e-6),
        ("instantiate + drop, two components, pooled", guests::composed(), Some(0), 4.5e-6),
        ("instantiate + drop, two components, pooled, 128 KiB resident", guests::composed(), DEFAULT, 4.5e-6),
        ("instantiate + drop, 33 imports, on demand", guests::hello(), None, 8e-6),
    ] {
        let (ours, peer) = (ours::Ours::new(resident)?, peer::Peer::new(resident.is_some())?);
        let (a, b) = (ours.prepare(&text)?, peer.prepare(&text)?);
        let limits = tambo::component::Limits::default();
        report(
            choice,
            vec![Row {
                name,
                aim,
                ours: Box::new(|| {
                    repeated(N, &mut || drop(a.instantiate(ours::State::default(), &limits).expect("it fits")))
                }),
                peer: Box::new(|| {
                    repeated(N, &mut || {
                        let mut store = peer.store();
                        b.instantiate(&mut store).expect("it fits");
                    })
                }),
            }],
        );
    }
    Ok(())
}
