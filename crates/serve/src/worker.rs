//! One worker: a thread with a runtime, listeners and connections of its own. Nothing on the way of a request crosses to
//! another thread.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use slab::Slab;
use tambo::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::LocalSet;
use tokio::time::MissedTickBehavior;
use tokio_rustls::rustls::ServerConfig;

use crate::activity::{Activity, Allowed, Over};
use crate::budget::{Places, Taken};
use crate::connection;
use crate::handler::{Application, Handler};
use crate::listener::Socket;
use crate::log::Complaint;
use crate::place::Place;
use crate::ticks::{self, TICK};

/// How many ticks apart connections are looked at.
const SWEEP: u32 = 5;

/// What a worker is told.
pub(crate) enum Order {
    /// Get ready to serve this, and say whether that is possible.
    Prepare(Arc<dyn Application>, oneshot::Sender<Result<(), Error>>),
    /// Serve it from now on. Requests under way are finished by what they began with.
    Replace,
    /// Do not: another worker cannot.
    Forget,
    /// Use this certificate for new connections.
    Certificate(Arc<ServerConfig>),
    /// Take no more connections, and end when all that was begun is done.
    Drain,
    /// End at once.
    Abort,
}

/// What a worker begins with.
pub(crate) struct Start {
    pub(crate) application: Arc<dyn Application>,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) connections: Places,
    pub(crate) orders: mpsc::UnboundedReceiver<Order>,
    /// Told once it accepts, or why it cannot.
    pub(crate) ready: oneshot::Sender<Result<(), Error>>,
}

/// A worker, on its thread.
pub(crate) struct Worker {
    pub(crate) place: Rc<Place>,
    handler: RefCell<Rc<dyn Handler>>,
    /// What is served next, if all workers can.
    prepared: RefCell<Option<Rc<dyn Handler>>>,
    tls: RefCell<Option<Arc<ServerConfig>>>,
    connections: RefCell<Slab<Rc<Activity>>>,
    places: Places,
    is_draining: Cell<bool>,
    drain: Notify,
}

impl Worker {
    pub(crate) fn handler(&self) -> Rc<dyn Handler> {
        self.handler.borrow().clone()
    }

    pub(crate) fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.tls.borrow().clone()
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.is_draining.get()
    }

    fn begin(self: &Rc<Self>, stream: TcpStream, peer: SocketAddr, taken: Taken) {
        // Small responses must not wait for the client's acknowledgement. A socket that is gone fails soon enough.
        let _ = stream.set_nodelay(true);
        let activity = Rc::new(Activity::new(self.place.ticks.clone()));
        if self.is_draining() {
            activity.hurry();
        }
        let key = self.connections.borrow_mut().insert(activity.clone());
        self.place.counters.connections.add(1);
        self.place.counters.connections_open.add(1);
        let worker = self.clone();
        self.place.spawn(async move {
            connection::run(worker.clone(), activity, stream, peer).await;
            worker.connections.borrow_mut().try_remove(key);
            worker.place.counters.connections_open.subtract(1);
            drop(taken);
        });
    }

    fn prepare(&self, application: &dyn Application) -> Result<(), Error> {
        *self.prepared.borrow_mut() = Some(application.handler(&self.place)?);
        Ok(())
    }

    fn replace(&self) {
        if let Some(handler) = self.prepared.take() {
            self.handler.replace(handler);
        }
    }

    fn each_connection(&self, act: impl Fn(&Activity)) {
        for (_, activity) in &*self.connections.borrow() {
            act(activity);
        }
    }

    fn drain(&self) {
        self.is_draining.set(true);
        self.drain.notify_waiters();
        self.each_connection(Activity::hurry);
    }

    fn cut_off(&self) {
        let (connections, tasks) = (self.connections.borrow().len(), self.place.tasks());
        self.place
            .log
            .tell(&format!("the time of grace is over: {connections} connections and {tasks} tasks are cut off"));
        self.each_connection(|activity| activity.end(Over::Shutdown));
    }
}

fn setup(message: String) -> Error {
    Error::new(tambo::ErrorKind::Setup, message)
}

/// The life of a worker, on a thread of its own.
pub(crate) fn run(place: impl FnOnce() -> Place, start: Start) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = setup(format!("cannot start a worker: {error}"));
            // Nobody waits for it any more? Then there is nobody to tell.
            let _ = start.ready.send(Err(error));
            return;
        }
    };
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, live(Rc::new(place()), start));
}

async fn live(place: Rc<Place>, start: Start) {
    let Start { application, tls, sockets, connections, mut orders, ready } = start;
    let begun = application.handler(&place).and_then(|handler| Ok((handler, listen(sockets)?)));
    let (handler, listeners) = match begun {
        Ok(begun) => begun,
        Err(error) => return drop(ready.send(Err(error))),
    };
    let worker = Rc::new(Worker {
        place,
        handler: RefCell::new(handler),
        prepared: RefCell::default(),
        tls: RefCell::new(tls),
        connections: RefCell::default(),
        places: connections,
        is_draining: Cell::new(false),
        drain: Notify::new(),
    });
    tokio::task::spawn_local(tick(worker.clone()));
    for listener in listeners {
        worker.place.spawn(accept(worker.clone(), listener));
    }
    let _ = ready.send(Ok(()));
    while let Some(order) = orders.recv().await {
        match order {
            // Whoever asked may be gone, and the answer with it.
            Order::Prepare(application, answer) => drop(answer.send(worker.prepare(&*application))),
            Order::Replace => worker.replace(),
            Order::Forget => drop(worker.prepared.take()),
            Order::Certificate(config) => *worker.tls.borrow_mut() = Some(config),
            Order::Drain => break,
            Order::Abort => return,
        }
    }
    worker.drain();
    tokio::select! {
        () = worker.place.all_ended() => {}
        () = tokio::time::sleep(worker.place.limits.grace) => worker.cut_off(),
        () = aborted(&mut orders) => {}
    }
}

async fn aborted(orders: &mut mpsc::UnboundedReceiver<Order>) {
    loop {
        if matches!(orders.recv().await, Some(Order::Abort) | None) {
            return;
        }
    }
}

fn listen(sockets: Vec<Socket>) -> Result<Vec<TcpListener>, Error> {
    let listeners = sockets.into_iter().map(Socket::listen).collect::<Result<_, _>>();
    listeners.map_err(|error| setup(format!("cannot listen: {error}")))
}

/// Accept until the worker drains, then what has come until then.
async fn accept(worker: Rc<Worker>, listener: TcpListener) {
    let drain = worker.drain.notified();
    tokio::pin!(drain);
    // The worker may have been told before this task ran for the first time.
    while !worker.is_draining() {
        let taken = tokio::select! {
            biased;
            () = &mut drain => break,
            taken = room(&worker) => taken,
        };
        let accepted = tokio::select! {
            biased;
            () = &mut drain => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => worker.begin(stream, peer, taken),
            Err(error) => {
                worker.place.log.complain(Complaint::Accept, || format!("cannot accept a connection: {error}"));
                // Out of descriptors, most likely: only time helps.
                tokio::time::sleep(TICK).await;
            }
        }
    }
    accept_last(&worker, listener);
}

/// Who is in the queue of a socket that is closed is reset: take them all first. Nothing comes between the look that
/// finds the queue empty and the close but the two system calls.
fn accept_last(worker: &Rc<Worker>, listener: TcpListener) {
    let Ok(listener) = listener.into_std() else { return };
    let mut last = Vec::new();
    loop {
        match listener.accept() {
            Ok(accepted) => last.extend(worker.places.take().map(|taken| (accepted, taken))),
            // A client that has gone already is not the end of the queue.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::Interrupted) => {}
            Err(_) => break,
        }
    }
    drop(listener);
    for ((stream, peer), taken) in last {
        if let Ok(stream) = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)) {
            worker.begin(stream, peer, taken);
        }
    }
}

/// Wait until there is room for one more connection; until then they wait in the system's queue.
async fn room(worker: &Worker) -> Taken {
    loop {
        if let Some(taken) = worker.places.take() {
            return taken;
        }
        worker.place.log.complain(Complaint::Accept, || "as many connections as are allowed; others wait".to_owned());
        tokio::time::sleep(TICK).await;
    }
}

async fn tick(worker: Rc<Worker>) {
    let limits = &worker.place.limits;
    let allowed = Allowed { head: ticks::of(limits.head_time), idle: ticks::of(limits.idle) };
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let begin = interval.tick().await;
    let mut swept = 0;
    loop {
        let elapsed = interval.tick().await.saturating_duration_since(begin) + Duration::from_millis(1);
        worker.place.ticks.set(elapsed);
        worker.place.deadlines.sweep();
        worker.place.log.flush();
        let now = worker.place.ticks.now();
        if now >= swept + SWEEP {
            swept = now;
            worker.each_connection(|activity| activity.sweep(allowed));
        }
    }
}
