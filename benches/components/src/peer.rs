//! wasmtime's component API at its default settings, typed functions, imports linked before instantiation.

use std::os::unix::fs::FileExt;
use std::sync::Arc;

use wasmtime::component::{Component, InstancePre, Linker, Resource, ResourceTable, ResourceType, TypedFunc};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store};

use crate::guests;

pub struct State {
    table: ResourceTable,
}

pub struct Thing(u32);

pub struct Peer {
    engine: Engine,
}

impl Peer {
    pub fn new(pooled: bool) -> Result<Self> {
        let mut config = Config::new();
        if pooled {
            let mut pool = PoolingAllocationConfig::new();
            pool.total_core_instances(100).total_memories(100).total_tables(100).max_memory_size(4 << 30);
            config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        }
        Ok(Self { engine: Engine::new(&config)? })
    }

    pub fn prepare(&self, text: &str) -> Result<InstancePre<State>> {
        let binary = wat::parse_str(text).map_err(|error| wasmtime::Error::msg(error.to_string()))?;
        let component = Component::new(&self.engine, binary)?;
        let mut linker = Linker::new(&self.engine);
        let mut host = linker.instance("test:bench/host")?;
        host.func_wrap("num", |_, (x,): (u32,)| Ok((x,)))?;
        host.func_wrap("text", |_, (text,): (String,)| Ok((text.len() as u32,)))?;
        host.func_wrap("bytes-in", |_, (bytes,): (Vec<u8>,)| Ok((bytes.len() as u32,)))?;
        let block: Arc<[u8]> = vec![7u8; 4096].into();
        let shared = block.clone();
        host.func_wrap("bytes-out", move |_, (): ()| Ok((block.to_vec(),)))?;
        host.func_wrap("bytes-shared", move |_, (): ()| Ok((shared.clone(),)))?;
        let file = crate::file();
        host.func_wrap("file", move |_, (len,): (u32,)| {
            let mut bytes = vec![0; len as usize];
            let read = file.read_at(&mut bytes, 0);
            Ok((read
                .map(|count| {
                    bytes.truncate(count);
                    bytes
                })
                .map_err(|_| 1u32),))
        })?;
        host.resource("thing", ResourceType::host::<Thing>(), |_, _| Ok(()))?;
        host.func_wrap("make", |mut store: wasmtime::StoreContextMut<'_, State>, (): ()| {
            Ok((store.data_mut().table.push(Thing(5))?,))
        })?;
        host.func_wrap(
            "[method]thing.get",
            |store: wasmtime::StoreContextMut<'_, State>, (thing,): (Resource<Thing>,)| {
                Ok((store.data().table.get(&thing)?.0,))
            },
        )?;
        let mut many = linker.instance("test:bench/many")?;
        for index in guests::IMPORTS {
            let name = format!("f{index}");
            if index < guests::TEXTUAL {
                many.func_wrap(&name, |_, (text,): (String,)| Ok((text.len() as u32,)))?;
            } else {
                many.func_wrap(&name, |_, (x,): (u32,)| Ok((x,)))?;
            }
        }
        linker.instantiate_pre(&component)
    }

    pub fn store(&self) -> Store<State> {
        Store::new(&self.engine, State { table: ResourceTable::new() })
    }
}

/// A live instance whose exports can be called by name.
pub struct Running {
    store: Store<State>,
    instance: wasmtime::component::Instance,
}

impl Running {
    pub fn new(peer: &Peer, text: &str) -> Result<Self> {
        let prepared = peer.prepare(text)?;
        let mut store = peer.store();
        let instance = prepared.instantiate(&mut store)?;
        Ok(Self { store, instance })
    }

    pub fn looping(&mut self, name: &str) -> Result<impl FnMut(u32)> {
        let func: TypedFunc<(u32,), ()> = self.instance.get_typed_func(&mut self.store, name)?;
        Ok(move |n| func.call(&mut self.store, (n,)).expect("the guest runs"))
    }

    pub fn set_up(&mut self) -> Result<()> {
        let func: TypedFunc<(), ()> = self.instance.get_typed_func(&mut self.store, "set-up")?;
        func.call(&mut self.store, ())
    }

    pub fn empty(&mut self) -> Result<impl FnMut()> {
        let func: TypedFunc<(), ()> = self.instance.get_typed_func(&mut self.store, "empty")?;
        Ok(move || func.call(&mut self.store, ()).expect("the guest runs"))
    }

    pub fn echo(&mut self) -> Result<impl FnMut(&str) -> usize> {
        let func: TypedFunc<(&str,), (String,)> = self.instance.get_typed_func(&mut self.store, "echo")?;
        Ok(move |text: &str| func.call(&mut self.store, (text,)).expect("the guest runs").0.len())
    }
}
