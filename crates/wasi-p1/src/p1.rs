//! The state of one guest that speaks WASI 0.1, and how a call ends.

use std::rc::Rc;
use std::task::{Context, Poll};

use tambo_engine::{Flow, HostData, Slot, Trap, TrapKind};
use tambo_kernel::fs::OpenFlags;
use tambo_kernel::stream::Stream;
use tambo_kernel::wait::Interest;
use tambo_kernel::{Error, Grant, Host, Result, Table};

use crate::abi::FdFlags;
use crate::calls::poll::Polling;
use crate::descriptor::{Descriptor, Object, Prestat};
use crate::errno::Errno;
use crate::strings::Strings;
use crate::trace::PendingLine;

/// The host of one guest.
pub struct P1 {
    /// Services, bounds, and what the guest is parked on.
    pub host: Host,
    pub(crate) descriptors: Table<Descriptor>,
    pub(crate) arguments: Strings,
    pub(crate) environment: Strings,
    /// Reused from one `poll_oneoff` to the next.
    pub(crate) polling: Polling,
    /// The traced call that is pending.
    pub(crate) traced: Option<PendingLine>,
}

/// How a call ends without success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Error(Error),
    Exit(u32),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// How a call ends.
pub(crate) type Outcome = std::result::Result<(), Stop>;

impl P1 {
    /// A guest with what it is granted. [`Error::Invalid`] if an argument, a variable or a directory's name could not
    /// be told to the guest (a NUL inside; a `=` in a variable's name), [`Error::TooManyDescriptors`] if the grant
    /// does not fit its own budget.
    pub fn new(grant: Grant) -> Result<Self> {
        let host = Host::new(&grant);
        let mut descriptors = Table::new(host.budget.descriptors);
        let mut stdio = |stream: Rc<dyn Stream>, access| {
            descriptors.insert(Descriptor::new(Object::Stream(stream), access, FdFlags::empty())).map(|_| ())
        };
        stdio(grant.stdin, OpenFlags::READ)?;
        stdio(grant.stdout, OpenFlags::WRITE)?;
        stdio(grant.stderr, OpenFlags::WRITE)?;
        for listener in grant.listeners {
            let descriptor = Descriptor::new(Object::Listener(listener), OpenFlags::READ, FdFlags::empty());
            descriptors.insert(descriptor.preopened(Prestat::Listener))?;
        }
        for preopen in grant.preopens {
            if preopen.name.contains('\0') {
                return Err(Error::Invalid);
            }
            let object = Object::directory(preopen.directory);
            let descriptor = Descriptor::new(object, OpenFlags::READ, FdFlags::empty());
            descriptors.insert(descriptor.preopened(Prestat::Directory(preopen.name.into())))?;
        }
        Ok(Self {
            host,
            descriptors,
            arguments: Strings::arguments(&grant.arguments)?,
            environment: Strings::environment(&grant.environment)?,
            polling: Polling::default(),
            traced: None,
        })
    }
}

impl AsMut<P1> for P1 {
    fn as_mut(&mut self) -> &mut P1 {
        self
    }
}

impl HostData for P1 {
    fn block(&mut self) -> std::result::Result<(), Trap> {
        self.host.block().map_err(|error| self.wait_failed(error))
    }

    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), Trap>> {
        self.host.poll_wait(context).map_err(|error| self.wait_failed(error))
    }
}

impl P1 {
    /// A wait fails because it was cancelled, or because the host cannot wait at all. The call that waited is over.
    fn wait_failed(&mut self, error: Error) -> Trap {
        let trap = Trap::new(match error {
            Error::Cancelled => TrapKind::Interrupted,
            other => TrapKind::Other(format!("the host could not wait for the guest: {other}")),
        });
        if let Some(line) = self.traced.take() {
            line.cut_short(&trap);
        }
        trap
    }
}

/// Have the guest wait for `descriptor` if the operation would block and the guest lets it.
#[inline(always)]
pub(crate) fn or_park<T>(host: &mut Host, descriptor: &Descriptor, interest: Interest, result: Result<T>) -> Result<T> {
    match result {
        Err(Error::WouldBlock) => park(host, descriptor, interest),
        result => result,
    }
}

#[cold]
fn park<T>(host: &mut Host, descriptor: &Descriptor, interest: Interest) -> Result<T> {
    if descriptor.is_nonblocking() {
        return Err(Error::WouldBlock);
    }
    host.park_on(descriptor.object.pollable()?, interest)
}

/// Turn the outcome of a call into what the engine sees.
#[inline]
pub(crate) fn complete(p1: &mut P1, outcome: Outcome, slots: &mut [Slot]) -> Flow {
    match outcome {
        Ok(()) => answer(p1, Errno::Success, slots),
        Err(stop) => stopped(p1, stop, slots),
    }
}

#[cold]
fn stopped(p1: &mut P1, stop: Stop, slots: &mut [Slot]) -> Flow {
    match stop {
        Stop::Error(Error::WouldBlock) if p1.host.is_parked() => Flow::Pending,
        Stop::Error(Error::Cancelled) if p1.host.interrupt.is_raised() => {
            p1.host.finish();
            Trap::new(TrapKind::Interrupted).into()
        }
        Stop::Error(error) => answer(p1, error.into(), slots),
        Stop::Exit(code) => Trap::new(TrapKind::Exit(code)).into(),
    }
}

#[inline]
fn answer(p1: &mut P1, errno: Errno, slots: &mut [Slot]) -> Flow {
    p1.host.finish();
    if let Some(slot) = slots.first_mut() {
        *slot = Slot::from(errno as u32);
    }
    Flow::Done
}
