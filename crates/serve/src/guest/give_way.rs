//! Giving way: a guest that computes is interrupted every so often, and wakes itself to go on. A woken task of this thread
//! runs again before anybody looks at the sockets, and may do so dozens of times in a row. So the wakes of a guest from
//! within its own turn are put off until the sockets were looked at.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// It is not its turn.
const RESTS: u8 = 0;
/// It runs.
const RUNS: u8 = 1;
/// It runs, and was woken.
const WOKEN: u8 = 2;

/// Polls a guest so that it gives way. May serve one guest after the other: a waker of an earlier one that is woken late
/// wakes the present one for nothing.
pub(crate) struct GiveWay {
    turn: Arc<Turn>,
    /// Wakes through the turn.
    waker: Waker,
    /// Whether it woke itself in its last turn.
    gave_way: Cell<bool>,
}

struct Turn {
    state: AtomicU8,
    /// Whom to wake.
    task: Mutex<Waker>,
}

impl Default for GiveWay {
    fn default() -> Self {
        let turn = Arc::new(Turn { state: AtomicU8::new(RESTS), task: Mutex::new(Waker::noop().clone()) });
        Self { waker: Waker::from(turn.clone()), turn, gave_way: Cell::new(false) }
    }
}

impl GiveWay {
    /// Whether the guest was interrupted in its last turn, and does not wait.
    pub(crate) fn gave_way(&self) -> bool {
        self.gave_way.get()
    }

    /// Give the guest a turn. To be called in a task of the runtime.
    pub(crate) fn poll<F: Future + ?Sized>(&self, guest: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.turn.is_of(context.waker());
        self.turn.state.store(RUNS, Ordering::Release);
        let polled = guest.poll(&mut Context::from_waker(&self.waker));
        let was_woken = self.turn.state.swap(RESTS, Ordering::AcqRel) == WOKEN;
        self.gave_way.set(was_woken);
        if was_woken && polled.is_pending() {
            // Its first poll has the runtime wake the task after the next look at the sockets.
            let put_off = pin!(tokio::task::yield_now()).poll(context);
            if put_off.is_ready() {
                context.waker().wake_by_ref();
            }
        }
        polled
    }
}

impl Turn {
    fn is_of(&self, waker: &Waker) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        task.clone_from(waker);
    }
}

impl Wake for Turn {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let in_turn = self.state.compare_exchange(RUNS, WOKEN, Ordering::AcqRel, Ordering::Acquire);
        if in_turn == Err(RESTS) {
            let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).clone();
            task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::rc::Rc;
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::task::{LocalSet, spawn_local};

    use super::*;

    /// A guest that computes until it is told to stop, and wakes itself in each turn.
    async fn compute(stop: Rc<Cell<bool>>, turns: Rc<Cell<u32>>) {
        let way = GiveWay::default();
        let mut guest = pin!(poll_fn(|context| {
            turns.set(turns.get() + 1);
            if stop.get() {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }));
        poll_fn(|context| way.poll(guest.as_mut(), context)).await;
    }

    #[test]
    fn the_sockets_are_looked_at_between_two_turns() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (mut server, _) = listener.accept().await.unwrap();
            let (stop, turns) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
            let computing = spawn_local(compute(stop.clone(), turns.clone()));
            while turns.get() < 100 {
                tokio::task::yield_now().await;
            }
            let reading = spawn_local(async move { server.read_u8().await });
            tokio::task::yield_now().await;
            client.write_u8(7).await.unwrap();
            let before = turns.get();
            assert_eq!(reading.await.unwrap().unwrap(), 7);
            let between = turns.get() - before;
            assert!(between < 10, "{between} turns before the byte was seen");
            stop.set(true);
            computing.await.unwrap();
        });
    }

    #[test]
    fn a_wake_from_outside_is_not_put_off_for_ever() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        LocalSet::new().block_on(&runtime, async {
            let way = GiveWay::default();
            let (tell, told) = tokio::sync::oneshot::channel();
            let mut guest = Box::pin(told);
            let waiting = spawn_local(poll_fn(move |context| way.poll(guest.as_mut(), context)));
            tokio::task::yield_now().await;
            std::thread::spawn(move || tell.send(()));
            tokio::time::timeout(Duration::from_secs(5), waiting).await.expect("it is woken").unwrap().unwrap();
        });
    }
}
