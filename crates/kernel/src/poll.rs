//! Polling: any of several objects and times. What 0.1's `poll_oneoff` and 0.2's `poll` are made of.
//!
//! Guests poll a clock of zero nanoseconds in tight loops to yield, so nothing is allocated, and no clock read, until
//! something has to be waited for.

use std::rc::Rc;

use crate::clock::Timestamp;
use crate::host::Host;
use crate::stream::Wait;
use crate::wait::{Interest, Pollable, Readiness, Source, WaitSet};
use crate::{Error, Result};

/// One thing that a guest polls for.
#[derive(Clone)]
pub enum Subscription {
    /// Readiness of an object.
    Object(Rc<dyn Pollable>, Interest),
    /// An instant of the guest's monotonic clock.
    Monotonic(u64),
    /// A moment of the guest's wall clock.
    Wall(Timestamp),
    /// Something that cannot be polled: an event by itself.
    Failed(Error),
}

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which subscription.
    pub index: usize,
    /// What is known of it. Times carry nothing.
    pub outcome: Result<Readiness>,
}

/// Everything in `subscriptions` that has happened, in their order, in place of what `events` held; at least one.
/// Parks the host, with [`Error::WouldBlock`], until there is one; blocks instead where the host may block the thread.
/// [`Error::Invalid`] for no subscriptions, which would wait for ever, or more than the budget has;
/// [`Error::Cancelled`] if interrupted.
pub fn poll(host: &mut Host, subscriptions: &[Subscription], events: &mut Vec<Event>) -> Result<()> {
    events.clear();
    if subscriptions.is_empty() || subscriptions.len() > host.budget.subscriptions as usize {
        return Err(Error::Invalid);
    }
    let mut clocks = Clocks::default();
    loop {
        host.interrupt.check()?;
        host.give_on();
        let mut pending = Pending::default();
        sort_out(host, subscriptions, &mut clocks, events, &mut pending)?;
        if !pending.set.entries.is_empty() && (!events.is_empty() || must_look_first(host, &pending)) {
            host.system.waiter.check(&mut pending.set)?;
        }
        if events.is_empty() && !pending.set.any_ready() {
            if let Some(due) = pending.due {
                if host.system.monotonic.skip_to(due) {
                    clocks.skipped_to(due);
                    continue;
                }
                let ahead = due.saturating_sub(clocks.monotonic(host));
                pending.set.deadline = Some(host.system.waiter.now().saturating_add(ahead));
            }
            if host.wait_for(false) == Wait::Try {
                return host.park(pending.set);
            }
            host.system.waiter.wait(&mut pending.set, &host.interrupt)?;
            clocks = Clocks::default();
        }
        pending.collect(events);
        if !events.is_empty() {
            return Ok(());
        }
    }
}

/// Whether objects have to be looked at before anybody waits for them. A retry must, because the set that was waited
/// for is gone; and so must who would rather move the clock than wait. A wait that blocks looks itself.
fn must_look_first(host: &Host, pending: &Pending) -> bool {
    host.wait_for(false) == Wait::Try || (pending.due.is_some() && host.system.monotonic.skip_to(0))
}

/// What has not happened by itself and has to be asked or waited for.
#[derive(Default)]
struct Pending {
    set: WaitSet,
    /// The subscription of each entry of the set.
    indices: Vec<usize>,
    /// The instant of the guest's monotonic clock at which the first time is due, if any time is waited for.
    due: Option<u64>,
}

impl Pending {
    /// Of at most so many objects.
    fn push(&mut self, index: usize, object: &Rc<dyn Pollable>, interest: Interest, most: usize) {
        if self.indices.is_empty() {
            let left = most - index;
            self.indices.reserve_exact(left);
            self.set.entries.reserve_exact(left);
        }
        self.set.push(object.clone(), interest);
        self.indices.push(index);
    }

    /// Adds an event for every entry that was found ready.
    fn collect(&self, events: &mut Vec<Event>) {
        let immediate = events.len();
        for (entry, &index) in self.set.entries.iter().zip(&self.indices) {
            if let Some(readiness) = entry.ready {
                events.push(Event { index, outcome: Ok(readiness) });
            }
        }
        if immediate > 0 && immediate < events.len() {
            events.sort_unstable_by_key(|event| event.index);
        }
    }
}

/// Sorts subscriptions into what has happened and what is pending.
fn sort_out(
    host: &Host,
    subscriptions: &[Subscription],
    clocks: &mut Clocks,
    events: &mut Vec<Event>,
    pending: &mut Pending,
) -> Result<()> {
    for (index, subscription) in subscriptions.iter().enumerate() {
        let instant = match subscription {
            Subscription::Failed(error) => {
                events.push(Event { index, outcome: Err(*error) });
                continue;
            }
            Subscription::Object(object, interest) => {
                if matches!(object.source(*interest), Source::Ready) {
                    events.push(Event { index, outcome: Ok(object.readiness(*interest)) });
                } else {
                    pending.push(index, object, *interest, subscriptions.len());
                }
                continue;
            }
            Subscription::Monotonic(instant) => *instant,
            Subscription::Wall(moment) => clocks.instant_of(host, *moment)?,
        };
        if instant == 0 || instant <= clocks.monotonic(host) {
            events.push(Event { index, outcome: Ok(Readiness::default()) });
        } else {
            pending.due = Some(pending.due.map_or(instant, |earliest| earliest.min(instant)));
        }
    }
    Ok(())
}

/// What the guest's clocks show, read at most once between two waits. After a skip the readings from before are kept,
/// moved to where the skip led: a wall clock that does not move along with the monotonic one could not be waited for
/// otherwise.
#[derive(Default)]
struct Clocks {
    monotonic: Option<u64>,
    /// The wall clock, and the monotonic one at that moment.
    wall: Option<(Timestamp, u64)>,
}

impl Clocks {
    fn monotonic(&mut self, host: &Host) -> u64 {
        *self.monotonic.get_or_insert_with(|| host.system.monotonic.now())
    }

    /// The instant of the monotonic clock at which the wall clock will show `moment`, if it does not jump.
    fn instant_of(&mut self, host: &Host, moment: Timestamp) -> Result<u64> {
        let (wall, monotonic) = match self.wall {
            Some(readings) => readings,
            None => (host.system.wall.now()?, self.monotonic(host)),
        };
        self.wall = Some((wall, monotonic));
        if moment <= wall {
            return Ok(0);
        }
        let seconds = (i128::from(moment.seconds) - i128::from(wall.seconds)) * 1_000_000_000;
        let ahead = seconds + i128::from(moment.nanoseconds) - i128::from(wall.nanoseconds);
        Ok(monotonic.saturating_add(u64::try_from(ahead).unwrap_or(u64::MAX)))
    }

    fn skipped_to(&mut self, instant: u64) {
        self.monotonic = Some(instant);
    }
}

/// An instant `delay` nanoseconds after the present try began; a retry keeps the first one.
pub fn after(host: &mut Host, delay: u64) -> Subscription {
    if delay == 0 {
        return Subscription::Monotonic(0);
    }
    Subscription::Monotonic(host.started().saturating_add(delay))
}
