//! Listening sockets that a service manager passes at start, as `sd_listen_fds(3)` describes.
//!
//! `LISTEN_PID` names the process they are meant for, `LISTEN_FDS` says how many descriptors there are, from 3 on, and
//! `LISTEN_FDNAMES` names them, separated by colons.
//!
//! # Safety
//!
//! The descriptors are ours alone, because the service manager says so and [`activated_listeners`] hands them out once
//! in the life of the process. The variables may lie, though: every number is looked at, and nothing is owned before
//! all of them are found to be listening sockets. Whoever opens listening sockets itself calls it before.
#![expect(unsafe_code, reason = "inherited descriptors are owned by their numbers; see Safety")]

use std::fmt;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use tambo_kernel::net::Listener;

use crate::socket::{check_listener, listener_from_fd, prepare_listener};

/// The number of the first descriptor that is passed.
const FIRST: RawFd = 3;

/// More descriptors than any service is passed; a number beyond it is a mistake.
const MOST: RawFd = 4096;

/// A listening socket that was passed at start.
pub struct Activated {
    /// Its name, if the service manager gives names.
    pub name: Option<String>,
    /// The socket.
    pub listener: Rc<dyn Listener>,
}

/// Why passed sockets cannot be used, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationError(String);

impl fmt::Display for ActivationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ActivationError {}

/// The listening sockets that were passed to this process; none if it was passed none, or they were meant for another
/// process. A second call finds none, and so does one of [`activated_sockets`].
pub fn activated_listeners() -> Result<Vec<Activated>, ActivationError> {
    passed()?.into_iter().map(|(fd, name)| Ok(Activated { name, listener: take(fd)? })).collect()
}

/// As [`activated_listeners`], for a host that accepts connections itself: non-blocking, and not inherited any further.
pub fn activated_sockets() -> Result<Vec<OwnedFd>, ActivationError> {
    passed()?.into_iter().map(|(number, _)| take_socket(number)).collect()
}

/// The numbers and names of what was passed, all of them checked. Once.
fn passed() -> Result<Vec<(RawFd, Option<String>)>, ActivationError> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    let variable = |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let (pid, fds, names) = (variable("LISTEN_PID"), variable("LISTEN_FDS"), variable("LISTEN_FDNAMES"));
    let passed = parse(pid.as_deref(), fds.as_deref(), names.as_deref(), std::process::id())?;
    if passed.is_empty() || TAKEN.swap(true, Ordering::SeqCst) {
        return Ok(Vec::new());
    }
    passed.iter().try_for_each(|(fd, _)| check(*fd))?;
    Ok(passed)
}

fn explain(number: RawFd, error: impl fmt::Display) -> ActivationError {
    ActivationError(format!("descriptor {number}, passed in LISTEN_FDS, cannot be used: {error}"))
}

/// Whether there is a listening socket under this number.
fn check(number: RawFd) -> Result<(), ActivationError> {
    // SAFETY: `number` is not negative, and the borrow ends before anything here could close it. If it is not open,
    // the calls that use it fail.
    check_listener(unsafe { BorrowedFd::borrow_raw(number) }).map_err(|error| match error {
        tambo_kernel::Error::Invalid => explain(number, "it does not listen"),
        tambo_kernel::Error::Unsupported => explain(number, "it is not a stream socket"),
        other => explain(number, other),
    })
}

/// To be called for a descriptor that was checked.
fn take(number: RawFd) -> Result<Rc<dyn Listener>, ActivationError> {
    let listener = listener_from_fd(owned(number)).map_err(|error| explain(number, error))?;
    Ok(listener)
}

/// To be called for a descriptor that was checked.
fn take_socket(number: RawFd) -> Result<OwnedFd, ActivationError> {
    let fd = owned(number);
    prepare_listener(&fd).map_err(|error| explain(number, error))?;
    Ok(fd)
}

fn owned(number: RawFd) -> OwnedFd {
    // SAFETY: open, and owned by nobody else, by the rule of the module.
    unsafe { OwnedFd::from_raw_fd(number) }
}

/// The numbers and names of the descriptors that were passed to the process `own`.
fn parse(
    pid: Option<&str>,
    fds: Option<&str>,
    names: Option<&str>,
    own: u32,
) -> Result<Vec<(RawFd, Option<String>)>, ActivationError> {
    let (Some(pid), Some(fds)) = (pid, fds) else { return Ok(Vec::new()) };
    let Ok(pid) = pid.parse::<u32>() else {
        return Err(ActivationError(format!("LISTEN_PID is not a process number: `{}`", shown(pid))));
    };
    if pid != own {
        return Ok(Vec::new());
    }
    let count = match fds.parse::<RawFd>() {
        Ok(count) if (0..=MOST).contains(&count) => count,
        _ => return Err(ActivationError(format!("LISTEN_FDS is not a number up to {MOST}: `{}`", shown(fds)))),
    };
    let numbers = FIRST..FIRST + count;
    let Some(names) = names else { return Ok(numbers.map(|number| (number, None)).collect()) };
    // `split` sees one empty name in an empty list.
    let names: Vec<&str> = if count == 0 && names.is_empty() { Vec::new() } else { names.split(':').collect() };
    if names.len() != count as usize {
        let found = names.len();
        return Err(ActivationError(format!("LISTEN_FDNAMES has {found} names for {count} descriptors")));
    }
    Ok(numbers
        .zip(names)
        .map(|(number, name)| (number, Some(name.to_owned()).filter(|name| !name.is_empty())))
        .collect())
}

/// A value from the environment, short and printable.
fn shown(value: &str) -> String {
    value.chars().take(40).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: Option<&str>, count: &str) -> Result<Vec<(RawFd, Option<String>)>, ActivationError> {
        parse(Some("42"), Some(count), names, 42)
    }

    #[test]
    fn nothing_is_passed_to_others() {
        assert_eq!(parse(None, None, None, 42), Ok(vec![]));
        assert_eq!(parse(None, Some("3"), None, 42), Ok(vec![]));
        assert_eq!(parse(Some("42"), None, None, 42), Ok(vec![]));
        assert_eq!(parse(Some("41"), Some("3"), None, 42), Ok(vec![]));
        assert_eq!(parse(Some("41"), Some("nonsense"), None, 42), Ok(vec![]));
    }

    #[test]
    fn descriptors_start_at_three() {
        assert_eq!(names(None, "2"), Ok(vec![(3, None), (4, None)]));
        assert_eq!(names(None, "0"), Ok(vec![]));
        assert_eq!(names(Some(""), "0"), Ok(vec![]));
        let named = vec![(3, Some("http".to_owned())), (4, None), (5, Some("admin".to_owned()))];
        assert_eq!(names(Some("http::admin"), "3"), Ok(named));
    }

    #[test]
    fn malformed_values_are_explained() {
        let pid = parse(Some("4 2"), Some("1"), None, 42).unwrap_err();
        assert_eq!(pid.to_string(), "LISTEN_PID is not a process number: `4 2`");
        for count in ["", "-1", "1x", "4097", "99999999999999999999", "\u{1b}[31m"] {
            let error = names(None, count).unwrap_err().to_string();
            assert!(error.starts_with("LISTEN_FDS is not a number up to 4096: `"), "{error}");
            assert!(!error.contains('\u{1b}'));
        }
        let error = names(Some("a:b"), "3").unwrap_err();
        assert_eq!(error.to_string(), "LISTEN_FDNAMES has 2 names for 3 descriptors");
        assert!(names(Some("a"), "0").is_err());
    }
}
