//! Whole processes side by side: native, `tambo run`, and each peer's command that is found.
//!
//! # Safety
//!
//! `wait4` fills a `rusage` of ours for a child of ours.
#![expect(unsafe_code, reason = "a child's processor time and peak memory have no safe interface")]

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Options;
use crate::cases::{CASES, Case, DATA_SIZE, ENTRIES, Sink};
use crate::figures::{Figures, Row, Unit};
use crate::{guests, measure, programs};

/// The guests of all cases whose name contains `filter`, written into `directory`: the work of a process of its own,
/// because a child counts its parent's peak memory at the fork as its own.
pub(crate) fn prepare_guests(directory: &str, filter: &str) -> std::io::Result<()> {
    let site = Site { root: directory.into() };
    let cases: Vec<&Case> = CASES.iter().filter(|case| case.name.contains(filter)).collect();
    site.prepare_guests(&cases)
}

fn prepare_guests_apart(site: &Site, filter: &str) -> std::io::Result<()> {
    let status = Command::new(std::env::current_exe()?).arg("guests").arg(&site.root).arg(filter).status()?;
    if status.success() { Ok(()) } else { Err(std::io::Error::other("the guests could not be written")) }
}

/// One way of doing the work.
struct Runner {
    name: &'static str,
    command: MakeCommand,
}

type MakeCommand = Box<dyn Fn(&Case, &Site) -> Command>;

/// The files that the work is done on.
struct Site {
    root: PathBuf,
}

/// What one run cost.
struct Cost {
    wall: f64,
    cpu: f64,
    peak_memory: f64,
}

pub(crate) fn run(options: &Options) -> std::io::Result<()> {
    let directory = tempfile::tempdir_in(std::env::current_dir()?)?;
    let site = Site { root: directory.path().to_owned() };
    let cases: Vec<&Case> = CASES.iter().filter(|case| case.name.contains(&options.filter)).collect();
    site.prepare_files()?;
    prepare_guests_apart(&site, &options.filter)?;
    if let (Some(module), Some(case)) = (&options.module, cases.iter().find(|case| case.name == "large-module")) {
        std::fs::copy(module, site.guest(case))?;
    }
    let runners = runners()?;
    let names: Vec<&str> = runners.iter().map(|runner| runner.name).collect();
    println!("runners: {}; {} rounds, interleaved", names.join(", "), options.rounds);
    let (mut rows, mut figures) = (Vec::new(), Figures::open(options)?);
    for case in cases {
        let costs = measure_case(case, &site, &runners, options.rounds)?;
        figures.put(figure(case, options, &costs));
        rows.push(row(case, &runners, &costs));
        eprintln!("{}", rows.last().map(|row| row.join("  ")).unwrap_or_default());
    }
    let mut header = vec!["work".to_owned(), "count".to_owned(), "native".to_owned()];
    for runner in &runners[1..] {
        header.extend([
            runner.name.to_owned(),
            "× native".to_owned(),
            "CPU × native".to_owned(),
            "peak MiB".to_owned(),
        ]);
    }
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    measure::table(&header, &rows);
    figures.save()
}

fn figure(case: &Case, options: &Options, costs: &[Vec<Cost>]) -> Row {
    let wall = |index: usize| {
        costs.get(index).map(|costs| measure::median(&costs.iter().map(|cost| cost.wall).collect::<Vec<_>>()))
    };
    let module = options.module.as_deref().and_then(Path::file_name).filter(|_| case.name == "large-module");
    let name = match module {
        Some(module) => format!("start, print, end: {}", module.display()),
        None if case.count > 1 => format!("{} × {}", case.title, measure::thousands(f64::from(case.count))),
        None => case.title.to_owned(),
    };
    Row::new("Whole processes", name, Unit::Seconds, [wall(0), wall(1), wall(2)])
}

fn row(case: &Case, runners: &[Runner], costs: &[Vec<Cost>]) -> Vec<String> {
    let of = |index: usize, part: fn(&Cost) -> f64| costs[index].iter().map(part).collect::<Vec<f64>>();
    let (base_wall, base_cpu) = (of(0, |cost| cost.wall), of(0, |cost| cost.cpu));
    let mut row = vec![case.name.to_owned(), case.count.to_string(), measure::seconds(measure::median(&base_wall))];
    for index in 1..runners.len() {
        let (wall, cpu) = (of(index, |cost| cost.wall), of(index, |cost| cost.cpu));
        row.push(measure::seconds(measure::median(&wall)));
        row.push(format!("{:.2}", measure::ratio(&wall, &base_wall)));
        row.push(format!("{:.2}", measure::ratio(&cpu, &base_cpu)));
        row.push(format!("{:.1}", measure::median(&of(index, |cost| cost.peak_memory)) / 1024.0));
    }
    row
}

impl Site {
    /// Write the guests.
    fn prepare_guests(&self, cases: &[&Case]) -> std::io::Result<()> {
        for case in cases {
            let text = guests::text(case.name, case.count).unwrap_or_else(guests::large);
            let wasm = wat::parse_str(text).map_err(std::io::Error::other)?;
            std::fs::write(self.guest(case), wasm)?;
        }
        Ok(())
    }

    fn prepare_files(&self) -> std::io::Result<()> {
        let files = self.files();
        std::fs::create_dir_all(files.join("many"))?;
        let data = std::fs::File::create(files.join("data.bin"))?;
        let chunk = vec![0x5a; 1 << 20];
        for _ in 0..DATA_SIZE >> 20 {
            std::io::Write::write_all(&mut &data, &chunk)?;
        }
        for number in 0..ENTRIES {
            std::fs::write(files.join(format!("many/entry-{number}")), b"")?;
        }
        Ok(())
    }

    fn guest(&self, case: &Case) -> PathBuf {
        self.root.join(format!("{}.wasm", case.name))
    }

    fn files(&self) -> PathBuf {
        self.root.join("files")
    }

    /// The directory that the case works in.
    fn granted(&self, case: &Case) -> PathBuf {
        if case.name == "readdir-10k" { self.files().join("many") } else { self.files() }
    }
}

fn runners() -> std::io::Result<Vec<Runner>> {
    let (this, tambo) = (std::env::current_exe()?, programs::tambo()?);
    let mut runners = vec![
        Runner {
            name: "native",
            command: Box::new(move |case, site| {
                let mut command = Command::new(&this);
                command.args(["native", case.name]).arg(site.granted(case));
                command
            }),
        },
        Runner { name: "tambo", command: Box::new(move |case, site| with_directory(&tambo, case, site)) },
    ];
    if let Some(wasmtime) = programs::peer("wasmtime") {
        runners.push(Runner {
            name: "wasmtime",
            command: Box::new(move |case, site| with_directory(&wasmtime, case, site)),
        });
    }
    Ok(runners)
}

fn with_directory(program: &Path, case: &Case, site: &Site) -> Command {
    let mut grant = OsString::from(site.granted(case));
    grant.push("::/");
    let mut command = Command::new(program);
    command.arg("run").arg("--dir").arg(grant).arg(site.guest(case));
    command
}

fn measure_case(case: &Case, site: &Site, runners: &[Runner], rounds: usize) -> std::io::Result<Vec<Vec<Cost>>> {
    // Starting is so short that one run of it is mostly noise.
    let rounds = if case.count == 1 { rounds * 10 } else { rounds };
    let mut costs: Vec<Vec<Cost>> = runners.iter().map(|_| Vec::new()).collect();
    for round in 0..=rounds {
        for (runner, costs) in runners.iter().zip(&mut costs) {
            let cost = once(case, (runner.command)(case, site))?;
            // The first round fills compile caches and the page cache.
            if round > 0 {
                costs.push(cost);
            } else if case.count == 1 {
                std::thread::sleep(std::time::Duration::from_millis(200));
                once(case, (runner.command)(case, site))?;
            }
        }
    }
    Ok(costs)
}

fn once(case: &Case, mut command: Command) -> std::io::Result<Cost> {
    command.stdin(Stdio::null());
    command.stdout(if case.sink == Sink::Pipe { Stdio::piped() } else { Stdio::null() });
    let begun = Instant::now();
    let mut child = command.spawn()?;
    if let Some(mut output) = child.stdout.take() {
        let mut buffer = [0; 65_536];
        while output.read(&mut buffer)? > 0 {}
    }
    let mut status = 0;
    // SAFETY: plain data; see the module.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the child is ours and not waited for elsewhere; `status` and `usage` live on this frame.
    let pid = unsafe { libc::wait4(child.id() as libc::pid_t, &mut status, 0, &mut usage) };
    let wall = begun.elapsed().as_secs_f64();
    if pid < 0 || status != 0 {
        return Err(std::io::Error::other(format!("{command:?} ended with status {status:#x}")));
    }
    let time = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    Ok(Cost { wall, cpu: time(usage.ru_utime) + time(usage.ru_stime), peak_memory: usage.ru_maxrss as f64 })
}
