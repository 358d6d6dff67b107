//! The client: where requests go in, and the task that carries them out.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tambo_kernel::GuestId;
use tambo_kernel::http::{Exchange, HttpClient, HttpError, Promise, ResponseFuture, promise};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::{Duration, MissedTickBehavior, interval, sleep};
use tokio_rustls::TlsConnector;

use crate::ClientConfig;
use crate::exchange::{Outcome, carry_out};
use crate::gate::{Gate, Pass};
use crate::pool::Pool;
use crate::resolve::Resolver;
use crate::tls::{TlsError, connector};

/// How often a client without room looks for connections that nobody uses any more: hyper says so only when it is asked.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// A client. Clones share its connections.
///
/// The channel has no bound of its own: every request in it has a permit of its guest's.
#[derive(Clone)]
pub struct Client(Arc<Inbox>);

type Order = (Exchange, Promise<Outcome>);

enum Inbox {
    Local(UnboundedSender<Order>),
    Background(Mutex<Background>),
}

enum Background {
    NotStarted(Box<Setup>),
    Running(UnboundedSender<Order>),
    Failed,
}

/// What a driver is made of.
struct Setup {
    config: ClientConfig,
    tls: TlsConnector,
}

/// Carries out what its client is asked for, until the last clone of the client is dropped.
pub struct Driver {
    setup: Setup,
    orders: UnboundedReceiver<Order>,
}

impl Client {
    /// A client for guests of this thread. Fails if certificates or the key of the configuration cannot be used.
    pub fn local(config: ClientConfig) -> Result<(Self, Driver), TlsError> {
        let setup = Setup::new(config)?;
        let (sender, orders) = unbounded_channel();
        Ok((Self(Arc::new(Inbox::Local(sender))), Driver { setup, orders }))
    }

    /// A client with a thread of its own, which its first request starts. Fails as [`Client::local`] does.
    pub fn background(config: ClientConfig) -> Result<Self, TlsError> {
        let setup = Box::new(Setup::new(config)?);
        Ok(Self(Arc::new(Inbox::Background(Mutex::new(Background::NotStarted(setup))))))
    }
}

impl HttpClient for Client {
    fn send(&self, exchange: Exchange) -> ResponseFuture {
        let (promise, promised) = promise();
        let order = (exchange, promise);
        let unsent = match &*self.0 {
            Inbox::Local(sender) => sender.send(order).err().map(|unsent| unsent.0),
            Inbox::Background(background) => background.lock().unwrap_or_else(PoisonError::into_inner).send(order),
        };
        if let Some((_, promise)) = unsent {
            drop(promise.keep(Err(HttpError::internal("the HTTP client does not run"))));
        }
        promised
    }
}

impl Background {
    /// The order again, if nobody takes it.
    fn send(&mut self, order: Order) -> Option<Order> {
        if matches!(self, Self::NotStarted(_))
            && let Self::NotStarted(setup) = std::mem::replace(self, Self::Failed)
        {
            *self = start(*setup).map_or(Self::Failed, Self::Running);
        }
        match self {
            Self::Running(sender) => sender.send(order).err().map(|unsent| unsent.0),
            _ => Some(order),
        }
    }
}

/// A thread with a driver; none if the system has no room for one.
fn start(setup: Setup) -> Option<UnboundedSender<Order>> {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let (sender, orders) = unbounded_channel();
    let run = move || {
        let driver = Driver { setup, orders };
        block_on(runtime, &LocalSet::new(), driver.run());
    };
    thread::Builder::new().name("tambo-http".to_owned()).spawn(run).ok()?;
    Some(sender)
}

fn block_on<F: Future>(runtime: Runtime, tasks: &LocalSet, future: F) -> F::Output {
    let output = tasks.block_on(&runtime, future);
    // A lookup can hold a thread for long.
    runtime.shutdown_background();
    output
}

impl Setup {
    fn new(config: ClientConfig) -> Result<Self, TlsError> {
        let tls = connector(&config)?;
        Ok(Self { config, tls })
    }
}

impl Driver {
    /// Carry out exchanges beside the other tasks of the [`LocalSet`] that this is called in.
    pub fn spawn(self) {
        drop(spawn_local(self.run()));
    }

    /// Wait for something on this thread, and carry out exchanges meanwhile: whenever it is not ready. What has not been
    /// carried out by then never is.
    pub fn block_on<F: Future>(self, future: F) -> io::Result<F::Output> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let tasks = LocalSet::new();
        drop(tasks.spawn_local(self.run()));
        Ok(block_on(runtime, &tasks, future))
    }

    /// Carry out exchanges; to be polled in a [`LocalSet`].
    pub fn run(self) -> impl Future<Output = ()> {
        let Self { setup: Setup { config, tls }, mut orders } = self;
        async move {
            let shared = Rc::new(Shared {
                pool: RefCell::new(Pool::new(config.idle_connections)),
                resolver: Resolver::new(&config.hosts),
                exchanges: Gate::new(usize::MAX, config.guest_exchanges.max(1)),
                connections: Gate::new(config.connections.max(1), usize::MAX),
                makes_room: Cell::new(false),
                tls,
                config,
            });
            let mut ticks = interval(shared.config.idle_time.max(Duration::from_millis(1)));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    order = orders.recv() => match order {
                        Some((exchange, promise)) => drop(spawn_local(carry_out(shared.clone(), exchange, promise))),
                        None => return,
                    },
                    _ = ticks.tick() => shared.pool.borrow_mut().tick(),
                }
            }
        }
    }
}

/// What all exchanges of a client use.
pub(crate) struct Shared {
    pub(crate) config: ClientConfig,
    pub(crate) tls: TlsConnector,
    pub(crate) pool: RefCell<Pool>,
    pub(crate) resolver: Rc<Resolver>,
    /// For exchanges that have a connection, or are about to.
    pub(crate) exchanges: Gate,
    connections: Gate,
    /// Whether somebody drops connections that nobody uses.
    makes_room: Cell<bool>,
}

impl Shared {
    /// Room for one more connection, perhaps in place of one that nobody uses; waits for it.
    pub(crate) async fn room(self: &Rc<Self>, guest: GuestId) -> Pass {
        if let Some(room) = self.connections.enter_at_once(guest) {
            return room;
        }
        if !self.makes_room.replace(true) {
            spawn_local(self.clone().make_room());
        }
        self.connections.enter(guest).await
    }

    /// Drop connections that nobody uses, as long as others wait for room. Each ends in its own task, a moment later.
    async fn make_room(self: Rc<Self>) {
        // Whoever has this done begins to wait in the same turn.
        yield_now().await;
        loop {
            let waiting = self.connections.waiting();
            if waiting == 0 {
                break;
            }
            self.pool.borrow_mut().evict(waiting);
            sleep(LOOK_AGAIN).await;
        }
        self.makes_room.set(false);
    }
}
