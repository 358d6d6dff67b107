//! Loading what is served: components compiled and linked once for all workers, again when their files change.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tambo::component::plan::names;
use tambo::component::{Component, Linked, Linker};
use tambo::os::blob_store::{read_regular_file, what_is_no_file};
use tambo::{Error, ErrorKind, Grant, Runtime, Ticker};
use tambo_wasi_p2::P2;
use tambo_wasi_p2::http::HANDLE;

use super::instances::Instances;
use super::site::Site;
use crate::config::{self, ComponentConfig};
use crate::handler::{Application, Handler};
use crate::place::Place;
use crate::routes::Routes;
use crate::seen::Seen;
use crate::server::Source;

/// How often guests that compute are made to give way, if others wait for their thread.
const GIVE_WAY: Duration = Duration::from_millis(10);
/// The largest file of routes.
const MAX_ROUTES: usize = 1 << 20;

/// What makes the grant of a worker's guests, on its thread.
type MakeGrant = Arc<dyn Fn() -> Result<Grant, Error> + Send + Sync>;
/// What makes a component of a file.
type LoadComponent = Arc<dyn Fn(&Runtime, &Path) -> Result<Component, Error> + Send + Sync>;

/// What all guests are given.
#[derive(Clone)]
pub struct GuestOptions {
    /// Authority: called on each worker's thread.
    pub grant: MakeGrant,
    /// How many requests an instance answers.
    pub reuse: u32,
    /// How a file is loaded: whether one may be native code is for whoever starts the server to say.
    pub load: LoadComponent,
}

/// Loads one component, or those that a file of routes names.
pub struct Loader {
    runtime: Runtime,
    /// Has guests that compute give way.
    _ticker: Ticker,
    path: PathBuf,
    options: GuestOptions,
    /// The files that were loaded, as they were.
    loaded: Vec<Seen>,
}

impl Loader {
    /// For a component, or a file of routes (`.toml`). The runtime has to be built with
    /// [`interrupts`](tambo::EngineConfig::interrupts).
    pub fn new(runtime: Runtime, path: PathBuf, options: GuestOptions) -> Result<Self, Error> {
        let ticker = runtime.tick_every(GIVE_WAY)?;
        Ok(Self { runtime, _ticker: ticker, path, options, loaded: Vec::new() })
    }

    fn components(&self) -> Result<Vec<ComponentConfig>, Error> {
        if !is_routes(&self.path) {
            return Ok(vec![ComponentConfig::of_file(&self.path)]);
        }
        let about = |error: Error| error.about(self.path.display());
        let bytes = read_regular_file(&self.path, MAX_ROUTES)
            .map_err(|error| about(Error::new(ErrorKind::File, format!("cannot read it: {error}"))))?;
        let text = String::from_utf8(bytes).map_err(|_| about(Error::new(ErrorKind::File, "it is not UTF-8")))?;
        let directory = self.path.parent().unwrap_or(Path::new(""));
        config::parse(&text, directory).map_err(about)
    }

    fn link(&self, config: ComponentConfig) -> Result<Served, Error> {
        if let Some(what) = what_is_no_file(&config.file) {
            // Whoever opens a pipe waits until somebody writes to it.
            let error = Error::new(ErrorKind::File, format!("cannot read it: it is {what}, no file"));
            return Err(error.about(config.file.display()));
        }
        let component = (self.options.load)(&self.runtime, &config.file)?;
        let (interface, _) = HANDLE.split_once('#').unwrap_or((HANDLE, ""));
        if !component.exports().any(|export| names::compatible(interface, export)) {
            let error = Error::new(ErrorKind::Link, format!("the component does not export {interface}"))
                .with_hint("`tambo run` runs commands; `tambo inspect` shows what a component exports");
            return Err(error.about(config.file.display()));
        }
        let mut linker = Linker::<P2>::new();
        tambo_wasi_p2::add_to_linker(&mut linker);
        let linked = component.link(&linker).map_err(|error| error.about(config.file.display()))?;
        Ok(Served { config, linked })
    }
}

fn is_routes(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

impl Source for Loader {
    fn load(&mut self) -> Result<Arc<dyn Application>, Error> {
        // Looked at before they are read: a change in between is seen the next time.
        self.loaded = vec![Seen::new(self.path.clone())];
        let components = self.components()?;
        self.loaded.extend(components.iter().map(|component| Seen::new(component.file.clone())));
        let components = components.into_iter().map(|config| self.link(config)).collect::<Result<_, _>>()?;
        Ok(Arc::new(Components { components, options: self.options.clone() }))
    }

    fn has_changed(&mut self) -> bool {
        self.loaded.iter_mut().any(Seen::has_changed)
    }
}

/// Components, linked.
struct Components {
    components: Vec<Served>,
    options: GuestOptions,
}

struct Served {
    config: ComponentConfig,
    linked: Linked<P2>,
}

impl Application for Components {
    fn handler(&self, place: &Rc<Place>) -> Result<Rc<dyn Handler>, Error> {
        let mut routes = Vec::new();
        for Served { config, linked } in &self.components {
            let mut grant = (self.options.grant)()?;
            for (name, value) in &config.environment {
                grant.env(name, value);
            }
            let reuse = config.reuse.unwrap_or(self.options.reuse);
            let kernel = grant.kernel_mut().clone();
            let instances = Instances::new(&config.name, place.clone(), linked.clone(), kernel, reuse);
            routes.push((config.host.as_deref(), config.path.as_str(), Rc::new(instances)));
        }
        Ok(Rc::new(Site { place: place.clone(), routes: Routes::new(routes) }))
    }
}
