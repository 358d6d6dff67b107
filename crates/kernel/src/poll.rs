//! Polling: any of several objects and times. What 0.1's `poll_oneoff` and 0.2's `poll` are made of.
//!
//! Guests poll a clock of zero nanoseconds in tight loops to yield, so nothing is allocated, and no clock read, until
//! something has to be waited for.

use std::rc::Rc;

use crate::clock::Timestamp;
use crate::host::Host;
use crate::stream::Wait;
use crate::wait::{Interest, Pollable, Readiness, Source, WaitEntry, WaitSet};
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
    let mut list = List::begin(host, subscriptions.len(), events)?;
    subscriptions.iter().try_for_each(|subscription| list.add(host, subscription))?;
    list.poll(host)
}

/// A [`poll`] whose subscriptions are added one by one: each is looked at once, while it is at hand.
pub struct List<'a> {
    events: &'a mut Vec<Event>,
    clocks: Clocks,
    /// How many subscriptions will be added, and how many were.
    most: usize,
    count: usize,
    /// Objects that have to be asked or waited for, and for each its subscription and the direction to look in. A list that
    /// is nothing but pointers is filled without a detour over the stack, which takes longer than all the rest.
    objects: Vec<Rc<dyn Pollable>>,
    wanted: Vec<(u32, Interest)>,
    /// The same, once all are there.
    set: WaitSet,
    /// Times that have not come, and their subscriptions.
    times: Vec<(usize, Time)>,
    /// The instant of the guest's monotonic clock at which the first of them is due.
    due: Option<u64>,
}

/// A time that is waited for.
#[derive(Clone, Copy)]
enum Time {
    Monotonic(u64),
    Wall(Timestamp),
}

impl<'a> List<'a> {
    /// Begin with nothing; `most` subscriptions will be added.
    pub fn begin(host: &mut Host, most: usize, events: &'a mut Vec<Event>) -> Result<Self> {
        events.clear();
        if most == 0 || most > host.budget.subscriptions as usize {
            return Err(Error::Invalid);
        }
        host.interrupt.check()?;
        host.give_on();
        Ok(Self {
            events,
            clocks: Clocks::default(),
            most,
            count: 0,
            objects: Vec::new(),
            wanted: Vec::new(),
            set: WaitSet::default(),
            times: Vec::new(),
            due: None,
        })
    }

    /// Add a subscription.
    pub fn add(&mut self, host: &Host, subscription: &Subscription) -> Result<()> {
        let index = self.count;
        self.count += 1;
        match subscription {
            Subscription::Object(object, interest) => {
                if matches!(object.source(*interest), Source::Ready) {
                    self.events.push(Event { index, outcome: Ok(object.readiness(*interest)) });
                } else {
                    self.await_object(index, object, *interest);
                }
                Ok(())
            }
            Subscription::Monotonic(instant) => self.await_time(host, index, Time::Monotonic(*instant)),
            Subscription::Wall(moment) => self.await_time(host, index, Time::Wall(*moment)),
            Subscription::Failed(error) => {
                self.events.push(Event { index, outcome: Err(*error) });
                Ok(())
            }
        }
    }

    fn await_object(&mut self, index: usize, object: &Rc<dyn Pollable>, interest: Interest) {
        if self.objects.is_empty() {
            let left = self.most.saturating_sub(index);
            self.objects.reserve_exact(left);
            self.wanted.reserve_exact(left);
        }
        // The budget counts subscriptions in as many bits.
        self.wanted.push((index as u32, object.direction(interest)));
        self.objects.push(object.clone());
    }

    fn await_time(&mut self, host: &Host, index: usize, time: Time) -> Result<()> {
        // Who has something to tell already will not wait.
        if !self.look_at_time(host, index, time)? && self.events.is_empty() {
            self.times.push((index, time));
        }
        Ok(())
    }

    /// Whether a time has come.
    fn look_at_time(&mut self, host: &Host, index: usize, time: Time) -> Result<bool> {
        let instant = match time {
            Time::Monotonic(instant) => instant,
            Time::Wall(moment) => self.clocks.instant_of(host, moment)?,
        };
        let has_come = instant == 0 || instant <= self.clocks.monotonic(host);
        if has_come {
            self.events.push(Event { index, outcome: Ok(Readiness::default()) });
        } else {
            self.due = Some(self.due.map_or(instant, |earliest| earliest.min(instant)));
        }
        Ok(has_come)
    }

    /// Look at the times again.
    fn look_at_times(&mut self, host: &Host) -> Result<()> {
        self.due = None;
        for number in 0..self.times.len() {
            let (index, time) = self.times[number];
            self.look_at_time(host, index, time)?;
        }
        Ok(())
    }

    /// Wait until anything has happened; see [`poll`].
    pub fn poll(mut self, host: &mut Host) -> Result<()> {
        let objects = std::mem::take(&mut self.objects).into_iter().zip(&self.wanted);
        self.set.entries.extend(objects.map(|(object, &(_, interest))| WaitEntry { object, interest, ready: None }));
        loop {
            if !self.set.entries.is_empty() && (!self.events.is_empty() || self.must_look_first(host)) {
                host.system.waiter.check(&mut self.set)?;
            }
            if self.events.is_empty() && !self.set.any_ready() {
                if let Some(due) = self.due {
                    if host.system.monotonic.skip_to(due) {
                        self.clocks.skipped_to(due);
                        self.look_again(host)?;
                        continue;
                    }
                    let ahead = due.saturating_sub(self.clocks.monotonic(host));
                    self.set.deadline = Some(host.system.waiter.now().saturating_add(ahead));
                }
                if host.wait_for(false) == Wait::Try {
                    return host.park(self.set);
                }
                host.system.waiter.wait(&mut self.set, &host.interrupt)?;
                self.clocks = Clocks::default();
            }
            self.collect();
            if !self.events.is_empty() {
                return Ok(());
            }
            self.look_again(host)?;
        }
    }

    /// Before another round.
    fn look_again(&mut self, host: &mut Host) -> Result<()> {
        host.interrupt.check()?;
        host.give_on();
        self.look_at_times(host)
    }

    /// Whether objects have to be looked at before anybody waits for them. A retry must, because the set that was waited
    /// for is gone; and so must who would rather move the clock than wait. A wait that blocks looks itself.
    fn must_look_first(&self, host: &Host) -> bool {
        host.wait_for(false) == Wait::Try || (self.due.is_some() && host.system.monotonic.skip_to(0))
    }

    /// Adds an event for every entry that was found ready.
    fn collect(&mut self) {
        let immediate = self.events.len();
        for (entry, &(index, _)) in self.set.entries.iter().zip(&self.wanted) {
            if let Some(readiness) = entry.ready {
                self.events.push(Event { index: index as usize, outcome: Ok(readiness) });
            }
        }
        if immediate > 0 && immediate < self.events.len() {
            self.events.sort_unstable_by_key(|event| event.index);
        }
    }
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
