//! A small pool of threads for system calls that cannot be made without blocking: cold reads, flushes, lookups of names.
//!
//! A pool belongs to one directory or network that was granted, so that slow calls of guests that were granted others
//! delay nobody here. It has no thread until it is used, a few at most, and none again after it was idle for a while. Guests
//! that were granted the same network take [turns](Turns), each with its share of the threads.
//!
//! # State
//!
//! A call goes `Queued → Running → Done`, or `Lost` if its work panicked. Its lock is never held together with the
//! pool's, nor while the work or a waker runs or is dropped. Wakers are registered under the lock that the last step
//! takes, so a waiter either sees the end or is woken by it. Dropping a [`Completion`] drops work that has not begun,
//! and with it all that the work holds: what is queued is bounded by what a guest holds open.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tambo_kernel::{Error, GuestId, Result, Turns};

/// Threads of a pool of one user, and one guest's share of a pool of many.
const FEW: usize = 4;
/// Threads of a pool of many users: calls of several that take as long as they may still leave some to others.
const MANY: usize = 32;
/// How long a thread stays without work.
const IDLE: Duration = Duration::from_secs(2);
/// What a few system calls need of a stack.
pub(crate) const SMALL_STACK: usize = 128 * 1024;
/// Wakers that one call remembers. One more and the oldest is woken early, which a waiter must expect anyway.
const MAX_WAKERS: usize = 32;

/// Threads that make blocking calls.
pub(crate) struct Pool(Arc<Shared>);

struct Shared {
    stack: usize,
    most_threads: usize,
    state: Mutex<State>,
    work: Condvar,
}

struct State {
    queue: Turns<Option<GuestId>, Arc<dyn Task>>,
    threads: usize,
    /// Threads that were started, and have not come for work yet.
    starting: usize,
    idle: usize,
    closed: bool,
}

trait Task: Send + Sync {
    fn run(&self);
}

impl Pool {
    /// A pool without threads, whose threads will have a stack of this many bytes.
    pub(crate) fn new(stack: usize) -> Self {
        Self::with(stack, FEW)
    }

    /// The same, for many guests that take turns: to [`submit_for`](Pool::submit_for).
    pub(crate) fn of_many(stack: usize) -> Self {
        Self::with(stack, MANY)
    }

    fn with(stack: usize, most_threads: usize) -> Self {
        let state = State { queue: Turns::new(FEW), threads: 0, starting: 0, idle: 0, closed: false };
        Self(Arc::new(Shared { stack, most_threads, state: Mutex::new(state), work: Condvar::new() }))
    }

    /// Have `work` done by a thread of the pool, in the order of submission; by this one if there can be no thread.
    pub(crate) fn submit<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Completion<T> {
        self.submit_as(None, work)
    }

    /// The same, in the order of submission by this guest; others' turns come between.
    pub(crate) fn submit_for<T: Send + 'static>(
        &self,
        guest: GuestId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Completion<T> {
        self.submit_as(Some(guest), work)
    }

    fn submit_as<T: Send + 'static>(
        &self,
        group: Option<GuestId>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Completion<T> {
        let inner = Inner { step: Step::Queued(Box::new(work)), wakers: Vec::new() };
        let call = Arc::new(Call { inner: Mutex::new(inner), finished: Condvar::new() });
        let mut state = lock(&self.0.state);
        state.queue.push(group, call.clone());
        let spawn = state.queue.ready() > state.idle + state.starting && state.threads < self.0.most_threads;
        if spawn {
            state.threads += 1;
            state.starting += 1;
        }
        drop(state);
        if spawn && !self.spawn() {
            // Taken out of the queue, where nobody would come for it.
            while let Some((group, task)) = lock(&self.0.state).queue.begin() {
                task.run();
                lock(&self.0.state).queue.end(group);
            }
        }
        self.0.work.notify_one();
        Completion { call, pool: self.0.clone() }
    }

    /// Starts a thread that is counted already; answers whether there is any thread now.
    fn spawn(&self) -> bool {
        let shared = self.0.clone();
        let thread = std::thread::Builder::new().name("tambo-blocking".to_owned()).stack_size(self.0.stack);
        if thread.spawn(move || shared.work()).is_ok() {
            return true;
        }
        let mut state = lock(&self.0.state);
        state.threads -= 1;
        state.starting -= 1;
        state.threads > 0
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        lock(&self.0.state).closed = true;
        self.0.work.notify_all();
    }
}

/// One thread's part in the pool.
impl Shared {
    fn work(&self) {
        let mut ended = None;
        while let Some((group, task)) = self.next(ended) {
            // What the panic was has been printed; that it was is the call's outcome. The thread goes on.
            let _ = std::panic::catch_unwind(AssertUnwindSafe(|| task.run()));
            ended = Some(group);
        }
    }

    /// The next work, after that of a group has ended; none if the thread is to end. It is uncounted under the lock that
    /// decides so: whoever submits sees a thread that will come for the work, or knows that one has to be started.
    fn next(&self, ended: Option<Option<GuestId>>) -> Option<(Option<GuestId>, Arc<dyn Task>)> {
        let mut state = lock(&self.state);
        match ended {
            Some(group) => state.queue.end(group),
            None => state.starting -= 1,
        }
        loop {
            if let Some(begun) = state.queue.begin() {
                // That other work ended may have made more ready than was submitted since.
                if state.queue.ready() > 0 {
                    self.work.notify_one();
                }
                return Some(begun);
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            let (guard, timeout) = self.work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = guard;
            state.idle -= 1;
            if timeout.timed_out() && state.queue.ready() == 0 {
                break;
            }
        }
        state.threads -= 1;
        None
    }
}

struct Call<T> {
    inner: Mutex<Inner<T>>,
    finished: Condvar,
}

struct Inner<T> {
    step: Step<T>,
    wakers: Vec<Waker>,
}

enum Step<T> {
    Queued(Box<dyn FnOnce() -> T + Send>),
    Running,
    Done(T),
    Lost,
}

impl<T: Send> Task for Call<T> {
    fn run(&self) {
        let mut inner = lock(&self.inner);
        if !matches!(inner.step, Step::Queued(_)) {
            return;
        }
        let Step::Queued(work) = std::mem::replace(&mut inner.step, Step::Running) else { return };
        drop(inner);
        let mut last = Finish { call: self, step: Step::Lost };
        last.step = Step::Done(work());
    }
}

/// Takes the last step when it is dropped, also by a panic of the work.
struct Finish<'a, T> {
    call: &'a Call<T>,
    step: Step<T>,
}

impl<T> Drop for Finish<'_, T> {
    fn drop(&mut self) {
        let mut inner = lock(&self.call.inner);
        inner.step = std::mem::replace(&mut self.step, Step::Lost);
        let wakers = std::mem::take(&mut inner.wakers);
        drop(inner);
        self.call.finished.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// The end of a call, to be polled or waited for. Dropping it gives up the outcome.
pub(crate) struct Completion<T: Send + 'static> {
    call: Arc<Call<T>>,
    pool: Arc<Shared>,
}

impl<T: Send + 'static> Completion<T> {
    /// Whether the call has ended.
    pub(crate) fn is_done(&self) -> bool {
        matches!(lock(&self.call.inner).step, Step::Done(_) | Step::Lost)
    }

    /// Whether the call has ended; if not, the waker is woken when it has.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut inner = lock(&self.call.inner);
        if matches!(inner.step, Step::Done(_) | Step::Lost) {
            return Poll::Ready(());
        }
        if !inner.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            let early = (inner.wakers.len() >= MAX_WAKERS).then(|| inner.wakers.remove(0));
            inner.wakers.push(context.waker().clone());
            drop(inner);
            early.into_iter().for_each(Waker::wake);
        }
        Poll::Pending
    }

    /// Block the thread until the call has ended, and take its outcome. [`Error::Io`] if its work panicked.
    pub(crate) fn wait(self) -> Result<T> {
        let mut inner = lock(&self.call.inner);
        while !matches!(inner.step, Step::Done(_) | Step::Lost) {
            inner = self.call.finished.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
        match std::mem::replace(&mut inner.step, Step::Lost) {
            Step::Done(outcome) => Ok(outcome),
            _ => Err(Error::Io),
        }
    }
}

impl<T: Send + 'static> Drop for Completion<T> {
    fn drop(&mut self) {
        let mut inner = lock(&self.call.inner);
        let wakers = std::mem::take(&mut inner.wakers);
        let queued = matches!(inner.step, Step::Queued(_));
        let work = queued.then(|| std::mem::replace(&mut inner.step, Step::Lost));
        drop(inner);
        drop((wakers, work));
        if !queued {
            return;
        }
        let this = Arc::as_ptr(&self.call).cast::<()>();
        lock(&self.pool.state).queue.retain(|task| Arc::as_ptr(task).cast::<()>() != this);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Occupies every thread of the pool until the sender is dropped.
    fn occupy(pool: &Pool) -> (mpsc::Sender<()>, Vec<Completion<()>>) {
        let (hold, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let (begun, began) = mpsc::channel();
        let calls = (0..FEW)
            .map(|_| {
                let (held, begun) = (held.clone(), begun.clone());
                pool.submit(move || {
                    begun.send(()).unwrap();
                    // Ends with an error when the sender is dropped; one after the other, through the lock.
                    held.lock().unwrap().recv().unwrap_err();
                })
            })
            .collect();
        (0..FEW).for_each(|_| began.recv().unwrap());
        (hold, calls)
    }

    #[test]
    fn work_is_done_and_its_outcome_taken() {
        let pool = Pool::new(SMALL_STACK);
        let calls: Vec<_> = (0..100).map(|number| pool.submit(move || number * 2)).collect();
        for (number, call) in calls.into_iter().enumerate() {
            assert_eq!(call.wait(), Ok(number * 2));
        }
        assert!(lock(&pool.0.state).threads <= FEW);
    }

    #[test]
    fn wakers_are_woken_once_at_the_end() {
        let pool = Pool::new(SMALL_STACK);
        let (hold, calls) = occupy(&pool);
        let call = pool.submit(|| 7);
        let count = Arc::new(Count::default());
        let waker = Waker::from(count.clone());
        let mut context = Context::from_waker(&waker);
        assert!(call.poll(&mut context).is_pending());
        assert!(call.poll(&mut context).is_pending());
        assert!(!call.is_done());
        drop(hold);
        calls.into_iter().for_each(|call| call.wait().unwrap());
        while call.poll(&mut context).is_pending() {
            std::thread::yield_now();
        }
        assert_eq!(call.wait(), Ok(7));
        while count.0.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        assert_eq!(count.0.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn remembered_wakers_are_bounded_and_none_is_forgotten() {
        let pool = Pool::new(SMALL_STACK);
        let (_hold, _calls) = occupy(&pool);
        let call = pool.submit(|| ());
        let counts: Vec<_> = (0..MAX_WAKERS + 10).map(|_| Arc::new(Count::default())).collect();
        for count in &counts {
            let waker = Waker::from(count.clone());
            assert!(call.poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(lock(&call.call.inner).wakers.len(), MAX_WAKERS);
        let early = counts.iter().filter(|count| count.0.load(Ordering::SeqCst) == 1).count();
        assert_eq!(early, 10);
    }

    #[test]
    fn dropping_a_completion_drops_work_that_has_not_begun() {
        let pool = Pool::new(SMALL_STACK);
        let (hold, _calls) = occupy(&pool);
        let kept = Arc::new(());
        for _ in 0..1000 {
            let held = kept.clone();
            drop(pool.submit(move || drop(held)));
        }
        assert_eq!(Arc::strong_count(&kept), 1);
        assert_eq!(lock(&pool.0.state).queue.ready(), 0);
        drop(hold);
        pool.submit(|| ()).wait().unwrap();
    }

    #[test]
    fn attack_17_work_of_one_guest_that_does_not_end_leaves_threads_to_others() {
        let pool = Pool::of_many(SMALL_STACK);
        let (hold, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let (slow, quick) = (GuestId::new(), GuestId::new());
        let stuck: Vec<_> = (0..200)
            .map(|_| {
                let held = held.clone();
                pool.submit_for(slow, move || held.lock().unwrap().recv().unwrap_err())
            })
            .collect();
        for number in 0..3 * MANY {
            assert_eq!(pool.submit_for(quick, move || number).wait(), Ok(number));
        }
        assert!(lock(&pool.0.state).threads <= 2 * FEW);
        drop(hold);
        stuck.into_iter().for_each(|call| assert_eq!(call.wait(), Ok(mpsc::RecvError)));
    }

    #[test]
    fn a_panic_is_an_error_and_the_pool_goes_on() {
        let pool = Pool::new(SMALL_STACK);
        for _ in 0..3 * FEW {
            assert_eq!(pool.submit(|| -> u32 { panic!("expected by this test") }).wait(), Err(Error::Io));
        }
        assert_eq!(pool.submit(|| 1).wait(), Ok(1));
    }

    #[test]
    fn threads_end_when_idle_or_closed() {
        let pool = Pool::new(SMALL_STACK);
        pool.submit(|| ()).wait().unwrap();
        let shared = pool.0.clone();
        assert_eq!(lock(&shared.state).threads, 1);
        drop(pool);
        while lock(&shared.state).threads > 0 {
            std::thread::yield_now();
        }
    }
}
