//! Authority in the terms of an embedder: directories by path, listeners by address, output to collect.

use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::Directory;
use tambo_kernel::http::{HttpClient, HttpRule};
use tambo_kernel::net::NetworkRules;
use tambo_kernel::stream::Stream;
use tambo_kernel::{Budget, Grant as KernelGrant, Interrupt};
use tambo_kernel_virt::{Input, Output, Seeded};

use crate::{Error, ErrorKind, Limits};

/// What one guest may use: nothing but clocks and randomness until it is granted. Cheap to clone and reuse: a clone
/// grants the same objects to another guest, and stopping the one does not stop the other.
///
/// ```
/// use std::rc::Rc;
/// use tambo::kernel::clock::Timestamp;
/// use tambo::virt::{MemoryFs, VirtualClock};
/// use tambo::{Grant, Limits};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let files = MemoryFs::new(Rc::new(VirtualClock::new(Timestamp::default(), 0)), 1 << 20, 1_000);
/// files.write_file("config.toml", b"answer = 42")?;
///
/// let mut grant = Grant::new();
/// grant
///     .args(["app", "--verbose"])
///     .env("LANG", "C")
///     .read_only_dir(".", "/src")?
///     .limits(Limits { memory: 64 << 20, ..Limits::default() })
///     .seed(1)
///     .clock(Timestamp { seconds: 1_767_225_600, nanoseconds: 0 });
/// grant.kernel_mut().preopen("/etc", files.root());
/// let stdout = grant.capture_stdout(1 << 20);
/// # assert!(stdout.contents().is_empty());
/// # Ok(())
/// # }
/// ```
pub struct Grant {
    pub(crate) kernel: KernelGrant,
    pub(crate) limits: Limits,
    pub(crate) timeout: Option<Duration>,
    seed: Option<u64>,
    clock: Option<Timestamp>,
}

impl Clone for Grant {
    fn clone(&self) -> Self {
        let kernel = KernelGrant { interrupt: Interrupt::new(), ..self.kernel.clone() };
        Self { kernel, limits: self.limits.clone(), ..*self }
    }
}

impl Default for Grant {
    fn default() -> Self {
        Self::new()
    }
}

impl Grant {
    /// The system's clocks and randomness, and nothing else.
    pub fn new() -> Self {
        Self::from_kernel(KernelGrant::new(tambo_kernel_os::system()))
    }

    /// A grant of the kernel's, with objects of the embedder's own.
    pub fn from_kernel(kernel: KernelGrant) -> Self {
        Self { kernel, limits: Limits::default(), timeout: None, seed: None, clock: None }
    }

    /// The kernel's grant below, to be changed at will.
    pub fn kernel_mut(&mut self) -> &mut KernelGrant {
        &mut self.kernel
    }

    /// The program's arguments; the first is its own name.
    pub fn args<S: Into<String>>(&mut self, args: impl IntoIterator<Item = S>) -> &mut Self {
        self.kernel.arguments.extend(args.into_iter().map(Into::into));
        self
    }

    /// An environment variable. A later one of the same name replaces an earlier one.
    pub fn env(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        let environment = &mut self.kernel.environment;
        match environment.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = value,
            None => environment.push((name, value)),
        }
        self
    }

    /// A directory of the host, under a guest name, for reading and writing.
    pub fn dir(&mut self, host: impl AsRef<Path>, guest: impl Into<String>) -> Result<&mut Self, Error> {
        let directory = open_directory(host.as_ref())?;
        self.kernel.preopen(guest, directory);
        Ok(self)
    }

    /// A directory of the host, under a guest name, for reading only.
    pub fn read_only_dir(&mut self, host: impl AsRef<Path>, guest: impl Into<String>) -> Result<&mut Self, Error> {
        let directory = open_directory(host.as_ref())?;
        self.kernel.preopen_read_only(guest, directory);
        Ok(self)
    }

    /// Listen on a TCP address and hand the listener to the guest.
    pub fn listen(&mut self, address: SocketAddr) -> Result<&mut Self, Error> {
        let listener = tambo_kernel_os::listen_tcp(address)
            .map_err(|error| Error::new(ErrorKind::Grant, format!("cannot listen on {address}: {error}")))?;
        self.kernel.listeners.push(listener);
        Ok(self)
    }

    /// Listen on a Unix socket and hand the listener to the guest.
    pub fn listen_unix(&mut self, path: impl AsRef<Path>) -> Result<&mut Self, Error> {
        let path = path.as_ref();
        let listener = tambo_kernel_os::listen_unix(path)
            .map_err(|error| Error::new(ErrorKind::Grant, format!("cannot listen on {}: {error}", path.display())))?;
        self.kernel.listeners.push(listener);
        Ok(self)
    }

    /// Let the guest use this host's network, as far as the rules allow, besides what was allowed before: by sockets, and, to
    /// what it may connect to by TCP, by HTTP requests, if there is an [`http_client`](Grant::http_client). Rules are made
    /// from text, as the command takes them:
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut grant = tambo::Grant::new();
    /// grant.allow_network("tcp:connect:*.example.com:443 udp:connect:10.0.0.0/8:53".parse()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn allow_network(&mut self, rules: NetworkRules) -> &mut Self {
        // An embedder that allows something by itself has a network of its own choice in place.
        if self.kernel.network_rules.is_empty() {
            self.kernel.network = tambo_kernel_os::network();
        }
        Arc::make_mut(&mut self.kernel.network_rules).extend(rules);
        self
    }

    /// Let the guest use this host's network without any rule, its loopback and metadata addresses included.
    pub fn inherit_network(&mut self) -> &mut Self {
        self.allow_network(NetworkRules::allow_all())
    }

    /// Allow requests, and nothing to sockets, such as `https://api.example.com` or `GET http://*.internal:8080`. Something has to send them:
    /// [`http_client`](Grant::http_client).
    pub fn allow_http(&mut self, rules: impl IntoIterator<Item = HttpRule>) -> &mut Self {
        let all = Arc::make_mut(&mut self.kernel.http_rules);
        for rule in rules {
            all.allow(rule);
        }
        self
    }

    /// What sends the guest's requests, as far as they are allowed: a client of `tambo-kernel-http`, or one of the
    /// embedder's own.
    pub fn http_client(&mut self, client: Rc<dyn HttpClient>) -> &mut Self {
        self.kernel.http = Some(client);
        self
    }

    /// This process's own standard streams.
    pub fn inherit_stdio(&mut self) -> &mut Self {
        self.kernel.stdin = tambo_kernel_os::stdin();
        self.kernel.stdout = tambo_kernel_os::stdout();
        self.kernel.stderr = tambo_kernel_os::stderr();
        self
    }

    /// Standard input from bytes.
    pub fn stdin(&mut self, bytes: impl Into<Vec<u8>>) -> &mut Self {
        self.kernel.stdin = Rc::new(Input::from_bytes(bytes.into()));
        self
    }

    /// Keep what the guest writes to standard output, up to a limit in bytes.
    pub fn capture_stdout(&mut self, limit: usize) -> Output {
        let output = Output::new(limit);
        self.kernel.stdout = Rc::new(output.clone());
        output
    }

    /// Keep what the guest writes to standard error, up to a limit in bytes.
    pub fn capture_stderr(&mut self, limit: usize) -> Output {
        let output = Output::new(limit);
        self.kernel.stderr = Rc::new(output.clone());
        output
    }

    /// Standard streams of the embedder's own making.
    pub fn streams(&mut self, stdin: Rc<dyn Stream>, stdout: Rc<dyn Stream>, stderr: Rc<dyn Stream>) -> &mut Self {
        self.kernel.stdin = stdin;
        self.kernel.stdout = stdout;
        self.kernel.stderr = stderr;
        self
    }

    /// Random bytes that depend on this seed alone, and are the same for each instance.
    pub fn seed(&mut self, seed: u64) -> &mut Self {
        self.seed = Some(seed);
        self
    }

    /// Clocks that start at this time for each instance, and move only as the guest looks at them or sleeps.
    pub fn clock(&mut self, start: Timestamp) -> &mut Self {
        self.clock = Some(start);
        self
    }

    /// Bounds on memory, tables and fuel.
    pub fn limits(&mut self, limits: Limits) -> &mut Self {
        self.limits = limits;
        self
    }

    /// Bounds on what the host keeps for the guest.
    pub fn budget(&mut self, budget: Budget) -> &mut Self {
        self.kernel.budget = budget;
        self
    }

    /// Stop the guest after a time. The engine must have been built with
    /// [`interrupts`](crate::EngineConfig::interrupts), or only host calls are stopped.
    pub fn timeout(&mut self, timeout: Duration) -> &mut Self {
        self.timeout = Some(timeout);
        self
    }

    /// Let host calls block the thread outright. Faster, but a blocked call is then out of reach of
    /// [`Stopper`](crate::Stopper)s and [`timeout`](Grant::timeout); for a guest that has its process to itself.
    pub fn may_block_thread(&mut self, may: bool) -> &mut Self {
        self.kernel.may_block_thread = may;
        self
    }
}

impl Grant {
    /// The kernel's grant for one instance, with virtual services of its own.
    pub(crate) fn into_kernel(self) -> KernelGrant {
        let mut kernel = self.kernel;
        if let Some(seed) = self.seed {
            kernel.system.entropy = Rc::new(Seeded::new(seed));
        }
        if let Some(start) = self.clock {
            tambo_kernel_virt::virtualize_clocks(&mut kernel.system, start);
        }
        kernel
    }
}

fn open_directory(host: &Path) -> Result<Rc<dyn Directory>, Error> {
    tambo_kernel_os::open_directory(host)
        .map_err(|error| Error::new(ErrorKind::Grant, format!("cannot open directory {}: {error}", host.display())))
}
