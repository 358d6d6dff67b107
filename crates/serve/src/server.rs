//! A server in one process: workers, whoever it answers to, and what is replaced while it runs.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use tambo::os::OpenDirectory;
use tambo::os::process::LineWriter;
use tambo::{Error, ErrorKind};
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;
use tokio_rustls::rustls::ServerConfig;

use crate::admin::{self, Observed};
use crate::budget::Places;
use crate::handler::Application;
use crate::limits::Limits;
use crate::listener::{self, Socket};
use crate::metrics::Metrics;
use crate::overseer::{Asked, Overseer};
use crate::place::Place;
use crate::processes::{Membership, Report};
use crate::signals::Signals;
use crate::supply::Supply;
use crate::tls::TlsFiles;
use crate::worker::{self, Order, Start};

/// How often files are looked at.
const WATCH: Duration = Duration::from_millis(500);

/// How to serve.
pub struct Options {
    /// Addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// Listening sockets that were passed to the process.
    pub passed: Vec<OwnedFd>,
    /// How many workers serve; see [`workers`].
    pub workers: usize,
    /// Bounds.
    pub limits: Limits,
    /// The certificate, for TLS.
    pub tls: Option<TlsFiles>,
    /// Where operators ask for metrics.
    pub admin: Option<SocketAddr>,
    /// Where the access log goes.
    pub access_log: Option<Arc<LineWriter>>,
    /// Whether files are watched.
    pub watch: bool,
    /// What is granted, in order: a worker that is started again gets it too.
    pub directories: Vec<OpenDirectory>,
}

/// Where what is served comes from, again and again.
pub trait Source: Send {
    /// Load it.
    fn load(&mut self) -> Result<Arc<dyn Application>, Error>;

    /// Whether it would be something else than it was when it was loaded last.
    fn has_changed(&mut self) -> bool;
}

/// How many workers serve: one for each core, if nobody says how many.
pub fn workers(wanted: Option<usize>) -> usize {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    wanted.unwrap_or_else(cores).max(1)
}

/// Serve until a signal asks to end; workers are threads. The first line on standard error names the address, once it
/// accepts.
pub fn serve(options: Options, source: Box<dyn Source>) -> Result<(), Error> {
    in_runtime(run(options, None, source))
}

/// Serve as a worker of a supervisor, until it asks to end: with one thread, and on the sockets that it gave.
pub fn serve_as_member(options: Options, membership: Membership, source: Box<dyn Source>) -> Result<(), Error> {
    in_runtime(run(options, Some(membership), source))
}

/// The outcome of what runs beside the workers, on this thread.
pub(crate) fn in_runtime<T>(run: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| setup(format!("cannot start: {error}")))?;
    let outcome = LocalSet::new().block_on(&runtime, run);
    // A component that is still compiling has nobody left to be served to, and is not waited for.
    runtime.shutdown_background();
    outcome
}

pub(crate) fn setup(message: String) -> Error {
    Error::new(ErrorKind::Setup, message)
}

async fn run(options: Options, membership: Option<Membership>, source: Box<dyn Source>) -> Result<(), Error> {
    let Begin { mut overseer, sockets, addresses, first } = begin(&options, membership)?;
    let watch = options.watch;
    let tls = options.tls.as_ref().map(TlsFiles::load).transpose()?;
    let tls_identity = options.tls.as_ref().map(TlsFiles::identity);
    let mut supply = Supply::begin(source);
    let application = tokio::select! {
        loaded = supply.next() => loaded?,
        () = overseer.asked_to_end() => return Ok(()),
    };
    let metrics = Arc::new(Metrics::new(sockets.len()));
    let (tls, tls_contents) = tls.unzip();
    let crew = Crew::start(&options, first, sockets, &application, tls.as_ref(), &metrics).await?;
    match &overseer {
        Overseer::Operator(_) => announce(&options, &addresses, metrics.clone()).await?,
        Overseer::Supervisor(supervisor, _) => supervisor.tell(&Report::Ready),
    }
    let (prepared, outcomes) = mpsc::unbounded_channel();
    let Options { tls, access_log, .. } = options;
    let tls = tls.map(|files| Tls { files, identity: tls_identity.unwrap_or_default(), contents: tls_contents });
    let control = Control { crew, overseer, metrics, supply, tls, access_log, prepared, outcomes };
    control.run(watch).await;
    Ok(())
}

/// What a server begins with.
struct Begin {
    overseer: Overseer,
    /// For each worker.
    sockets: Vec<Vec<Socket>>,
    addresses: Vec<SocketAddr>,
    /// The number of the first worker.
    first: u32,
}

fn begin(options: &Options, membership: Option<Membership>) -> Result<Begin, Error> {
    let signals = Signals::install()?;
    let Some(membership) = membership else {
        let (sockets, addresses) = sockets(options, options.workers)?;
        return Ok(Begin { overseer: Overseer::Operator(signals), sockets, addresses, first: 0 });
    };
    let (first, sockets, supervisor) = membership.begin()?;
    let overseer = Overseer::Supervisor(supervisor, signals);
    Ok(Begin { overseer, sockets: vec![sockets], addresses: Vec::new(), first })
}

/// Say where it serves, and answer operators.
pub(crate) async fn announce(
    options: &Options,
    addresses: &[SocketAddr],
    observed: impl Observed + 'static,
) -> Result<(), Error> {
    let admin = match options.admin {
        Some(address) => Some(admin::start(address, observed).await?),
        None => None,
    };
    let errors = LineWriter::to_stderr_of_server();
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    if addresses.is_empty() {
        errors.line(&format!("serving {scheme} on a socket that was passed"));
    }
    for address in addresses {
        errors.line(&format!("serving {scheme}://{address}"));
    }
    if let Some(address) = admin {
        errors.line(&format!("metrics at http://{address}/metrics"));
    }
    Ok(())
}

/// For each worker its sockets; and their addresses, in order.
pub(crate) fn sockets(options: &Options, workers: usize) -> Result<(Vec<Vec<Socket>>, Vec<SocketAddr>), Error> {
    let mut each: Vec<Vec<Socket>> = (0..workers).map(|_| Vec::new()).collect();
    let mut addresses = Vec::new();
    let mut spread = |sockets: Vec<Socket>| each.iter_mut().zip(sockets).for_each(|(own, socket)| own.push(socket));
    for address in &options.listen {
        let (sockets, address) = listener::bind(*address, workers)?;
        addresses.push(address);
        spread(sockets);
    }
    for passed in &options.passed {
        addresses.extend(listener::address(passed));
        spread(listener::share(passed, workers)?);
    }
    Ok((each, addresses))
}

/// All workers.
struct Crew {
    orders: Vec<mpsc::UnboundedSender<Order>>,
    ended: Vec<oneshot::Receiver<()>>,
}

impl Crew {
    async fn start(
        options: &Options,
        first: u32,
        sockets: Vec<Vec<Socket>>,
        application: &Arc<dyn Application>,
        tls: Option<&Arc<ServerConfig>>,
        metrics: &Metrics,
    ) -> Result<Self, Error> {
        let limits = Arc::new(options.limits.clone());
        let (connections, guests) = (Places::new(limits.connections), Places::new(limits.guests));
        let mut crew = Self { orders: Vec::new(), ended: Vec::new() };
        let mut starting = Vec::new();
        for ((sockets, counters), number) in sockets.into_iter().zip(&metrics.workers).zip(first..) {
            let (orders, received) = mpsc::unbounded_channel();
            let (ready, is_ready) = oneshot::channel();
            let (ended, has_ended) = oneshot::channel();
            let (application, tls, connections) = (application.clone(), tls.cloned(), connections.clone());
            let start = Start { application, tls, sockets, connections, orders: received, ready };
            let (limits, counters, guests) = (limits.clone(), counters.clone(), guests.clone());
            let access_log = options.access_log.clone();
            let place = move || Place::new(number, limits, counters, guests, access_log);
            std::thread::Builder::new()
                .name(format!("tambo-worker-{number}"))
                .spawn(move || {
                    worker::run(place, start);
                    // Whoever waits for the end may be gone itself.
                    let _ = ended.send(());
                })
                .map_err(|error| setup(format!("cannot start a worker: {error}")))?;
            crew.orders.push(orders);
            crew.ended.push(has_ended);
            starting.push(is_ready);
        }
        for ready in starting {
            ready.await.map_err(|_| setup("bug in tambo, please report it: a worker ended at once".to_owned()))??;
        }
        Ok(crew)
    }

    fn tell(&self, mut order: impl FnMut() -> Order) {
        for orders in &self.orders {
            // A worker that has ended needs no orders.
            let _ = orders.send(order());
        }
    }

    /// Have all workers get ready for what is served next. The outcome is that of all, told when there is one.
    fn prepare(&self, application: &Arc<dyn Application>, outcomes: &mpsc::UnboundedSender<Result<(), Error>>) {
        let mut answers = Vec::new();
        self.tell(|| {
            let (answer, answered) = oneshot::channel();
            answers.push(answered);
            Order::Prepare(application.clone(), answer)
        });
        let outcomes = outcomes.clone();
        tokio::task::spawn_local(async move {
            let mut outcome = Ok(());
            for answered in answers {
                // A worker that has ended serves nothing.
                outcome = outcome.and(answered.await.unwrap_or(Ok(())));
            }
            // Who waits for it may be gone: the server ends.
            let _ = outcomes.send(outcome);
        });
    }

    async fn ended(&mut self) {
        for ended in &mut self.ended {
            let _ = ended.await;
        }
    }
}

/// The certificate.
struct Tls {
    files: TlsFiles,
    /// Of the files, when they were looked at last.
    identity: (Option<String>, Option<String>),
    /// What they said that are used; none if others could not be.
    contents: Option<u64>,
}

/// What happens beside the workers.
struct Control {
    crew: Crew,
    overseer: Overseer,
    metrics: Arc<Metrics>,
    supply: Supply,
    tls: Option<Tls>,
    access_log: Option<Arc<LineWriter>>,
    /// Whether all workers are ready for what was loaded.
    prepared: mpsc::UnboundedSender<Result<(), Error>>,
    outcomes: mpsc::UnboundedReceiver<Result<(), Error>>,
}

impl Control {
    async fn run(mut self, watch: bool) {
        let mut look = tokio::time::interval(WATCH);
        loop {
            tokio::select! {
                asked = self.overseer.next() => match asked {
                    Asked::End => break,
                    Asked::Look => {
                        self.reopen_log();
                        self.look(true);
                    }
                    Asked::Reopen => self.reopen_log(),
                    Asked::Load => self.supply.look(true),
                    Asked::Certificate => self.reload_certificate(true),
                    Asked::Count => self.overseer.count(&self.metrics),
                },
                _ = look.tick(), if watch => self.look(false),
                loaded = self.supply.next() => match loaded {
                    Ok(application) => self.crew.prepare(&application, &self.prepared),
                    Err(error) => self.overseer.failed(error.message(), &self.metrics),
                },
                Some(outcome) = self.outcomes.recv() => self.replace(outcome),
            }
        }
        self.crew.tell(|| Order::Drain);
        tokio::select! {
            () = self.crew.ended() => {}
            () = self.overseer.asked_to_end() => self.crew.tell(|| Order::Abort),
        }
    }

    /// Load again what has changed, or everything if somebody asked for it.
    fn look(&mut self, asked: bool) {
        self.reload_certificate(asked);
        self.supply.look(asked);
    }

    /// What a worker cannot serve, none serves.
    fn replace(&self, prepared: Result<(), Error>) {
        match prepared {
            Ok(()) => {
                self.crew.tell(|| Order::Replace);
                self.overseer.reloaded(&self.metrics);
            }
            Err(error) => {
                self.crew.tell(|| Order::Forget);
                self.overseer.failed(error.message(), &self.metrics);
            }
        }
    }

    /// Whoever asks to look again may have moved the access log away.
    fn reopen_log(&self) {
        if let Some(Err(error)) = self.access_log.as_ref().map(|log| log.reopen()) {
            let line = format!("error: the access log goes on where it was: cannot open it again: {error}");
            LineWriter::to_stderr_of_server().line(&line);
        }
    }

    fn reload_certificate(&mut self, asked: bool) {
        let Some(tls) = &mut self.tls else { return };
        let identity = tls.files.identity();
        if identity == tls.identity && !asked {
            return;
        }
        tls.identity = identity;
        match tls.files.load() {
            Ok((_, contents)) if tls.contents == Some(contents) => {}
            Ok((config, contents)) => {
                tls.contents = Some(contents);
                self.crew.tell(|| Order::Certificate(config.clone()));
                self.overseer.new_certificate();
            }
            Err(error) => {
                tls.contents = None;
                self.overseer.failed(error.message(), &self.metrics);
            }
        }
    }
}
