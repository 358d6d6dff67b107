//! `wasi:filesystem` (proposals/filesystem/wit at v0.2.12).
//!
//! A stream of a file has a position of its own and may outlive its descriptor, as may a walk over a directory.

mod descriptor;
mod error;
mod object;
mod values;

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;
use tambo_kernel::fs::{Entries, Node};
use tambo_kernel::{Error, Grant, Preopen};

use crate::P2;
use crate::bindings::wasi::filesystem::preopens;
use crate::bindings::wasi::filesystem::types::{Descriptor, DescriptorFlags};
use crate::bindings::wasi::filesystem::types::{DirectoryEntry, DirectoryEntryStream, HostDirectoryEntryStream};
use crate::table::Objects;
use object::Opened;

pub use error::FileFailure;
pub use object::FileRead;

/// The objects of `wasi:filesystem`.
pub(crate) struct Filesystem {
    preopens: Vec<Preopen>,
    descriptors: Objects<Opened>,
    walks: Objects<Box<dyn Entries>>,
}

impl Filesystem {
    pub(crate) fn new(grant: &mut Grant) -> Self {
        Self {
            preopens: std::mem::take(&mut grant.preopens),
            descriptors: Objects::default(),
            walks: Objects::default(),
        }
    }
}

impl P2 {
    fn opened(&self, descriptor: &Borrow<Descriptor>) -> Result<&Opened, Trap> {
        self.filesystem.descriptors.get(descriptor.rep())
    }

    fn new_descriptor(&mut self, opened: Opened) -> Own<Descriptor> {
        Own::new(self.filesystem.descriptors.add(opened))
    }

    /// [`Error::TooManyDescriptors`] if the guest holds as much as it may of what may keep a file of the host open.
    fn check_room(&self) -> Result<(), Error> {
        let Filesystem { descriptors, walks, .. } = &self.filesystem;
        let held = descriptors.len() + walks.len() + self.io.inputs.len() + self.io.outputs.len();
        if held < self.host.budget.descriptors as usize { Ok(()) } else { Err(Error::TooManyDescriptors) }
    }
}

impl HostDirectoryEntryStream for P2 {
    fn read_directory_entry(
        &mut self,
        stream: Borrow<DirectoryEntryStream>,
    ) -> Result<Option<DirectoryEntry>, FileFailure> {
        let entry = self.filesystem.walks.get_mut(stream.rep())?.next_child()?;
        Ok(entry.map(|entry| DirectoryEntry { r#type: values::descriptor_type(entry.kind), name: entry.name.into() }))
    }

    fn drop(&mut self, stream: Own<DirectoryEntryStream>) -> Result<(), Trap> {
        self.filesystem.walks.remove(stream.rep());
        Ok(())
    }
}

impl preopens::Host for P2 {
    /// New descriptors each time: a guest may drop those that it was given before.
    fn get_directories(&mut self) -> Result<Vec<(Own<Descriptor>, String)>, Trap> {
        let preopens = self.filesystem.preopens.clone();
        let handle = |Preopen { name, directory }| {
            let opened = Opened::beneath(!directory.is_read_only(), Node::Directory(directory), DescriptorFlags::READ);
            (self.new_descriptor(opened), name)
        };
        Ok(preopens.into_iter().map(handle).collect())
    }
}
