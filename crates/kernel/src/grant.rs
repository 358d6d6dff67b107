//! Authority: everything that a guest is given, and nothing else exists for it.

use std::rc::Rc;
use std::sync::Arc;

use crate::clock::{CpuClock, MonotonicClock, WallClock};
use crate::entropy::Entropy;
use crate::fs::Directory;
use crate::http::{HttpClient, HttpRules};
use crate::net::{Denied, Listener, Network, NetworkRules};
use crate::stream::{Closed, Stream};
use crate::wait::Waiter;
use crate::{Budget, Interrupt, ReadOnly};

/// The services without which no guest runs: clocks, entropy and waiting. `kernel-os` has the system's, `kernel-virt`
/// has fixed and seeded ones; any of them can be replaced.
#[derive(Clone)]
pub struct System {
    /// Wall time.
    pub wall: Rc<dyn WallClock>,
    /// Monotonic time.
    pub monotonic: Rc<dyn MonotonicClock>,
    /// Processor time of the process.
    pub process_cpu: Rc<dyn CpuClock>,
    /// Processor time of the thread.
    pub thread_cpu: Rc<dyn CpuClock>,
    /// Random bytes.
    pub entropy: Rc<dyn Entropy>,
    /// Waiting.
    pub waiter: Rc<dyn Waiter>,
}

/// A directory that is open when the guest starts.
#[derive(Clone)]
pub struct Preopen {
    /// The name by which the guest knows it.
    pub name: String,
    /// The directory.
    pub directory: Rc<dyn Directory>,
}

/// What one guest may use. Made from a [`System`]; all else is denied until it is granted.
#[derive(Clone)]
pub struct Grant {
    /// Clocks, entropy, waiting.
    pub system: System,
    /// The program's arguments; the first is its name.
    pub arguments: Vec<String>,
    /// The environment, in order.
    pub environment: Vec<(String, String)>,
    /// Standard input; at its end by default.
    pub stdin: Rc<dyn Stream>,
    /// Standard output; discarded by default.
    pub stdout: Rc<dyn Stream>,
    /// Standard error; discarded by default.
    pub stderr: Rc<dyn Stream>,
    /// Directories, in order.
    pub preopens: Vec<Preopen>,
    /// Listening sockets, in order.
    pub listeners: Vec<Rc<dyn Listener>>,
    /// What makes sockets and looks up names; nothing by default.
    pub network: Rc<dyn Network>,
    /// What of the network may be used, by sockets and by outbound HTTP alike; nothing by default.
    pub network_rules: Arc<NetworkRules>,
    /// What sends requests; nothing by default.
    pub http: Option<Rc<dyn HttpClient>>,
    /// Which requests may be sent; none by default.
    pub http_rules: Arc<HttpRules>,
    /// Bounds.
    pub budget: Budget,
    /// Stops the guest from outside.
    pub interrupt: Interrupt,
    /// Host calls may block the thread outright, out of reach of `interrupt`: for a guest that owns its process.
    pub may_block_thread: bool,
}

impl Grant {
    /// Nothing but the system's services.
    pub fn new(system: System) -> Self {
        let closed: Rc<dyn Stream> = Rc::new(Closed);
        Self {
            system,
            arguments: Vec::new(),
            environment: Vec::new(),
            stdin: closed.clone(),
            stdout: closed.clone(),
            stderr: closed,
            preopens: Vec::new(),
            listeners: Vec::new(),
            network: Rc::new(Denied),
            network_rules: Arc::default(),
            http: None,
            http_rules: Arc::default(),
            budget: Budget::default(),
            interrupt: Interrupt::new(),
            may_block_thread: false,
        }
    }

    /// Add a directory under a guest name.
    pub fn preopen(&mut self, name: impl Into<String>, directory: Rc<dyn Directory>) -> &mut Self {
        self.preopens.push(Preopen { name: name.into(), directory });
        self
    }

    /// Add a directory under a guest name, for reading only.
    pub fn preopen_read_only(&mut self, name: impl Into<String>, directory: Rc<dyn Directory>) -> &mut Self {
        self.preopen(name, Rc::new(ReadOnly::new(directory)))
    }
}
