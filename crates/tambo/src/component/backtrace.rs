//! Backtraces of components: frames of the image as frames of the core modules that it was made of, with their places in
//! the source. All of it is found out when there is a trap to explain; nothing is kept for it but the component's bytes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tambo_component_runtime::image::{FuncOrigin, Image, locate};
use tambo_component_runtime::plan::{ExportItem, Func, FuncSource, LiftId, ModuleId, Named, Plan};
use tambo_engine::{Frame, Part, Trap};

use crate::Runtime;
use crate::cache::Key;
use crate::runtime::to_binary;

/// Where the component is when a trap is to be explained.
#[derive(Clone)]
pub(crate) enum Source {
    /// Nowhere: functions have names, and no places.
    Gone,
    /// Here, as a binary.
    Bytes(Arc<[u8]>),
    /// Where it was found by its identity.
    File(Arc<SourceFile>),
}

/// A file that was not read, since what it becomes was in the cache.
pub(crate) struct SourceFile {
    pub(crate) runtime: Runtime,
    pub(crate) path: PathBuf,
    pub(crate) identity: Key,
}

impl Source {
    fn read(&self) -> Option<Arc<[u8]>> {
        match self {
            Self::Gone => None,
            Self::Bytes(bytes) => Some(bytes.clone()),
            Self::File(file) => file.read(),
        }
    }
}

impl SourceFile {
    /// The component, unless the file is another one by now.
    fn read(&self) -> Option<Arc<[u8]>> {
        let bytes = self.runtime.read(&self.path).ok()?;
        let identity = self.runtime.component_cache()?.identity_key(&self.path)?;
        if identity != self.identity {
            return None;
        }
        Some(to_binary(&bytes).ok()?.into())
    }
}

/// Explains the traps of a component.
pub(crate) struct Explainer {
    pub(crate) plan: Arc<Plan>,
    pub(crate) image: Arc<Image>,
    pub(crate) source: Source,
}

impl Explainer {
    /// Say for each frame of the image where it is in the component.
    pub(crate) fn explain(&self, trap: &mut Trap) {
        if trap.backtrace.is_empty() {
            return;
        }
        let source = self.source.read();
        let offsets = source.as_deref().and_then(|source| self.offsets(source, &trap.backtrace));
        let mut by_module: BTreeMap<ModuleId, Vec<(&mut Frame, u64)>> = BTreeMap::new();
        for (position, frame) in trap.backtrace.iter_mut().enumerate() {
            let offset = offsets.as_ref().and_then(|offsets| *offsets.get(position)?);
            let module = self.explain_frame(frame, offset);
            if let (Some(module), Some(offset)) = (module, offset) {
                by_module.entry(module).or_default().push((frame, offset));
            }
        }
        for (module, frames) in by_module {
            let bytes =
                source.as_deref().and_then(|source| source.get(self.plan.modules[module.index()].bytes.clone()));
            let offsets: Vec<u64> = frames.iter().map(|&(_, offset)| offset).collect();
            let places = bytes.map(|bytes| tambo_debug::locate(bytes, &offsets)).unwrap_or_default();
            for ((frame, _), places) in frames.into_iter().zip(places) {
                frame.locations = places;
            }
        }
    }

    /// For each frame, the offset in its own module.
    fn offsets(&self, source: &[u8], frames: &[Frame]) -> Option<Vec<Option<u64>>> {
        // At the start of a function that has no frame's offset, which is not asked for below.
        let place = |frame: &Frame| (frame.function_index, frame.function_offset.unwrap_or_default());
        let places: Vec<_> = frames.iter().map(place).collect();
        let offsets = locate(&self.plan, source, &self.image, &places).ok()?;
        let known =
            offsets.into_iter().zip(frames).map(|(offset, frame)| offset.filter(|_| frame.function_offset.is_some()));
        Some(known.collect())
    }

    /// Say which module a frame is in, and what its function is there.
    fn explain_frame(&self, frame: &mut Frame, offset: Option<u64>) -> Option<ModuleId> {
        let origin = self.image.origin(frame.function_index)?;
        (frame.offset, frame.function_offset) = (offset, None);
        let FuncOrigin::Module { instance, function, offset: body } = *origin else {
            frame.function = frame.function.take().map(|name| format!("<{}>", self.generated(name)));
            return None;
        };
        let instance = self.plan.core_instances.get(instance.index())?;
        let module = self.plan.modules.get(instance.module.index())?;
        frame.function_index = function;
        frame.function_offset = offset.and_then(|offset| offset.checked_sub(body as u64));
        frame.part = Some(Part {
            owner: self.plan.instances.get(instance.instance.index())?.name.clone(),
            module: module.name.clone(),
            start: module.bytes.start as u64,
        });
        Some(instance.module)
    }

    /// What a person calls a generated function. Those that the host calls are known by the names of their exports.
    fn generated(&self, name: String) -> String {
        if let Some(export) = self.image.lifts.iter().find(|export| export.export == name) {
            let path = path_of(&self.plan.exports, export.lift);
            return path.map_or(name, |path| format!("call from the host to {path}"));
        }
        match self.image.destructors.iter().find(|(_, export)| *export == name) {
            Some((resource, _)) => match self.plan.resources.get(resource.0 as usize) {
                Some(resource) => format!("call from the host to the destructor of {}", resource.name),
                None => name,
            },
            None => name,
        }
    }
}

/// The path under which a lifted function is exported.
fn path_of(exports: &[Named<ExportItem>], wanted: LiftId) -> Option<String> {
    exports.iter().find_map(|export| match &export.item {
        ExportItem::Func(Func { source: FuncSource::Lift(lift), .. }) if *lift == wanted => Some(export.name.clone()),
        ExportItem::Instance(items) => path_of(items, wanted).map(|path| format!("{}#{path}", export.name)),
        _ => None,
    })
}
