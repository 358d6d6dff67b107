//! Plans made by hand from small modules, fused, and run on every engine.

mod components;
mod limits;
mod link;
mod locate;
mod passing;
mod segments;
mod shims;
mod text;

use std::sync::Arc;
use std::task::{Context, Poll};

use tambo_component_plan::{
    CanonFuncId, CoreDef, CoreInstanceId, CoreInstancePlan, CoreModule, InstanceId, InstancePlan, ModuleId, Plan,
};
use tambo_component_types::Flat;
use tambo_engine::{
    Engine, EngineConfig, Flow, FuncType, HostData, Import, Instance, Limits, Slot, Suspends, Trap, ValueType,
};
use wasm_encoder::{Function, Instruction, ValType};

use crate::image::{BuildOptions, HostImport, HostImportKind, Image};
use crate::link::{Declared, Generated, Places, Signature, Target};
use crate::{ImageError, fuse::fuse};

/// What the guest told the host, in order.
#[derive(Default)]
struct Log(Vec<i32>);

impl HostData for Log {
    fn block(&mut self) -> Result<(), Trap> {
        Err(Trap::bug("nothing suspends"))
    }

    fn poll_wait(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Trap>> {
        Poll::Ready(Err(Trap::bug("nothing suspends")))
    }
}

/// A component without a component: modules, and what is made of them.
#[derive(Default)]
struct Bench {
    bytes: Vec<u8>,
    plan: Plan,
    declared: Declared,
    exports: Vec<CoreDef>,
    options: BuildOptions,
}

/// The canonical function that logs its argument: a host import.
const LOG: CoreDef = CoreDef::Canon(CanonFuncId(0));

fn export(instance: CoreInstanceId, name: &str) -> CoreDef {
    CoreDef::Export { instance, name: name.to_owned() }
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self { bytes: b"not a module".to_vec(), ..Self::default() };
        bench.plan.instances.push(InstancePlan { parent: None, name: "root".to_owned() });
        bench.declared.imports.push(HostImport {
            retries: false,
            module: "host".to_owned(),
            name: "log".to_owned(),
            memory: None,
            params: vec![Flat::I32],
            results: vec![],
            kind: HostImportKind::ScopeEnter,
        });
        bench.declared.canon.push(Some(Target::Host(0)));
        bench
    }

    fn module(&mut self, text: &str) -> ModuleId {
        let wasm = wat::parse_str(text).unwrap();
        wasmparser::Validator::new_with_features(tambo_component_plan::features()).validate_all(&wasm).unwrap();
        self.raw_module(&wasm)
    }

    fn raw_module(&mut self, wasm: &[u8]) -> ModuleId {
        let id = ModuleId(self.plan.modules.len() as u32);
        let start = self.bytes.len();
        self.bytes.extend_from_slice(wasm);
        self.plan.modules.push(CoreModule { bytes: start..self.bytes.len(), name: format!("m{}", id.0) });
        id
    }

    fn instance(&mut self, module: ModuleId, imports: &[CoreDef]) -> CoreInstanceId {
        let id = CoreInstanceId(self.plan.core_instances.len() as u32);
        let imports = imports.to_vec();
        self.plan.core_instances.push(CoreInstancePlan { module, instance: InstanceId(0), imports });
        id
    }

    /// A module that is instantiated once.
    fn add(&mut self, text: &str, imports: &[CoreDef]) -> CoreInstanceId {
        let module = self.module(text);
        self.instance(module, imports)
    }

    /// Export a core function from the image, under its own name, through a generated function.
    fn export(&mut self, instance: CoreInstanceId, name: &str, params: &[ValType], results: &[ValType]) {
        self.export_as(name, instance, name, params, results);
    }

    fn export_as(&mut self, to: &str, from: CoreInstanceId, name: &str, params: &[ValType], results: &[ValType]) {
        self.declared.exports.push((to.to_owned(), self.exports.len()));
        let (params, results) = (params.to_vec(), results.to_vec());
        self.declared.functions.push(Signature { name: format!("export {to}"), params, results });
        self.exports.push(export(from, name));
    }

    fn fuse(self) -> Result<Image, ImageError> {
        let exports = self.exports;
        fuse(&self.plan, &self.bytes, &self.options, self.declared, |declared, places| {
            Ok(declared
                .functions
                .iter()
                .zip(&exports)
                .map(|(signature, def)| pass_on(signature, def, places))
                .collect())
        })
    }

    /// Whether generated code is told to expect exceptions.
    fn catches(self) -> bool {
        let mut catches = None;
        let generate = |declared: &Declared, _: &mut dyn Places| {
            catches = Some(declared.catch);
            Ok(vec![])
        };
        fuse(&self.plan, &self.bytes, &self.options, self.declared, generate).unwrap();
        catches.unwrap()
    }

    fn image(self) -> Image {
        self.fuse().unwrap()
    }
}

fn pass_on(signature: &Signature, def: &CoreDef, places: &mut dyn Places) -> Generated {
    let mut body = Function::new([]);
    for param in 0..signature.params.len() as u32 {
        body.instruction(&Instruction::LocalGet(param));
    }
    body.instruction(&Instruction::Call(places.func(def)));
    body.instruction(&Instruction::End);
    Generated { signature: signature.clone(), body }
}

fn engines() -> [Arc<dyn Engine<Log>>; 2] {
    let config = EngineConfig::default();
    [
        Arc::new(tambo_engine_wasmtime::WasmtimeEngine::new(&config).unwrap()),
        Arc::new(tambo_engine_wasmi::WasmiEngine::new(&config).unwrap()),
    ]
}

/// A running image.
struct Guest(Box<dyn Instance<Log>>);

impl Guest {
    /// Instantiated, not started.
    fn instantiate(engine: &dyn Engine<Log>, image: &Image) -> Result<Self, Trap> {
        let log: Import<Log> = Import {
            module: "host".into(),
            name: "log".into(),
            ty: FuncType::new([ValueType::I32], []),
            suspends: Suspends::No,
            memory: None,
            call: Arc::new(|call, slots| {
                call.data.0.push(slots[0].into());
                Flow::Done
            }),
        };
        let module = engine.compile(&image.wasm).unwrap_or_else(|error| panic!("{}: {error}", engine.name()));
        let prepared = module.prepare(&[log], "memory", false).unwrap();
        prepared.instantiate(Log::default(), &Limits::default()).map(Self)
    }

    fn started(engine: &dyn Engine<Log>, image: &Image) -> Self {
        let mut guest = Self::instantiate(engine, image).unwrap();
        guest.0.start().unwrap();
        guest
    }

    fn call(&mut self, name: &str, args: &[i32]) -> Result<i32, Trap> {
        let (function, ty) = self.0.function(name).unwrap();
        let mut slots: Vec<Slot> = args.iter().copied().map(Slot::from).collect();
        slots.resize(ty.slots().max(1), Slot::default());
        self.0.call(function, &mut slots)?;
        Ok(slots[0].into())
    }

    fn log(&self) -> &[i32] {
        &self.0.data().0
    }
}

/// Run a check on every engine.
fn each(image: &Image, check: impl Fn(&mut Guest)) {
    for engine in engines() {
        check(&mut Guest::started(&*engine, image));
    }
}

/// The image as text, for what does not show when it runs.
fn count(image: &Image, mut wanted: impl FnMut(&wasmparser::Payload<'_>) -> u32) -> u32 {
    wasmparser::Parser::new(0).parse_all(&image.wasm).map(|payload| wanted(&payload.unwrap())).sum()
}
