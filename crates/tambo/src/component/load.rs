//! Loading components: compiled, from the cache, or precompiled.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use tambo_component_runtime::State;
use tambo_component_runtime::call::Explain;
use tambo_component_runtime::image::{self, BuildOptions, Image};
use tambo_component_runtime::plan::{HostFuncId, Plan, ResourceOrigin};
use tambo_component_runtime::resources::{ResourceInfo, resource_infos};
use tambo_engine::Module;
use tambo_wasi_p2::P2;

use super::backtrace::{Explainer, Source, SourceFile};
use super::types::ResourceId;
use super::{Linked, Linker, tables};
use crate::cache::{Cache, Key};
use crate::runtime::{native, refuse_precompiled, to_binary};
use crate::{Error, ErrorKind, Runtime, artifact};

/// A component, compiled. Cheap to clone; clones share everything and may be used on any thread.
#[derive(Clone)]
pub struct Component {
    pub(crate) plan: Arc<Plan>,
    /// Its tables; the module itself is compiled.
    pub(crate) image: Arc<Image>,
    pub(crate) module: Arc<dyn Module<State>>,
    pub(crate) infos: Arc<[ResourceInfo]>,
    /// For backtraces.
    source: Source,
}

/// Components.
impl Runtime {
    /// Load a component: binary, or text if the feature `wat` is on. Compiles it to one module, or finds that in the
    /// cache.
    pub fn load_component(&self, component: &[u8]) -> Result<Component, Error> {
        self.load_cached_component(component, None)
    }

    /// Load a component from a file, as [`load_component`](Runtime::load_component). A precompiled file is refused: it is
    /// native code, and whoever asks for a component may expect a sandbox.
    pub fn load_component_file(&self, path: impl AsRef<Path>) -> Result<Component, Error> {
        let path = path.as_ref();
        self.load_component_file_inner(path).map_err(|error| error.about(path.display()))
    }

    fn load_component_file_inner(&self, path: &Path) -> Result<Component, Error> {
        let identity = self.component_cache().and_then(|cache| cache.identity_key(path));
        if let Some((cache, key)) = self.component_cache().zip(identity.as_ref())
            && let Some(mut component) = self.find_component(cache, key)
        {
            if let Some(identity) = identity.filter(|_| self.locates_traps()) {
                let file = SourceFile { runtime: self.clone(), path: path.to_owned(), identity };
                component.source = Source::File(Arc::new(file));
            }
            return Ok(component);
        }
        let bytes = self.read(path)?;
        refuse_precompiled(&bytes)?;
        self.load_cached_component(&bytes, identity)
    }

    /// Compile a component to a file's worth of bytes that
    /// [`load_precompiled_component`](Runtime::load_precompiled_component) takes, on a runtime of the same configuration.
    pub fn precompile_component(&self, component: &[u8]) -> Result<Vec<u8>, Error> {
        let component = self.compile_component(component)?;
        let payload = component.module.serialize()?;
        let tables = tables::write(&component.plan, &component.image)?;
        Ok(artifact::encode(&payload, Some(&tables), &self.component_fingerprint()))
    }

    /// Load what [`precompile_component`](Runtime::precompile_component) gave, from a file.
    ///
    /// # Safety
    ///
    /// The file is native code that will run in this process, outside of any sandbox. It must come, unmodified, from
    /// `precompile_component`; the checks of its version and checksum find mistakes and damage, not malice.
    #[expect(unsafe_code, reason = "native code is a promise of the caller; see Safety")]
    pub unsafe fn load_precompiled_component(&self, path: impl AsRef<Path>) -> Result<Component, Error> {
        let path = path.as_ref();
        let component = self.read(path).and_then(|bytes| self.load_component_artifact(&bytes));
        component.map_err(|error| error.about(path.display()))
    }

    /// The core module that a component becomes before it is compiled, and the tables that explain that module's imports
    /// and exports.
    pub fn lower_component(&self, component: &[u8]) -> Result<Image, Error> {
        let _slot = self.compilation();
        self.lower(&self.component_binary(component)?).map(|(_, image)| image)
    }

    fn load_cached_component(&self, source: &[u8], identity: Option<Key>) -> Result<Component, Error> {
        let Some(cache) = self.component_cache() else { return self.compile_component(source) };
        let key = cache.content_key(source);
        let component = match self.find_component(cache, &key) {
            Some(component) => Component { source: self.keep(&to_binary(source)?), ..component },
            None => {
                let component = self.compile_component(source)?;
                if let Ok(payload) = component.module.serialize() {
                    cache.put(&key, &payload, Some(&tables::write(&component.plan, &component.image)?));
                }
                component
            }
        };
        if let Some(identity) = &identity {
            cache.alias(&key, identity);
        }
        Ok(component)
    }

    /// An entry that cannot be used is removed.
    fn find_component(&self, cache: &Cache, key: &Key) -> Option<Component> {
        let entry = cache.find(key)?;
        let tables = entry.tables.as_deref().and_then(|tables| tables::read(tables).ok());
        let module = native::load_cached(self.component_engine(), &entry.path);
        let component = tables.zip(module).map(|((plan, image), module)| Component::new(plan, image, module));
        if component.is_none() {
            cache.remove(key);
        }
        component
    }

    fn load_component_artifact(&self, bytes: &[u8]) -> Result<Component, Error> {
        let artifact = artifact::decode(bytes)?;
        let (payload, tables) = artifact.component()?;
        artifact.check_fingerprint(&self.component_fingerprint())?;
        self.check_ahead_of_time()?;
        let (plan, image) = tables::read(tables)?;
        Ok(Component::new(plan, image, native::load_artifact(self.component_engine(), payload)?))
    }

    fn compile_component(&self, source: &[u8]) -> Result<Component, Error> {
        let _slot = self.compilation();
        let binary = self.component_binary(source)?;
        let (plan, mut image) = self.lower(&binary)?;
        let module = self.component_engine().compile(&std::mem::take(&mut image.wasm))?;
        Ok(Component { source: self.keep(&binary), ..Component::new(plan, image, module) })
    }

    /// What is kept of a component in case that it traps.
    fn keep(&self, binary: &[u8]) -> Source {
        if self.locates_traps() { Source::Bytes(binary.into()) } else { Source::Gone }
    }

    fn component_binary<'a>(&self, source: &'a [u8]) -> Result<Cow<'a, [u8]>, Error> {
        self.check_size(source)?;
        let binary = to_binary(source)?;
        crate::inspect::refuse_module(&binary)?;
        Ok(binary)
    }

    fn lower(&self, binary: &[u8]) -> Result<(Plan, Image), Error> {
        let plan = Plan::new(binary).map_err(|error| Error::new(ErrorKind::Module, error.to_string()))?;
        let capabilities = self.capabilities();
        let options = BuildOptions {
            simd: capabilities.simd,
            exceptions: capabilities.exceptions,
            max_size: self.max_module_size(),
            waiting: waiting(&plan),
        };
        let image =
            image::build(&plan, binary, &options).map_err(|error| Error::new(ErrorKind::Module, error.to_string()))?;
        Ok((plan, image))
    }
}

/// The functions of WASI that it imports and that wait. An embedder who defines one of these otherwise loses nothing: what
/// never waits is never called again.
fn waiting(plan: &Plan) -> Vec<HostFuncId> {
    let mut wasi = Linker::<P2>::new();
    tambo_wasi_p2::add_to_linker(&mut wasi);
    let waits =
        |path: &[String]| super::paths::find(wasi.functions(), path).is_some_and(|definition| definition.suspends());
    let functions = plan.host_funcs.iter().zip((0..).map(HostFuncId));
    functions.filter_map(|(function, id)| waits(&function.path).then_some(id)).collect()
}

impl Component {
    fn new(plan: Plan, image: Image, module: Arc<dyn Module<State>>) -> Self {
        let infos = resource_infos(&plan);
        Self { plan: Arc::new(plan), image: Arc::new(image), module, infos, source: Source::Gone }
    }

    /// What explains the traps of its instances.
    pub(crate) fn explain(&self) -> Arc<Explain> {
        let explainer = Explainer { plan: self.plan.clone(), image: self.image.clone(), source: self.source.clone() };
        Arc::new(move |trap| explainer.explain(trap))
    }

    /// What it consists of.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The names of what it imports.
    pub fn imports(&self) -> impl Iterator<Item = &str> {
        self.plan.imports.iter().map(|import| import.name.as_str())
    }

    /// The names of what it exports.
    pub fn exports(&self) -> impl Iterator<Item = &str> {
        self.plan.exports.iter().map(|export| export.name.as_str())
    }

    /// The number of a resource type that it imports, by its path: for [`Val::Own`](super::Val::Own) and
    /// [`Val::Borrow`](super::Val::Borrow).
    pub fn imported_resource(&self, path: &str) -> Option<ResourceId> {
        let mut resources = self.plan.resources.iter().zip(0..);
        let matches = |origin: &ResourceOrigin| match origin {
            ResourceOrigin::Imported { path: given } => super::paths::matches(given, path.split('#')),
            ResourceOrigin::Defined { .. } => false,
        };
        resources.find_map(|(resource, id)| matches(&resource.origin).then_some(ResourceId(id)))
    }

    /// Link it. An error lists everything that is missing or of another type.
    pub fn link<S: 'static>(&self, linker: &Linker<S>) -> Result<Linked<S>, Error> {
        Linked::new(self, linker)
    }
}
