//! `poll_oneoff`: the one way of 0.1 to wait for several things, and to sleep.

use tambo_kernel::clock::Timestamp;
use tambo_kernel::poll::{self, Event, Subscription};
use tambo_kernel::wait::{Interest, Readiness};
use tambo_kernel::{Error, Host, Result, Table};

use crate::P1;
use crate::abi::{
    self, Abi, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME, CLOCK_REALTIME, CLOCK_THREAD_CPUTIME, EVENT_CLOCK,
    EVENT_FD_READ, EVENT_FD_WRITE, EVENT_HANGUP, EVENT_SIZE, Layout, Rights, SubClockFlags,
};
use crate::descriptor::{Descriptor, Object};
use crate::errno::Errno;
use crate::memory::{Memory, field_u32, field_u64, put};
use crate::p1::Outcome;

/// Lists of this many elements are kept for the next call; longer ones are given back.
const KEPT: usize = 1024;

/// The lists of a poll, kept to be filled again. Empty between calls.
#[derive(Default)]
pub(crate) struct Polling {
    subscriptions: Vec<Subscription>,
    origins: Vec<Origin>,
    events: Vec<Event>,
}

/// What of a subscription goes into its event.
#[derive(Clone, Copy)]
struct Origin {
    userdata: u64,
    kind: u8,
    fd: u32,
}

pub(crate) fn poll_oneoff<A: Abi>(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    subscriptions: u32,
    events: u32,
    nsubscriptions: u32,
    nevents: u32,
) -> Outcome {
    if nsubscriptions == 0 || nsubscriptions > p1.host.budget.subscriptions {
        return Err(Error::Invalid.into());
    }
    memory.check(nevents, 4)?;
    memory.range(events, room_for(nsubscriptions))?;
    let mut polling = std::mem::take(&mut p1.polling);
    let result = run::<A>(p1, memory, &mut polling, subscriptions, events, nsubscriptions);
    polling.clear();
    p1.polling = polling;
    Ok(memory.write_u32(nevents, result? as u32)?)
}

fn run<A: Abi>(
    p1: &mut P1,
    memory: &mut Memory<'_>,
    polling: &mut Polling,
    subscriptions: u32,
    events: u32,
    count: u32,
) -> Result<usize> {
    let P1 { host, descriptors, .. } = p1;
    let size = A::LAYOUT.subscription_size;
    let records = memory.range(subscriptions, u64::from(count) * u64::from(size))?;
    for record in memory.all().get(records).ok_or(Error::Fault)?.chunks_exact(size as usize) {
        let (subscription, origin) = parse(host, descriptors, A::LAYOUT, record)?;
        polling.subscriptions.push(subscription);
        polling.origins.push(origin);
    }
    poll::poll(host, &polling.subscriptions, &mut polling.events)?;
    let room = memory.range(events, room_for(count))?;
    let records = memory.all_mut().get_mut(room).ok_or(Error::Fault)?.chunks_exact_mut(EVENT_SIZE as usize);
    for (record, event) in records.zip(&polling.events) {
        if let Some(origin) = polling.origins.get(event.index) {
            record.copy_from_slice(&encode(descriptors, *origin, event.outcome));
        }
    }
    Ok(polling.events.len())
}

/// Bytes of so many events.
fn room_for(events: u32) -> u64 {
    u64::from(events) * u64::from(EVENT_SIZE)
}

impl Polling {
    fn clear(&mut self) {
        self.subscriptions.clear();
        self.subscriptions.shrink_to(KEPT);
        self.origins.clear();
        self.origins.shrink_to(KEPT);
        self.events.clear();
        self.events.shrink_to(KEPT);
    }
}

/// `subscription`: the user's data at 0, the tag at 8, then a clock or a descriptor.
fn parse(
    host: &mut Host,
    descriptors: &Table<Descriptor>,
    layout: &Layout,
    record: &[u8],
) -> Result<(Subscription, Origin)> {
    let kind = record.get(8).copied().unwrap_or(u8::MAX);
    let fd = field_u32(record, 16);
    let subscription = match kind {
        EVENT_CLOCK => clock(host, record.get(layout.clock_offset as usize..).unwrap_or_default()),
        EVENT_FD_READ => object(descriptors, fd, Interest::Read),
        EVENT_FD_WRITE => object(descriptors, fd, Interest::Write),
        _ => return Err(Error::Invalid),
    };
    let origin = Origin { userdata: field_u64(record, 0), kind, fd };
    Ok((subscription.unwrap_or_else(Subscription::Failed), origin))
}

/// A clock subscription from its `id` on. Guests may wait for the two clocks that go on while they wait.
fn clock(host: &mut Host, record: &[u8]) -> Result<Subscription> {
    let (id, timeout) = (field_u32(record, 0), field_u64(record, 8));
    let flags = abi::flags::<SubClockFlags>(field_u32(record, 24) & 0xffff)?;
    match (id, flags.contains(SubClockFlags::ABSTIME)) {
        (CLOCK_REALTIME | CLOCK_MONOTONIC, false) => Ok(poll::after(host, timeout)),
        (CLOCK_REALTIME, true) => Ok(Subscription::Wall(Timestamp::from_nanoseconds(timeout))),
        (CLOCK_MONOTONIC, true) => Ok(Subscription::Monotonic(timeout)),
        (CLOCK_PROCESS_CPUTIME | CLOCK_THREAD_CPUTIME, _) => Err(Error::Unsupported),
        _ => Err(Error::Invalid),
    }
}

fn object(descriptors: &Table<Descriptor>, fd: u32, interest: Interest) -> Result<Subscription> {
    let descriptor = descriptors.get(fd)?;
    let right = match interest {
        Interest::Read => Rights::FD_READ,
        Interest::Write => Rights::FD_WRITE,
    };
    descriptor.require(right | Rights::POLL_FD_READWRITE)?;
    Ok(Subscription::Object(descriptor.object.pollable()?, interest))
}

/// `event`: the user's data at 0, the error at 8, the type at 10, the bytes at 16, the flags at 24.
fn encode(descriptors: &Table<Descriptor>, origin: Origin, outcome: Result<Readiness>) -> [u8; EVENT_SIZE as usize] {
    let mut record = [0; EVENT_SIZE as usize];
    put(&mut record, 0, origin.userdata.to_le_bytes());
    put(&mut record, 10, [origin.kind]);
    match outcome {
        Err(error) => put(&mut record, 8, (Errno::from(error) as u16).to_le_bytes()),
        Ok(_) if origin.kind == EVENT_CLOCK => {}
        Ok(readiness) => {
            let bytes = readiness.bytes.max(left_in_file(descriptors, origin));
            put(&mut record, 16, bytes.to_le_bytes());
            put(&mut record, 24, if readiness.hangup { EVENT_HANGUP } else { 0 }.to_le_bytes());
        }
    }
    record
}

/// How many bytes a regular file has after the position, which only the descriptor knows.
fn left_in_file(descriptors: &Table<Descriptor>, origin: Origin) -> u64 {
    let Ok(Object::File(file)) = descriptors.get(origin.fd).map(|descriptor| &descriptor.object) else { return 0 };
    if origin.kind != EVENT_FD_READ {
        return 0;
    }
    match (file.file.stat(), file.tell()) {
        (Ok(stat), Ok(position)) => stat.size.saturating_sub(position),
        _ => 0,
    }
}
