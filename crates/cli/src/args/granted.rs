//! The options that `run` and `serve` share: what a program is granted, and where what was compiled is kept.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use tambo::kernel::http::HttpRule;
use tambo::kernel::net::Rule;

use crate::parse::{self, DirectoryGrant, Variable};

/// What a program may see and reach outside of itself.
#[derive(Args, Clone, Debug)]
pub(crate) struct Authority {
    /// Grant a directory, under the same name or GUEST; `:ro` for reading only.
    #[arg(long = "dir", value_name = "HOST[::GUEST][:ro]", value_parser = parse::directory, value_hint = ValueHint::DirPath)]
    pub(crate) directories: Vec<DirectoryGrant>,

    /// Set an environment variable, or pass on the one of this process.
    #[arg(long = "env", value_name = "NAME[=VALUE]", value_parser = parse::variable)]
    pub(crate) environment: Vec<Variable>,

    /// Set environment variables from a file of NAME=VALUE lines.
    #[arg(long = "env-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) env_files: Vec<PathBuf>,

    /// Let the program use the network: `[tcp|udp|*:][connect|listen|*:]HOST:PORTS`, where HOST is a name, `*.NAME`, an
    /// address, a block or `*`, and PORTS is a port, a range or `*`; or `dns:NAME`, to look names up. Loopback, private,
    /// link-local and metadata addresses have to be named. What it allows to connect to by TCP, it allows to send HTTP
    /// requests to.
    #[arg(long = "allow-net", value_name = "RULE", value_hint = ValueHint::Other)]
    pub(crate) allow_net: Vec<Rule>,

    /// Let the program use all of the network, as this process may, for HTTP requests too.
    #[arg(long, conflicts_with = "allow_net")]
    pub(crate) inherit_network: bool,

    #[command(flatten)]
    pub(crate) http: HttpOptions,
}

/// What a program may ask of other servers.
#[derive(Args, Clone, Debug)]
pub(crate) struct HttpOptions {
    /// Allow HTTP requests, and nothing to sockets: `[METHOD ][SCHEME://]HOST[:PORTS]`, as in `https://api.example.com` or `GET http://*.internal:8080`.
    #[arg(long = "allow-http", value_name = "RULE", value_parser = parse::http_rule)]
    pub(crate) rules: Vec<HttpRule>,

    /// Trust the certificates in a PEM file too, for HTTP requests.
    #[arg(long = "http-ca", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) authorities: Vec<PathBuf>,

    /// Show a certificate to servers that ask for one: a PEM file that has its private key too.
    #[arg(long = "http-cert", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) certificate: Option<PathBuf>,
}

/// Where what was compiled is kept.
#[derive(Args, Debug)]
pub(crate) struct CacheOptions {
    /// Neither read nor write the compile cache.
    #[arg(long)]
    pub(crate) no_cache: bool,

    /// Where what was compiled is kept [default: $TAMBO_CACHE_DIR, $XDG_CACHE_HOME/tambo or ~/.cache/tambo].
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) cache_dir: Option<PathBuf>,

    /// Bound the compile cache.
    #[arg(long, value_name = "BYTES", default_value = "512M", value_parser = parse::size)]
    pub(crate) cache_size: u64,
}
