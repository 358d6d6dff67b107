//! The options of `tambo serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::{Authority, CacheOptions, EngineOptions};
use crate::parse;

#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The component, .wasm or .wat; or a file that says which components answer for which hosts and paths, .toml.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) component: PathBuf,

    /// Listen on this address; may be given several times [default: 127.0.0.1:8080, or sockets that were passed].
    #[arg(long = "addr", value_name = "IP:PORT", value_parser = parse::address)]
    pub(crate) addresses: Vec<SocketAddr>,

    /// Workers that serve, each a process [default: one for each core].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) workers: Option<u16>,

    /// Have workers be threads of one process, which costs speed.
    #[arg(long)]
    pub(crate) threads: bool,

    /// Have each instance answer this many requests, one after the other. What a guest keeps in its memory is then seen
    /// by later requests.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) reuse: u32,

    /// Serve TLS with this certificate chain (PEM). It is read again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = ValueHint::FilePath)]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The certificate's private key (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,

    /// Answer /metrics and /health on this address.
    #[arg(long, value_name = "IP:PORT", value_parser = parse::address)]
    pub(crate) admin: Option<SocketAddr>,

    /// Write a line for each request, to standard error or to the end of a file, which SIGHUP opens again.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, value_hint = ValueHint::FilePath)]
    pub(crate) access_log: Option<Option<PathBuf>>,

    /// Do not look whether files change; SIGHUP still loads them again.
    #[arg(long)]
    pub(crate) no_watch: bool,

    #[command(flatten)]
    pub(crate) authority: Authority,

    #[command(flatten)]
    pub(crate) limits: ServeLimits,

    #[command(flatten)]
    pub(crate) cache: CacheOptions,

    #[command(flatten)]
    pub(crate) engine: EngineOptions,
}

/// Bounds; see `tambo_serve::Limits`.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub(crate) struct ServeLimits {
    /// Connections at once; others wait. Workers that are processes get equal shares.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_connections: u32,

    /// Requests that guests answer at once; others are refused with 503. Workers that are processes get equal shares
    /// [default: 128 for each worker].
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) max_concurrency: Option<u32>,

    /// The head of a request; 8K at least.
    #[arg(long, value_name = "BYTES", default_value = "64K", value_parser = parse::head_size)]
    pub(crate) max_header: u64,

    /// The body of a request [default: no limit].
    #[arg(long, value_name = "BYTES", value_parser = parse::size)]
    pub(crate) max_body: Option<u64>,

    /// The memory of one guest, from 64K to 4G.
    #[arg(long, value_name = "BYTES", default_value = "512M", value_parser = parse::memory_size)]
    pub(crate) max_memory: u64,

    /// How long a request may compute.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse::duration)]
    pub(crate) max_cpu: Duration,

    /// How long a client may take to send the head of a request.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse::duration)]
    pub(crate) head_timeout: Duration,

    /// How long a guest may take until its response begins.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse::duration)]
    pub(crate) first_byte_timeout: Duration,

    /// How long a connection may rest, and a client's end of a body may stand still.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse::duration)]
    pub(crate) idle_timeout: Duration,

    /// How long requests may go on after SIGINT or SIGTERM.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse::duration)]
    pub(crate) grace: Duration,
}
