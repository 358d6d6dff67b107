//! Tambo's component API at its default settings, typed functions, imports linked before instantiation.

use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::task::Poll;

use tambo::component::{Answer, Borrow, Filled, Instance, Limits, Linked, Linker, Own, ResourceTable};
use tambo::{Config, EngineConfig, Error, PoolConfig, Runtime};

use crate::guests;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Default)]
pub struct State {
    things: ResourceTable<u32>,
}

pub struct Ours {
    runtime: Runtime,
}

impl Ours {
    /// With a pool that keeps so many bytes of each memory, or with none.
    pub fn new(resident: Option<usize>) -> Result<Self> {
        let pool = resident.map(|keep_resident| PoolConfig { keep_resident, ..PoolConfig::default() });
        let engine_config = EngineConfig { pool, ..EngineConfig::default() };
        let runtime = Runtime::with_config(Config { engine_config, cache: None, ..Config::default() });
        Ok(Self { runtime: runtime.map_err(boxed)? })
    }

    pub fn prepare(&self, text: &str) -> Result<Linked<State>> {
        let component = self.runtime.load_component(text.as_bytes()).map_err(boxed)?;
        component.link(&linker()).map_err(boxed)
    }
}

fn boxed(error: Error) -> Box<dyn std::error::Error + Send + Sync> {
    error.to_string().into()
}

/// A resource type.
enum Thing {}

fn linker() -> Linker<State> {
    let mut linker = Linker::<State>::new();
    linker.func::<(u32,), (u32,), _>("test:bench/host#num", |_, (x,)| Ok((x,)));
    linker.func::<(&str,), (u32,), _>("test:bench/host#text", |_, (text,)| Ok((text.len() as u32,)));
    linker.func::<(&[u8],), (u32,), _>("test:bench/host#bytes-in", |_, (bytes,)| Ok((bytes.len() as u32,)));
    let block: Arc<[u8]> = vec![7u8; 4096].into();
    let shared = block.clone();
    linker.func::<(), (Vec<u8>,), _>("test:bench/host#bytes-out", move |_, ()| Ok((block.to_vec(),)));
    linker.func::<(), (Arc<[u8]>,), _>("test:bench/host#bytes-shared", move |_, ()| Ok((shared.clone(),)));
    let file = crate::file();
    linker.func_filling::<(u32,), (std::result::Result<Filled, u32>,), _, _, _>(
        "test:bench/host#file",
        |_, (bytes,)| Ok(Poll::Ready(Answer::Fill { bytes, job: () })),
        move |_, (), mut space| {
            let read = file.read_at(space.bytes(), 0);
            Ok(Poll::Ready((read.map(|count| space.filled(count)).map_err(|_| 1),)))
        },
    );
    linker.resource::<Thing, _>("test:bench/host#thing", |state, thing| {
        state.things.remove(thing.rep());
    });
    linker.func::<(), (Own<Thing>,), _>("test:bench/host#make", |state, ()| Ok((Own::new(state.things.add(5)),)));
    linker.func::<(Borrow<Thing>,), (u32,), _>("test:bench/host#[method]thing.get", |state, (thing,)| {
        Ok((state.things.get(thing.rep()).copied().unwrap_or_default(),))
    });
    for index in guests::IMPORTS {
        let path = format!("test:bench/many#f{index}");
        if index < guests::TEXTUAL {
            linker.func::<(&str,), (u32,), _>(&path, |_, (text,)| Ok((text.len() as u32,)));
        } else {
            linker.func::<(u32,), (u32,), _>(&path, |_, (x,)| Ok((x,)));
        }
    }
    linker
}

/// A live instance whose exports can be called by name.
pub struct Running {
    instance: Instance<State>,
}

impl Running {
    pub fn new(ours: &Ours, text: &str) -> Result<Self> {
        Ok(Self { instance: ours.prepare(text)?.instantiate(State::default(), &Limits::default())? })
    }

    pub fn looping(&mut self, name: &str) -> Result<impl FnMut(u32)> {
        let func = self.instance.func::<(u32,), ()>(name).map_err(boxed)?;
        Ok(move |n| func.call(&mut self.instance, (n,)).expect("the guest runs"))
    }

    pub fn set_up(&mut self) -> Result<()> {
        let func = self.instance.func::<(), ()>("set-up").map_err(boxed)?;
        Ok(func.call(&mut self.instance, ())?)
    }

    pub fn empty(&mut self) -> Result<impl FnMut()> {
        let func = self.instance.func::<(), ()>("empty").map_err(boxed)?;
        Ok(move || func.call(&mut self.instance, ()).expect("the guest runs"))
    }

    pub fn echo(&mut self) -> Result<impl FnMut(&'static str) -> usize> {
        let func = self.instance.func::<(&'static str,), (String,)>("echo").map_err(boxed)?;
        Ok(move |text| func.call(&mut self.instance, (text,)).expect("the guest runs").0.len())
    }
}
