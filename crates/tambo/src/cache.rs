//! The compile cache: compiled modules and components on disk, found by the identity of the file, or else by its content.
//!
//! A file that has not changed since (same device, inode, size, modification and change time) is found without being
//! read. Otherwise its SHA-256 decides, and the entry gets the identity as a second name. Every entry is checked whole
//! before it is used, written under a temporary name and renamed into place, so that concurrent processes see an entry
//! or none; a damaged one is removed and made again. The engine's fingerprint is part of every name.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tambo_kernel_os::blob_store::{BlobStore, Mapped, file_identity};
use xxhash_rust::xxh3::xxh3_128;

use crate::artifact;

/// Where compiled modules are kept, and how many bytes of them.
#[derive(Clone, Debug)]
pub struct CacheConfig {
    /// A directory of this user's own; made if it does not exist.
    pub directory: PathBuf,
    /// Least recently used entries are removed beyond this.
    pub max_bytes: u64,
}

impl CacheConfig {
    /// A cache in this directory, with the default bound of 512 MiB.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), max_bytes: 512 << 20 }
    }
}

/// An open cache for one engine, and for modules or for components. It never fails: what cannot be read is compiled, what cannot be written is left out.
pub(crate) struct Cache {
    store: BlobStore,
    fingerprint: String,
}

/// A name under which a module or component may be in the cache.
#[derive(PartialEq, Eq)]
pub(crate) struct Key(String);

/// What was found.
pub(crate) struct Entry {
    /// A file that begins with what the engine serialized.
    pub(crate) path: PathBuf,
    /// The tables of a component.
    pub(crate) tables: Option<Vec<u8>>,
}

impl Cache {
    pub(crate) fn new(config: &CacheConfig, fingerprint: &str) -> Self {
        let store = BlobStore::new(&config.directory, config.max_bytes);
        Self { store, fingerprint: fingerprint.to_owned() }
    }

    /// The name of a file by its identity; none if the file is too fresh for its times to tell versions apart.
    pub(crate) fn identity_key(&self, file: &Path) -> Option<Key> {
        let identity = file_identity(file)?;
        let hash = xxh3_128(format!("{identity} {}", self.fingerprint).as_bytes());
        Some(Key(format!("file-{hash:032x}")))
    }

    /// The name of a module by its content.
    pub(crate) fn content_key(&self, module: &[u8]) -> Key {
        let mut hasher = Sha256::new();
        hasher.update(self.fingerprint.as_bytes());
        hasher.update([0]);
        hasher.update(module);
        let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Key(format!("module-{digest}"))
    }

    /// The entry of this name, checked whole just now. A damaged entry is removed.
    pub(crate) fn find(&self, key: &Key) -> Option<Entry> {
        let path = self.store.find(&key.0)?;
        let mapped = Mapped::open(&path).ok()?;
        match artifact::decode(&mapped) {
            Ok(artifact) if artifact.fingerprint == self.fingerprint => {
                let tables = artifact.tables.map(<[u8]>::to_vec);
                Some(Entry { path, tables })
            }
            _ => {
                self.store.remove(&key.0);
                None
            }
        }
    }

    /// Keep a compiled module under its content's name, with the tables of the component that it stands for.
    pub(crate) fn put(&self, key: &Key, payload: &[u8], tables: Option<&[u8]>) {
        self.store.put(&key.0, &artifact::encode(payload, tables, &self.fingerprint));
    }

    /// Give an entry the name of a file's identity too.
    pub(crate) fn alias(&self, key: &Key, identity: &Key) {
        self.store.alias(&key.0, &identity.0);
    }

    /// Remove an entry that an engine refused.
    pub(crate) fn remove(&self, key: &Key) {
        self.store.remove(&key.0);
    }
}
