//! `tambo serve`: from options to a server, which ends with the signal that ends it.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;

use tambo::os::process::LineWriter;
use tambo::{Error, ErrorKind, Grant, PoolConfig, Runtime};
use tambo_serve::{GuestOptions, Limits, Loader, Options, TlsFiles};

use crate::args::{Serve, ServeLimits};
use crate::report::Failure;
use crate::{grant, settings};

/// Where it listens if nobody says where.
const DEFAULT_ADDRESS: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 8080);
/// The size of a page of linear memory.
const PAGE: u64 = 64 << 10;

pub(crate) fn serve(options: &Serve) -> Result<ExitCode, Failure> {
    // First of all: what this process opens itself must not be taken for what it was passed.
    let passed = tambo::os::activated_sockets()
        .map_err(|error| Error::new(ErrorKind::Setup, format!("socket activation: {error}")))?;
    let mut listen = options.addresses.clone();
    if listen.is_empty() && passed.is_empty() {
        listen.push(SocketAddr::from(DEFAULT_ADDRESS));
    }
    let guests = GuestOptions { grant: make_grant(options)?, reuse: options.reuse };
    let loader = Loader::new(runtime(options)?, options.component.clone(), guests)?;
    let files = options.tls_cert.clone().zip(options.tls_key.clone());
    let server = Options {
        listen,
        passed,
        workers: options.workers,
        limits: limits(&options.limits),
        tls: files.map(|(certificate, key)| TlsFiles { certificate, key }),
        admin: options.admin,
        access_log: access_log(options)?,
        watch: !options.no_watch,
    };
    tambo_serve::serve(server, Box::new(loader))?;
    Ok(ExitCode::SUCCESS)
}

fn runtime(options: &Serve) -> Result<Runtime, Error> {
    let mut config = settings::config(&options.engine, true, false);
    let limits = &options.limits;
    let max_memory = limits.max_memory.next_multiple_of(PAGE).try_into().unwrap_or(usize::MAX);
    // Besides those that run, some wait to be used again.
    let instances = limits.max_concurrency.saturating_mul(if options.reuse > 1 { 2 } else { 1 }).max(1);
    config.engine_config.pool = Some(PoolConfig { instances, max_memory, ..PoolConfig::default() });
    config.cache = settings::cache(&options.cache);
    Runtime::with_config(config)
}

fn limits(options: &ServeLimits) -> Limits {
    Limits {
        connections: options.max_connections,
        guests: options.max_concurrency,
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
        Some(None) => LineWriter::to_stderr(),
        Some(Some(path)) => LineWriter::to_file(path)
            .map_err(|error| Error::new(ErrorKind::File, format!("cannot write {}: {error}", path.display())))?,
    };
    Ok(Some(Arc::new(writer)))
}

type MakeGrant = Arc<dyn Fn() -> Result<Grant, Error> + Send + Sync>;

/// What is granted, as something that each worker calls: a grant belongs to one thread.
fn make_grant(options: &Serve) -> Result<MakeGrant, Error> {
    let (environment, authority) = (grant::environment(&options.authority)?, options.authority.clone());
    let make = move || {
        let mut granted = Grant::new();
        for (name, value) in &environment {
            granted.env(name, value);
        }
        grant::reach(&authority, &mut granted)?;
        Ok(granted)
    };
    Ok(Arc::new(make))
}
