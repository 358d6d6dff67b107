//! A loaded component.

use std::sync::Arc;

use tambo_component_runtime::State;
use tambo_component_runtime::image::{self, BuildOptions, Image};
use tambo_component_runtime::plan::{Plan, ResourceOrigin};
use tambo_component_runtime::resources::{ResourceInfo, resource_infos};
use tambo_engine::Module;

use super::types::ResourceId;
use super::{Linked, Linker};
use crate::{Error, ErrorKind, Runtime};

/// A component, compiled. Cheap to clone; clones share everything and may be used on any thread.
#[derive(Clone)]
pub struct Component {
    pub(crate) plan: Arc<Plan>,
    pub(crate) image: Arc<Image>,
    pub(crate) module: Arc<dyn Module<State>>,
    pub(crate) infos: Arc<[ResourceInfo]>,
}

impl Component {
    pub(crate) fn new(runtime: &Runtime, binary: &[u8]) -> Result<Self, Error> {
        let plan = Plan::new(binary).map_err(|error| Error::new(ErrorKind::Module, error.to_string()))?;
        let capabilities = runtime.capabilities();
        let options = BuildOptions {
            simd: capabilities.simd,
            exceptions: capabilities.exceptions,
            max_size: runtime.max_module_size(),
        };
        let image =
            image::build(&plan, binary, &options).map_err(|error| Error::new(ErrorKind::Module, error.to_string()))?;
        let module = runtime.compile_image(&image.wasm)?;
        let infos = resource_infos(&plan);
        Ok(Self { plan: Arc::new(plan), image: Arc::new(image), module, infos })
    }

    /// What it consists of.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The core module that stands for it, and the tables that explain that module's imports and exports.
    pub fn image(&self) -> &Image {
        &self.image
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
