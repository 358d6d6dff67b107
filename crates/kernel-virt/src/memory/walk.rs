//! Resolving paths beneath a directory.
//!
//! The walk keeps the trail of directories from its base to where it stands, so that `..` takes one step back on it
//! and nothing can lead above the base, wherever the base was moved to.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use tambo_kernel::fs::check_path;
use tambo_kernel::{Error, Result};

use super::node::{Body, Node};

const NAME_MAX: usize = 255;
/// The length of paths and link targets, as on Linux, where it counts a NUL too.
const PATH_MAX: usize = 4095;
/// The number of links that one walk follows, as on Linux. It bounds the length of the expanded path as well.
const LINKS_MAX: usize = 40;

/// Whether to follow a symbolic link in the last place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    Never,
    /// Only if a slash follows it: what is meant then is the directory that it leads to.
    BeforeSlash,
    Always,
}

/// Where a path leads: a place for a name in a directory, whether or not something is there.
pub(super) struct Place {
    pub(super) parent: Rc<Node>,
    pub(super) last: Last,
    pub(super) node: Option<Rc<Node>>,
    /// The path ends in a slash, so only a directory will do.
    pub(super) slash: bool,
}

/// The last component of a path.
pub(super) enum Last {
    Name(Rc<str>),
    Dot,
    DotDot,
}

impl Place {
    /// The node that is there. [`Error::NoEntry`], [`Error::NotDirectory`] for a slash after a file.
    pub(super) fn existing(self) -> Result<Rc<Node>> {
        let node = self.node.ok_or(Error::NoEntry)?;
        if self.slash && !node.is_directory() { Err(Error::NotDirectory) } else { Ok(node) }
    }

    /// The name for something new. [`Error::Exist`].
    pub(super) fn vacant(&self) -> Result<Rc<str>> {
        match (&self.last, &self.node) {
            (Last::Name(name), None) => Ok(name.clone()),
            _ => Err(Error::Exist),
        }
    }
}

/// The node at `path`. [`Error::NoEntry`].
pub(super) fn find(base: &Rc<Node>, path: &str, follow: bool) -> Result<Rc<Node>> {
    locate(base, path, if follow { Follow::Always } else { Follow::BeforeSlash })?.existing()
}

/// The checks on a path or link target.
pub(super) fn check(path: &str) -> Result<()> {
    check_path(path)?;
    if path.len() > PATH_MAX { Err(Error::NameTooLong) } else { Ok(()) }
}

/// The place that `path` names. Everything before its last component must be there.
pub(super) fn locate(base: &Rc<Node>, path: &str, follow: Follow) -> Result<Place> {
    check(path)?;
    let mut trail = vec![base.clone()];
    let mut rest = Rest { text: Cow::Borrowed(path), at: 0 };
    let mut links = 0;
    while let Some(range) = rest.advance() {
        let (is_last, slash) = (rest.is_done(), rest.text.ends_with('/'));
        let name = &rest.text[range];
        if name == ".." {
            trail.pop();
        }
        let here = trail.last().ok_or(Error::NotPermitted)?.clone();
        if name == "." || name == ".." {
            if is_last {
                let last = if name == "." { Last::Dot } else { Last::DotDot };
                return Ok(Place { parent: here.clone(), last, node: Some(here), slash: true });
            }
            continue;
        }
        if name.len() > NAME_MAX {
            return Err(Error::NameTooLong);
        }
        let node = here.children()?.borrow().get(name);
        let through = !is_last || follow == Follow::Always || (follow == Follow::BeforeSlash && slash);
        match &node {
            Some(link) if through && let Body::Link(target) = &link.body => {
                links += 1;
                if links > LINKS_MAX {
                    return Err(Error::Loop);
                }
                rest = rest.through(target);
            }
            _ if is_last => return Ok(Place { parent: here, last: Last::Name(name.into()), node, slash }),
            None => return Err(Error::NoEntry),
            Some(node) if node.is_directory() => trail.push(node.clone()),
            Some(_) => return Err(Error::NotDirectory),
        }
    }
    // Neither a path nor a target is empty, so a last component was found above.
    Err(Error::NoEntry)
}

/// What of a path is still to be walked.
struct Rest<'a> {
    text: Cow<'a, str>,
    at: usize,
}

impl<'a> Rest<'a> {
    /// Where the next component stands, if there is one.
    fn advance(&mut self) -> Option<Range<usize>> {
        let left = &self.text[self.at..];
        let start = self.at + left.find(|c| c != '/')?;
        let end = self.text[start..].find('/').map_or(self.text.len(), |len| start + len);
        self.at = end;
        Some(start..end)
    }

    /// Whether nothing but slashes is left.
    fn is_done(&self) -> bool {
        self.text[self.at..].bytes().all(|byte| byte == b'/')
    }

    /// What is left, after the target of a link that stood before it.
    fn through(&self, target: &str) -> Rest<'a> {
        Rest { text: Cow::Owned(format!("{target}{}", &self.text[self.at..])), at: 0 }
    }
}
