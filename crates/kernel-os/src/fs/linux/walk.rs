//! Opening a path beneath a directory, one component at a time, where the system has no `openat2`.
//!
//! Every step opens one component without following links, so it can only go down. `..` goes back to the directory that
//! the walk came through, which it holds open: what others rename meanwhile changes nothing. Only the nearest
//! directories are held; of those further up their identity is known, and going back to one opens `..` and compares. If
//! it is another directory, because of a rename, the walk starts again.
//!
//! Links are expanded here, up to the system's own limit. A magic link of `/proc` is text like any other link: its
//! object is never reached through it.

use std::borrow::Cow;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use tambo_kernel::{Error, Result};

use super::path::PATH_MAX;
use super::place::file_type;
use crate::errno::kernel_error;

/// Links that one path may lead through, as in Linux.
const MAX_LINKS: usize = 40;
/// Directories held open by one walk.
const HELD: usize = 32;
/// Walks before we give up against somebody who renames all the time.
const TRIES: usize = 64;

/// What a directory is, whatever its name.
type Identity = (u64, u64);

/// Opens as [`Resolver::open`](super::Resolver::open) says.
pub(super) fn open(root: BorrowedFd<'_>, path: &[u8], flags: OFlags, mode: Mode) -> Result<OwnedFd> {
    for _ in 0..TRIES {
        let walk = Walk { root, levels: Vec::new(), texts: vec![Text { bytes: Cow::Borrowed(path), at: 0 }], links: 0 };
        match walk.run(flags, mode) {
            Ok(fd) => return Ok(fd),
            Err(Stop::Moved) => {}
            Err(Stop::Failed(error)) => return Err(error),
        }
    }
    Err(Error::Stale)
}

enum Stop {
    Failed(Error),
    /// A directory that the walk came through is not where it was.
    Moved,
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Self::Failed(kernel_error(errno))
    }
}

struct Walk<'a> {
    root: BorrowedFd<'a>,
    /// The directories between the root and where the walk stands; the last one is always held.
    levels: Vec<Level>,
    /// The path and the texts of links in it, innermost last.
    texts: Vec<Text<'a>>,
    links: usize,
}

enum Level {
    Held(OwnedFd),
    Known(Identity),
}

/// A path of which the part from `at` on is still to be walked.
struct Text<'a> {
    bytes: Cow<'a, [u8]>,
    at: usize,
}

/// What follows a component.
#[derive(PartialEq, Eq)]
enum Rest {
    Nothing,
    Slashes,
    Components,
}

impl Walk<'_> {
    fn run(mut self, flags: OFlags, mode: Mode) -> std::result::Result<OwnedFd, Stop> {
        while let Some(name) = self.next_component() {
            match (&name[..], self.rest()) {
                (b".", _) => {}
                (b"..", _) => self.leave()?,
                (_, Rest::Components) => self.enter(&name)?,
                (_, rest) => {
                    if let Some(fd) = self.open_last(&name, rest == Rest::Slashes, flags, mode)? {
                        return Ok(fd);
                    }
                }
            }
        }
        // The path ends in `.` or `..`: it is the directory itself.
        Ok(rustix::fs::openat(self.here()?, ".", flags | OFlags::NOFOLLOW, mode)?)
    }

    fn next_component(&mut self) -> Option<Vec<u8>> {
        loop {
            let text = self.texts.last_mut()?;
            let rest = &text.bytes[text.at..];
            let skipped = rest.iter().take_while(|&&byte| byte == b'/').count();
            let name = rest[skipped..].split(|&byte| byte == b'/').next().unwrap_or_default();
            if name.is_empty() {
                self.texts.pop();
                continue;
            }
            let name = name.to_vec();
            text.at += skipped + name.len();
            return Some(name);
        }
    }

    fn rest(&self) -> Rest {
        let mut rest = Rest::Nothing;
        for text in &self.texts {
            let left = &text.bytes[text.at..];
            if left.iter().any(|&byte| byte != b'/') {
                return Rest::Components;
            }
            if !left.is_empty() {
                rest = Rest::Slashes;
            }
        }
        rest
    }

    fn here(&self) -> std::result::Result<BorrowedFd<'_>, Stop> {
        match self.levels.last() {
            None => Ok(self.root),
            Some(Level::Held(fd)) => Ok(fd.as_fd()),
            Some(Level::Known(_)) => Err(Stop::Moved),
        }
    }

    /// Goes into a directory, or into what a link says.
    fn enter(&mut self, name: &[u8]) -> std::result::Result<(), Stop> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(self.here()?, name, flags, Mode::empty()) {
            Ok(fd) => {
                self.levels.push(Level::Held(fd));
                if let Some(index) = self.levels.len().checked_sub(HELD + 1)
                    && let Level::Held(fd) = &self.levels[index]
                {
                    self.levels[index] = Level::Known(identity(fd.as_fd())?);
                }
                Ok(())
            }
            Err(errno @ (Errno::NOTDIR | Errno::LOOP)) => self.expand(name, errno),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Goes back to the directory that the walk came from.
    fn leave(&mut self) -> std::result::Result<(), Stop> {
        let Some(left) = self.levels.pop() else { return Err(Stop::Failed(Error::NotPermitted)) };
        if let (Level::Held(fd), Some(parent @ Level::Known(_))) = (left, self.levels.last_mut()) {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let opened = rustix::fs::openat(fd, "..", flags, Mode::empty())?;
            if !matches!(parent, Level::Known(known) if *known == identity(opened.as_fd())?) {
                return Err(Stop::Moved);
            }
            *parent = Level::Held(opened);
        }
        Ok(())
    }

    /// Opens the last component, or expands it if it is a link to be followed.
    fn open_last(
        &mut self,
        name: &[u8],
        slashes: bool,
        flags: OFlags,
        mode: Mode,
    ) -> std::result::Result<Option<OwnedFd>, Stop> {
        let follow = slashes || !flags.contains(OFlags::NOFOLLOW);
        let mut flags = flags | OFlags::NOFOLLOW;
        if slashes {
            if flags.contains(OFlags::CREATE) {
                return Err(Stop::Failed(Error::IsDirectory));
            }
            flags |= OFlags::DIRECTORY;
        }
        match rustix::fs::openat(self.here()?, name, flags, mode) {
            // A link can be opened by itself in this case only.
            Ok(fd) if follow && flags.contains(OFlags::PATH) && is_link(fd.as_fd())? => {}
            Ok(fd) => return Ok(Some(fd)),
            Err(errno @ (Errno::NOTDIR | Errno::LOOP)) if follow => return self.expand(name, errno).map(|()| None),
            Err(errno) => return Err(errno.into()),
        }
        self.expand(name, Errno::LOOP).map(|()| None)
    }

    /// Puts a link's text in front of what is still to be walked; `errno` if it is no link.
    fn expand(&mut self, name: &[u8], errno: Errno) -> std::result::Result<(), Stop> {
        let text = match rustix::fs::readlinkat(self.here()?, name, Vec::with_capacity(256)) {
            Ok(text) => text.into_bytes(),
            Err(Errno::INVAL) => return Err(errno.into()),
            Err(other) => return Err(other.into()),
        };
        self.links += 1;
        let refused = match text.first() {
            _ if self.links > MAX_LINKS => Error::Loop,
            None => Error::NoEntry,
            Some(b'/') => Error::NotPermitted,
            Some(_) if text.len() >= PATH_MAX => Error::NameTooLong,
            Some(_) => {
                self.texts.push(Text { bytes: Cow::Owned(text), at: 0 });
                return Ok(());
            }
        };
        Err(Stop::Failed(refused))
    }
}

fn identity(fd: BorrowedFd<'_>) -> rustix::io::Result<Identity> {
    let stat = rustix::fs::fstat(fd)?;
    Ok((stat.st_dev, stat.st_ino))
}

fn is_link(fd: BorrowedFd<'_>) -> rustix::io::Result<bool> {
    Ok(file_type(&rustix::fs::fstat(fd)?) == FileType::Symlink)
}
