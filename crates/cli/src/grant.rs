//! From options to a grant: what `run` and `serve` give a program to see and reach, in the same words.

use tambo::{Error, ErrorKind, Grant};
use tambo_kernel_http::Driver;

use crate::args::Authority;
use crate::commands::env_file;
use crate::http;
use crate::parse::{DirectoryGrant, Variable};

/// The variables that a program gets: those of files first, so that an option of its own replaces them.
pub(crate) fn environment(options: &Authority) -> Result<Vec<(String, String)>, Error> {
    let mut all = Vec::new();
    for path in &options.env_files {
        all.extend(env_file::read(path)?);
    }
    for variable in &options.environment {
        all.push(value(variable)?);
    }
    Ok(all)
}

fn value(Variable { name, value }: &Variable) -> Result<(String, String), Error> {
    let value = match value {
        Some(value) => value.clone(),
        None => std::env::var(name).map_err(|error| {
            Error::new(ErrorKind::Grant, format!("--env {name}: {error}"))
                .with_hint(format!("give it a value: --env {name}=VALUE"))
        })?,
    };
    Ok((name.clone(), value))
}

/// Directories, the network, and requests: all but the variables. What carries out the requests is for the caller to run.
pub(crate) fn reach(options: &Authority, grant: &mut Grant) -> Result<Option<Driver>, Error> {
    directories(options, grant)?;
    network(options, grant);
    http::grant(options, grant)
}

pub(crate) fn directories(options: &Authority, grant: &mut Grant) -> Result<(), Error> {
    for DirectoryGrant { host, guest, read_only } in &options.directories {
        if *read_only {
            grant.read_only_dir(host, guest)?;
        } else {
            grant.dir(host, guest)?;
        }
    }
    Ok(())
}

pub(crate) fn network(options: &Authority, grant: &mut Grant) {
    if options.inherit_network {
        grant.inherit_network();
    } else if !options.allow_net.is_empty() {
        grant.allow_network(options.allow_net.iter().cloned().collect());
    }
}
