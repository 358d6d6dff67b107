//! Polling: any of several objects and times. What 0.1's `poll_oneoff` and 0.2's `poll` are made of.

use std::rc::Rc;

use crate::clock::Timestamp;
use crate::host::Host;
use crate::stream::Wait;
use crate::wait::{Interest, Pollable, Readiness, Source, WaitSet};
use crate::{Error, Result};

/// One thing that a guest polls for.
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

/// Everything in `subscriptions` that has happened, in their order; at least one. Parks the host, with
/// [`Error::WouldBlock`], until there is one; blocks instead where the host may block the thread.
pub fn poll(host: &mut Host, subscriptions: &[Subscription]) -> Result<Vec<Event>> {
    loop {
        let mut events = Vec::new();
        let mut set = WaitSet::default();
        let mut indices = Vec::new();
        let due = immediate(host, subscriptions, &mut events, &mut set, &mut indices)?;
        if !events.is_empty() {
            host.system.waiter.check(&mut set)?;
        } else if let Some(due) = due {
            if !set.entries.is_empty() {
                host.system.waiter.check(&mut set)?;
            }
            if !set.any_ready() && host.system.monotonic.skip_to(due) {
                continue;
            }
            let ahead = due.saturating_sub(host.system.monotonic.now());
            set.deadline = Some(host.system.waiter.now().saturating_add(ahead));
        }
        if events.is_empty() && !set.any_ready() {
            if host.wait == Wait::Try {
                return host.park(set);
            }
            host.system.waiter.wait(&mut set, &host.interrupt)?;
        }
        collect(&set, &indices, &mut events);
        if !events.is_empty() {
            events.sort_unstable_by_key(|event| event.index);
            return Ok(events);
        }
    }
}

/// Sorts subscriptions into what has happened and what has to be waited for; answers the instant of the monotonic
/// clock at which the first time is due, if any time is.
fn immediate(
    host: &mut Host,
    subscriptions: &[Subscription],
    events: &mut Vec<Event>,
    set: &mut WaitSet,
    indices: &mut Vec<usize>,
) -> Result<Option<u64>> {
    let mut due: Option<u64> = None;
    let mut now = None;
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
                    set.push(object.clone(), *interest);
                    indices.push(index);
                }
                continue;
            }
            Subscription::Monotonic(instant) => *instant,
            Subscription::Wall(moment) => wall_instant(host, *moment)?,
        };
        let now = *now.get_or_insert_with(|| host.system.monotonic.now());
        if instant <= now {
            events.push(Event { index, outcome: Ok(Readiness::default()) });
        } else {
            due = Some(due.map_or(instant, |earliest| earliest.min(instant)));
        }
    }
    Ok(due)
}

/// The instant of the monotonic clock at which the wall clock will show `moment`, if it does not jump.
fn wall_instant(host: &Host, moment: Timestamp) -> Result<u64> {
    let now = host.system.wall.now()?;
    if moment <= now {
        return Ok(0);
    }
    let seconds = (moment.seconds as i128 - now.seconds as i128) * 1_000_000_000;
    let ahead = seconds + i128::from(moment.nanoseconds) - i128::from(now.nanoseconds);
    let ahead = u64::try_from(ahead).unwrap_or(u64::MAX);
    Ok(host.system.monotonic.now().saturating_add(ahead))
}

fn collect(set: &WaitSet, indices: &[usize], events: &mut Vec<Event>) {
    for (entry, &index) in set.entries.iter().zip(indices) {
        if let Some(readiness) = entry.ready {
            events.push(Event { index, outcome: Ok(readiness) });
        }
    }
}

/// An instant `delay` nanoseconds after the present try began; a retry keeps the first one.
pub fn after(host: &mut Host, delay: u64) -> Result<Subscription> {
    if delay == 0 {
        return Ok(Subscription::Monotonic(0));
    }
    Ok(Subscription::Monotonic(host.started()?.monotonic.saturating_add(delay)))
}
