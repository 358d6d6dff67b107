//! What one connection is doing, and since when, so that one sweep over all connections finds those to close.
//!
//! # State
//!
//! All on one thread. The transport notes that bytes arrived, an exchange that it began or ended, bodies whose turn it is
//! ([`PeerWait`]). The sweep, or the meter of frames, says that the connection is over; its future then ends, as soon
//! as it is polled, which it is because the waker is woken. On HTTP/2 a body that stands still costs its stream alone.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker};

use crate::peer_wait::PeerWait;
use crate::streams::Stream;
use crate::ticks::Ticks;

/// Why a connection is closed before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The head of a request, or the handshake, took too long.
    SlowHead,
    /// Nothing was asked for a while.
    Idle,
    /// A body stands still at the client's end.
    SlowBody,
    /// More frames that carry nothing than any client needs.
    Flood,
    /// The server ends.
    Shutdown,
}

/// For how many ticks a server that ends waits for a client that has connected and not said a word: its request may be on
/// the way.
const HURRIED: u32 = 10;
/// For how many ticks such a server waits for anything to move on a connection of HTTP/2 without open requests. A client
/// is asked by a PING whether it has seen that the server ends, and may never answer.
const UNANSWERED: u32 = 50;

/// How long a connection may stay in a state, in ticks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowed {
    pub(crate) head: u32,
    pub(crate) idle: u32,
}

/// What ends if the client lets a body stand still.
pub(crate) enum Remedy {
    /// The connection.
    Close,
    /// The stream, or what is left of it: its task may be over, and its guest still read.
    Reset(Rc<Stream>),
    /// The stream; the connection, if the library has all of the response, and nothing but the client can free it of that.
    ResetOrClose(Rc<Stream>),
}

impl Remedy {
    /// For the body of a request.
    pub(crate) fn of_request(stream: Option<&Rc<Stream>>) -> Self {
        stream.map_or(Self::Close, |stream| Self::Reset(stream.clone()))
    }

    /// For the body of a response.
    pub(crate) fn of_response(stream: Option<&Rc<Stream>>) -> Self {
        stream.map_or(Self::Close, |stream| Self::ResetOrClose(stream.clone()))
    }

    /// Do it; whether it is the connection that has to end.
    fn closes(&self) -> bool {
        match self {
            Self::Close => true,
            Self::Reset(stream) => {
                stream.give_up();
                false
            }
            Self::ResetOrClose(stream) => !stream.give_up(),
        }
    }
}

/// The doings of one connection.
pub(crate) struct Activity {
    ticks: Ticks,
    /// Requests whose responses are not done.
    open: Cell<u32>,
    /// How many requests there were.
    begun: Cell<u64>,
    /// Whether a part of a head may have arrived. On HTTP/2 other frames arrive between requests, so it is not looked at.
    head_begun: Cell<bool>,
    is_multiplexed: Cell<bool>,
    /// Whether the client has said nothing at all.
    is_silent: Cell<bool>,
    /// When bytes went by last, in either direction.
    moved: Cell<u32>,
    /// Since when the server ends.
    hurried: Cell<Option<u32>>,
    /// Since when no request is open, or a head arrives.
    since: Cell<u32>,
    bodies: RefCell<Vec<(Weak<PeerWait>, Remedy)>>,
    /// Whether a part of the last request's body was left where it is.
    has_unread: Cell<bool>,
    /// Whether all is done but for the client to notice, which has a time of its own.
    lingers: Cell<bool>,
    over: Cell<Option<Over>>,
    waker: RefCell<Option<Waker>>,
}

impl Activity {
    /// A connection that was accepted, and has to send something.
    pub(crate) fn new(ticks: Ticks) -> Self {
        let (since, moved) = (Cell::new(ticks.now()), Cell::new(ticks.now()));
        Self {
            ticks,
            open: Cell::new(0),
            begun: Cell::new(0),
            head_begun: Cell::new(true),
            is_multiplexed: Cell::new(false),
            is_silent: Cell::new(true),
            moved,
            hurried: Cell::new(None),
            since,
            bodies: RefCell::default(),
            has_unread: Cell::new(false),
            lingers: Cell::new(false),
            over: Cell::new(None),
            waker: RefCell::default(),
        }
    }

    /// The client has begun to speak.
    pub(crate) fn heard(&self) {
        self.is_silent.set(false);
    }

    /// The server ends.
    pub(crate) fn hurry(&self) {
        self.hurried.set(Some(self.ticks.now()));
        self.wake();
    }

    /// It speaks HTTP/2: requests come beside each other.
    pub(crate) fn multiplexed(&self) {
        self.is_multiplexed.set(true);
        self.head_begun.set(false);
    }

    /// Bytes arrived.
    pub(crate) fn arrived(&self) {
        self.left();
        if self.open.get() == 0 && !self.head_begun.get() && !self.is_multiplexed.get() {
            self.head_begun.set(true);
            self.since.set(self.ticks.now());
        }
    }

    /// Bytes left.
    pub(crate) fn left(&self) {
        self.moved.set(self.ticks.now());
    }

    /// A request is there.
    pub(crate) fn begin_exchange(&self) {
        self.open.set(self.open.get() + 1);
        self.begun.set(self.begun.get() + 1);
        self.head_begun.set(false);
        self.has_unread.set(false);
    }

    /// How many requests there were, if the next thing that can arrive is a head.
    pub(crate) fn awaits_head(&self) -> Option<u64> {
        (self.open.get() == 0).then(|| self.begun.get())
    }

    /// The body of the last request was not read to its end.
    pub(crate) fn left_unread(&self) {
        self.has_unread.set(true);
    }

    pub(crate) fn has_unread(&self) -> bool {
        self.has_unread.get()
    }

    /// Everything is answered, and the client may take note.
    pub(crate) fn lingers(&self) {
        self.lingers.set(true);
    }

    /// Its response is done, or will never be.
    pub(crate) fn end_exchange(&self) {
        self.open.set(self.open.get().saturating_sub(1));
        self.since.set(self.ticks.now());
    }

    /// Look at the waits of a body from now on.
    pub(crate) fn watch(&self, body: &Arc<PeerWait>, remedy: Remedy) {
        let mut bodies = self.bodies.borrow_mut();
        if bodies.len() >= 8 + 2 * self.open.get() as usize {
            bodies.retain(|(body, _)| body.strong_count() > 0);
        }
        bodies.push((Arc::downgrade(body), remedy));
    }

    /// Whether it has stayed in a state for longer than is allowed: then it is over.
    pub(crate) fn sweep(&self, allowed: Allowed) {
        if self.lingers.get() {
            return;
        }
        let elapsed_from = |then: u32| self.ticks.now().saturating_sub(then);
        let elapsed = elapsed_from(self.since.get());
        let is_unanswered = |hurried: u32| {
            let rests = self.is_multiplexed.get() && self.open.get() == 0;
            rests && elapsed_from(hurried.max(self.moved.get()).max(self.since.get())) > UNANSWERED
        };
        let is_missed = |hurried| (self.is_silent.get() && elapsed_from(hurried) > HURRIED) || is_unanswered(hurried);
        if self.hurried.get().is_some_and(is_missed) {
            self.end(Over::Shutdown);
        } else if self.open.get() == 0 && self.head_begun.get() && elapsed > allowed.head {
            self.end(Over::SlowHead);
        } else if self.open.get() == 0 && elapsed > allowed.idle {
            self.end(Over::Idle);
        } else if self.give_up_slow(allowed.idle) {
            self.end(Over::SlowBody);
        }
    }

    /// End what stands still; whether that is the connection.
    fn give_up_slow(&self, allowed: u32) -> bool {
        let mut closes = false;
        for (body, remedy) in &*self.bodies.borrow() {
            let slow = body.upgrade().filter(|body| !body.is_given_up() && body.is_too_slow(allowed));
            if let Some(body) = slow {
                body.give_up();
                closes |= remedy.closes();
            }
        }
        closes
    }

    /// Close the connection.
    pub(crate) fn end(&self, why: Over) {
        self.over.set(Some(self.over.get().unwrap_or(why)));
        self.wake();
    }

    /// Have the connection's future look again.
    pub(crate) fn wake(&self) {
        let waker = self.waker.borrow_mut().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// A future that ends when the connection is over.
    pub(crate) async fn guard<F: Future>(&self, connection: F) -> Result<F::Output, Over> {
        let mut connection = pin!(connection);
        poll_fn(|context| {
            self.register(context);
            match connection.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(Ok(output)),
                // Asked afterwards: what the poll itself found out counts at once.
                Poll::Pending => self.over.get().map_or(Poll::Pending, |why| Poll::Ready(Err(why))),
            }
        })
        .await
    }

    fn register(&self, context: &Context<'_>) {
        let mut waker = self.waker.borrow_mut();
        if !waker.as_ref().is_some_and(|known| known.will_wake(context.waker())) {
            *waker = Some(context.waker().clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticks::TICK;

    const ALLOWED: Allowed = Allowed { head: 10, idle: 60 };

    fn at(ticks: &Ticks, now: u32, activity: &Activity) -> Option<Over> {
        ticks.set(TICK * now);
        activity.sweep(ALLOWED);
        activity.over.get()
    }

    #[test]
    fn attack_16_who_sends_nothing_or_half_a_head_is_closed() {
        let ticks = Ticks::default();
        let silent = Activity::new(ticks.clone());
        assert_eq!(at(&ticks, 10, &silent), None);
        assert_eq!(at(&ticks, 11, &silent), Some(Over::SlowHead));

        let half = Activity::new(ticks.clone());
        half.begin_exchange();
        half.end_exchange();
        ticks.set(TICK * 50);
        half.arrived();
        ticks.set(TICK * 55);
        half.arrived();
        assert_eq!(at(&ticks, 60, &half), None);
        assert_eq!(at(&ticks, 61, &half), Some(Over::SlowHead), "more of the head does not help");
    }

    #[test]
    fn a_connection_rests_between_requests_but_not_for_ever() {
        let ticks = Ticks::default();
        let resting = Activity::new(ticks.clone());
        resting.begin_exchange();
        assert_eq!(at(&ticks, 1000, &resting), None, "the guest may take its time");
        resting.end_exchange();
        assert_eq!(at(&ticks, 1060, &resting), None);
        assert_eq!(at(&ticks, 1061, &resting), Some(Over::Idle));
    }

    #[test]
    fn a_server_that_ends_does_not_wait_for_who_says_nothing() {
        let ticks = Ticks::default();
        let (silent, speaking) = (Activity::new(ticks.clone()), Activity::new(ticks.clone()));
        let generous = Allowed { head: 100, idle: 600 };
        ticks.set(TICK * 5);
        speaking.heard();
        silent.hurry();
        speaking.hurry();
        ticks.set(TICK * 15);
        silent.sweep(generous);
        assert_eq!(silent.over.get(), None);
        ticks.set(TICK * 16);
        silent.sweep(generous);
        speaking.sweep(generous);
        assert_eq!((silent.over.get(), speaking.over.get()), (Some(Over::Shutdown), None));
    }

    #[test]
    fn a_server_that_ends_does_not_wait_for_an_answer_for_ever() {
        let ticks = Ticks::default();
        let connection = Activity::new(ticks.clone());
        connection.heard();
        connection.multiplexed();
        connection.begin_exchange();
        connection.hurry();
        let generous = Allowed { head: 1000, idle: 1000 };
        let at = |now: u32, act: &dyn Fn()| {
            ticks.set(TICK * now);
            act();
            connection.sweep(generous);
            connection.over.get()
        };
        assert_eq!(at(100, &|| {}), None, "a request is open");
        assert_eq!(at(110, &|| connection.end_exchange()), None);
        assert_eq!(at(150, &|| connection.left()), None, "its response is still on the way");
        assert_eq!(at(200, &|| {}), None);
        assert_eq!(at(201, &|| {}), Some(Over::Shutdown));
    }

    #[test]
    fn frames_between_requests_are_no_head_on_http_2() {
        let ticks = Ticks::default();
        let connection = Activity::new(ticks.clone());
        connection.multiplexed();
        connection.arrived();
        assert_eq!(at(&ticks, 60, &connection), None);
        assert_eq!(at(&ticks, 61, &connection), Some(Over::Idle));
    }

    #[test]
    fn a_body_that_stands_still_ends_the_connection() {
        let ticks = Ticks::default();
        let connection = Activity::new(ticks.clone());
        connection.begin_exchange();
        let body = Arc::new(PeerWait::new(ticks.clone()));
        connection.watch(&body, Remedy::Close);
        assert_eq!(at(&ticks, 100, &connection), None);
        body.begin();
        assert_eq!(at(&ticks, 161, &connection), Some(Over::SlowBody));
    }
}
