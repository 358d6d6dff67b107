//! `tambo serve`: from options to a server, which ends with the signal that ends it: in this process, or with workers that
//! are processes of the same command.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use tambo::os::OpenDirectory;
use tambo::os::process::LineWriter;
use tambo::os::replica::{Channel, Replica};
use tambo::{Error, ErrorKind, Grant, PoolConfig, Runtime};
use tambo_serve::{GuestOptions, Limits, Loader, Membership, Options, Part, TlsFiles};

use crate::args::Serve;
use crate::commands::component;
use crate::report::Failure;
use crate::{grant, settings};

/// Where it listens if nobody says where.
const DEFAULT_ADDRESS: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 8080);
/// Guests at once for each worker, if nobody says how many. Each costs some 2 µs when a worker starts, and memory only when
/// it runs.
const EACH: u32 = 128;
/// The part of all descriptors that one guest may hold as files, and again as sockets: one in so many.
const SHARES: u32 = 8;
/// The size of a page of linear memory.
const PAGE: u64 = 64 << 10;

/// Set for a worker that was started again, to its number: its standard input is the channel to its supervisor then.
const WORKER: &str = "TAMBO_WORKER";

pub(crate) fn serve(options: &Serve) -> Result<ExitCode, Failure> {
    tambo::os::keep_freed_memory();
    let descriptors = tambo::os::keep_descriptors_from_guests();
    if let Some(mut membership) = membership()? {
        let directories = membership.directories();
        return work(options, membership, (directories, descriptors));
    }
    // First of all: what this process opens itself must not be taken for what it was passed.
    let passed = tambo::os::activated_sockets()
        .map_err(|error| Error::new(ErrorKind::Setup, format!("socket activation: {error}")))?;
    let mut listen = options.addresses.clone();
    if listen.is_empty() && passed.is_empty() {
        listen.push(SocketAddr::from(DEFAULT_ADDRESS));
    }
    let directories = grant::directories(&options.authority)?;
    // Opened before anything is served, also if it is the workers that write to it: a mistake is told now.
    let access_log = access_log(options)?;
    let workers = tambo_serve::workers(options.workers.map(usize::from));
    let is_one_process = options.threads || workers == 1;
    let concurrency = concurrency(options, workers);
    let server = Options {
        listen,
        passed,
        workers,
        limits: limits(options, concurrency, |all| all),
        tls: tls(options),
        admin: options.admin,
        access_log: access_log.filter(|_| is_one_process),
        watch: !options.no_watch,
        directories: directories.clone(),
    };
    if is_one_process {
        let loader = loader(options, (directories, descriptors), concurrency)?;
        tambo_serve::serve(server, Box::new(loader))?;
        return Ok(ExitCode::SUCCESS);
    }
    let start = |number: u32| Replica::start(WORKER, &number.to_string());
    match tambo_serve::split(&server)? {
        Part::Supervisor(split) => Ok(ExitCode::from(tambo_serve::supervise(server, split, Box::new(start))?)),
        Part::Worker(membership) => work(options, membership, (directories, descriptors)),
    }
}

/// What is granted, as it was opened, and how many descriptors there are in all.
type Opened = (Vec<OpenDirectory>, u32);

/// What the supervisor says to this process, if it is a worker.
fn membership() -> Result<Option<Membership>, Error> {
    if std::env::var_os(WORKER).is_none() {
        return Ok(None);
    }
    let channel = Channel::of_replica(c"tambo").map_err(|error| {
        Error::new(ErrorKind::Setup, format!("this process is no worker: {error}"))
            .with_hint(format!("{WORKER} is set by `tambo serve` alone: unset it"))
    })?;
    Membership::join(channel).map(Some)
}

/// Be one worker of several.
fn work(options: &Serve, membership: Membership, opened: Opened) -> Result<ExitCode, Failure> {
    if !membership.begins()? {
        return Ok(ExitCode::SUCCESS);
    }
    let concurrency = membership.share(concurrency(options, membership.count()));
    let server = Options {
        listen: Vec::new(),
        passed: Vec::new(),
        workers: 1,
        limits: limits(options, concurrency, |all| membership.share(all)),
        tls: tls(options),
        admin: None,
        access_log: access_log(options)?,
        watch: !options.no_watch && membership.leads(),
        directories: Vec::new(),
    };
    let loader = loader(options, opened, concurrency)?;
    tambo_serve::serve_as_member(server, membership, Box::new(loader))?;
    Ok(ExitCode::SUCCESS)
}

/// How many guests all workers have at once.
fn concurrency(options: &Serve, workers: usize) -> u32 {
    let default = EACH.saturating_mul(workers.try_into().unwrap_or(u32::MAX));
    options.limits.max_concurrency.unwrap_or(default)
}

/// What loads the component, for so many guests at once in this process.
fn loader(options: &Serve, opened: Opened, concurrency: u32) -> Result<Loader, Error> {
    let guests =
        GuestOptions { grant: make_grant(options, opened)?, reuse: options.reuse, load: Arc::new(component::load) };
    Loader::new(runtime(options, concurrency)?, options.component.clone(), guests)
}

fn tls(options: &Serve) -> Option<TlsFiles> {
    let files = options.tls_cert.clone().zip(options.tls_key.clone());
    files.map(|(certificate, key)| TlsFiles { certificate, key })
}

fn runtime(options: &Serve, concurrency: u32) -> Result<Runtime, Error> {
    let mut config = settings::config(&options.engine, true, false);
    let max_memory = options.limits.max_memory.next_multiple_of(PAGE).try_into().unwrap_or(usize::MAX);
    // Besides those that run, some wait to be used again.
    let instances = concurrency.saturating_mul(if options.reuse > 1 { 2 } else { 1 }).max(1);
    config.engine_config.pool = Some(PoolConfig { instances, max_memory, ..PoolConfig::default() });
    config.cache = settings::cache(&options.cache);
    Runtime::with_config(config).map_err(|error| match error.hint() {
        Some(_) => error,
        None => Error::new(ErrorKind::Setup, format!("this process has no room for {instances} guests: {error}"))
            .with_hint("address space is set aside for each: a lower --max-concurrency, or --reuse 1, needs less"),
    })
}

/// Bounds; `share` says how much of what is for the whole server is for this process.
fn limits(options: &Serve, guests: u32, share: impl Fn(u32) -> u32) -> Limits {
    let options = &options.limits;
    Limits {
        connections: share(options.max_connections),
        guests,
        head_bytes: options.max_header.try_into().unwrap_or(usize::MAX),
        body_bytes: options.max_body,
        head_time: options.head_timeout,
        first_byte: options.first_byte_timeout,
        idle: options.idle_timeout,
        memory: options.max_memory,
        compute: options.max_cpu,
        grace: options.grace,
        ..Limits::default()
    }
}

fn access_log(options: &Serve) -> Result<Option<Arc<LineWriter>>, Error> {
    let writer = match &options.access_log {
        None => return Ok(None),
        Some(None) => LineWriter::to_stderr_of_server(),
        Some(Some(path)) => LineWriter::to_end_of_file(path)
            .map_err(|error| Error::new(ErrorKind::File, format!("cannot write {}: {error}", path.display())))?,
    };
    Ok(Some(Arc::new(writer)))
}

type MakeGrant = Arc<dyn Fn() -> Result<Grant, Error> + Send + Sync>;

/// What is granted, as something that each worker calls, again whenever it loads: a grant belongs to one thread.
fn make_grant(options: &Serve, (directories, descriptors): Opened) -> Result<MakeGrant, Error> {
    let (environment, authority) = (grant::environment(&options.authority)?, options.authority.clone());
    let make = move || {
        let mut granted = Grant::new();
        for (name, value) in &environment {
            granted.env(name, value);
        }
        if let Some(driver) = grant::reach(&authority, &directories, &mut granted)? {
            driver.spawn();
        }
        let budget = &mut granted.kernel_mut().budget;
        let most = descriptors / SHARES;
        (budget.descriptors, budget.sockets) = (budget.descriptors.min(most), budget.sockets.min(most));
        Ok(granted)
    };
    Ok(Arc::new(make))
}
