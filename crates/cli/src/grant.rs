//! From options to a grant: what `run` and `serve` give a program to see and reach, in the same words.

use tambo::os::OpenDirectory;
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

/// Open what is granted, in order. It is what the paths mean now: a guest may change what they mean later.
pub(crate) fn directories(options: &Authority) -> Result<Vec<OpenDirectory>, Error> {
    let open = |granted: &DirectoryGrant| {
        OpenDirectory::open(&granted.host)
            .map_err(|error| refused(format!("cannot open directory {}: {error}", granted.host.display())))
    };
    options.directories.iter().map(open).collect()
}

fn refused(message: String) -> Error {
    Error::new(ErrorKind::Grant, message)
}

/// Directories, which were opened, the network, and requests: all but the variables. What carries out the requests is for
/// the caller to run.
pub(crate) fn reach(options: &Authority, opened: &[OpenDirectory], grant: &mut Grant) -> Result<Option<Driver>, Error> {
    places(options, opened, grant)?;
    http::grant(options, grant)
}

/// Directories, which were opened, and the network.
pub(crate) fn places(options: &Authority, opened: &[OpenDirectory], grant: &mut Grant) -> Result<(), Error> {
    for (DirectoryGrant { host, guest, read_only }, opened) in options.directories.iter().zip(opened) {
        let directory = opened
            .directory()
            .map_err(|error| refused(format!("cannot grant directory {}: {error}", host.display())))?;
        if *read_only {
            grant.kernel_mut().preopen_read_only(guest, directory);
        } else {
            grant.kernel_mut().preopen(guest, directory);
        }
    }
    if options.inherit_network {
        grant.inherit_network();
    } else if !options.allow_net.is_empty() {
        grant.allow_network(options.allow_net.iter().cloned().collect());
    }
    Ok(())
}
