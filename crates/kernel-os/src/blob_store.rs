//! A bounded store of blobs in one directory of this user's: what the compile cache keeps its entries in.
//!
//! # Rules
//!
//! - The directory and every entry belong to this user and are writable by nobody else; what is not is not used.
//! - An entry appears whole, by renaming a temporary file that was brought to the device, and is never changed: so
//!   any number of processes may read, write and remove at once.
//! - Nothing here fails: a store that cannot be read is empty, one that cannot be written keeps nothing.
//! - Beyond the bound, entries go in the order of their last use. Only the store's own files go, which their suffix
//!   tells: the directory may be one that holds a user's other files.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// What the names of the store's files end with.
const SUFFIX: &str = ".tambo";

/// The store. Making one touches nothing.
#[derive(Clone, Debug)]
pub struct BlobStore {
    directory: PathBuf,
    max_bytes: u64,
}

impl BlobStore {
    /// A store in `directory`, which is made when the first blob is put.
    pub fn new(directory: impl Into<PathBuf>, max_bytes: u64) -> Self {
        Self { directory: directory.into(), max_bytes }
    }

    /// The file of the blob of this name, if it is there and ours alone.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let path = self.path(name);
        let metadata = fs::symlink_metadata(&path).ok()?;
        (metadata.is_file() && is_ours(&metadata) && is_ours(&fs::metadata(&self.directory).ok()?)).then_some(path)
    }

    /// Keep a blob. Whether that worked shows when it is looked for.
    pub fn put(&self, name: &str, blob: &[u8]) {
        if blob.len() as u64 <= self.max_bytes && self.try_put(name, blob).is_ok() {
            self.shrink();
        }
    }

    /// Give a blob a second name.
    pub fn alias(&self, name: &str, alias: &str) {
        let alias = self.path(alias);
        // An older entry of that name is in the way; if somebody else is faster, theirs is as good.
        let _ = fs::remove_file(&alias);
        let _ = fs::hard_link(self.path(name), alias);
    }

    /// Remove a blob, if it is there.
    pub fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.path(name));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}{SUFFIX}"))
    }

    fn try_put(&self, name: &str, blob: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        if !is_ours(&fs::metadata(&self.directory)?) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let temporary = self.path(&temporary_name());
        let written = write_new(&temporary, blob).and_then(|()| fs::rename(&temporary, self.path(name)));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Remove the entries used longest ago, and temporary files that a killed process left, until the rest fits.
    fn shrink(&self) {
        let Ok(directory) = fs::read_dir(&self.directory) else { return };
        let mut entries = Vec::new();
        for entry in directory.flatten() {
            if !entry.file_name().as_encoded_bytes().ends_with(SUFFIX.as_bytes()) {
                continue;
            }
            let Ok(metadata) = entry.metadata() else { continue };
            if is_abandoned(&entry.file_name(), &metadata) {
                let _ = fs::remove_file(entry.path());
            } else if metadata.is_file() {
                let used = metadata.accessed().or_else(|_| metadata.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
                entries.push((used, metadata.ino(), metadata.len(), entry.path()));
            }
        }
        // The names of one blob share its inode: they go together, and count once.
        entries.sort();
        let mut inodes: Vec<(u64, u64)> = entries.iter().map(|(_, inode, len, _)| (*inode, *len)).collect();
        inodes.sort_unstable();
        inodes.dedup();
        let mut total: u64 = inodes.iter().map(|(_, len)| len).sum();
        let mut freed = None;
        for (_, inode, len, path) in entries {
            if freed != Some(inode) {
                if total <= self.max_bytes {
                    break;
                }
                total = total.saturating_sub(len);
                freed = Some(inode);
            }
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether only this user (or root, who may do anything anyway) can have written it.
fn is_ours(metadata: &fs::Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

fn temporary_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("tmp-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn is_abandoned(name: &std::ffi::OsStr, metadata: &fs::Metadata) -> bool {
    let age = metadata.modified().ok().and_then(|time| SystemTime::now().duration_since(time).ok());
    name.as_encoded_bytes().starts_with(b"tmp-") && age.is_some_and(|age| age > Duration::from_secs(3600))
}

fn write_new(path: &Path, blob: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(blob)?;
    file.sync_data()
}

/// What tells one version of a file from another without reading it: device, inode, size, and the times of its last
/// modification and change. None if it is not a regular file, or changed so recently that a second change might not
/// show in its times.
pub fn file_identity(path: &Path) -> Option<String> {
    const COARSEST_CLOCK: Duration = Duration::from_millis(100);
    let metadata = fs::metadata(path).ok()?;
    let changed = SystemTime::UNIX_EPOCH
        + Duration::new(u64::try_from(metadata.ctime()).ok()?, u32::try_from(metadata.ctime_nsec()).ok()?);
    let settled = SystemTime::now().duration_since(changed).is_ok_and(|age| age > COARSEST_CLOCK);
    (metadata.is_file() && settled).then(|| {
        let m = &metadata;
        let (modified, changed) = ((m.mtime(), m.mtime_nsec()), (m.ctime(), m.ctime_nsec()));
        format!("{}:{}:{}:{modified:?}:{changed:?}", m.dev(), m.ino(), m.size())
    })
}

/// What a path leads to, in words, if that is something other than a file: to open such a thing may be to wait for ever,
/// and it may have no end. None also if there is nothing.
pub fn what_is_no_file(path: &Path) -> Option<&'static str> {
    let kind = fs::metadata(path).ok()?.file_type();
    if kind.is_file() {
        return None;
    }
    Some(match () {
        () if kind.is_dir() => "a directory",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    })
}

/// As [`read_file`], of a file and nothing else.
pub fn read_regular_file(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    match what_is_no_file(path) {
        Some(what) => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, no file"))),
        None => read_file(path, limit),
    }
}

/// Read a whole file of the host's, or fail if it has more than `limit` bytes: a device may have no end.
pub fn read_file(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take((limit as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {limit} bytes")));
    }
    Ok(bytes)
}

/// Write a file of the host's so that it appears whole or not at all. What a symbolic link leads to is replaced, not the
/// link; a device or pipe is written to.
pub fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let there = fs::metadata(path);
    if there.as_ref().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let path = &if there.is_ok() { fs::canonicalize(path)? } else { path.to_owned() };
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}", temporary_name()));
    let temporary = path.with_file_name(temporary);
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

pub use mapped::Mapped;

mod mapped {
    //! A file as bytes, without reading it.
    //!
    //! # Safety
    //!
    //! A mapping is only as constant as its file. Entries of a [`BlobStore`](super::BlobStore) are never changed in
    //! place, and nobody but this user can open them for writing; a user who changes them by hand corrupts their own
    //! process, as if they had written to its memory.
    #![expect(unsafe_code, reason = "mapping a file is unsafe, and saves reading megabytes at each start")]

    use std::io;
    use std::ops::Deref;
    use std::path::Path;

    use super::File;

    /// A mapped file.
    pub struct Mapped(memmap2::Mmap);

    impl Mapped {
        /// Map a file for reading.
        pub fn open(path: &Path) -> io::Result<Self> {
            let file = File::open(path)?;
            // SAFETY: the file is an entry of a store; see the module.
            unsafe { memmap2::Mmap::map(&file) }.map(Self)
        }
    }

    impl Deref for Mapped {
        type Target = [u8];

        fn deref(&self) -> &[u8] {
            &self.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(max_bytes: u64) -> (tempfile::TempDir, BlobStore) {
        let directory = tempfile::tempdir().unwrap();
        let store = BlobStore::new(directory.path().join("deep/store"), max_bytes);
        (directory, store)
    }

    #[test]
    fn what_is_put_is_found_under_both_names() {
        let (_guard, store) = store(1000);
        assert!(store.find("a").is_none());
        store.put("a", b"blob");
        store.alias("a", "b");
        for name in ["a", "b"] {
            assert_eq!(fs::read(store.find(name).unwrap()).unwrap(), b"blob");
        }
        store.remove("a");
        assert!(store.find("a").is_none());
    }

    #[test]
    fn the_store_stays_within_its_bound() {
        let (_guard, store) = store(1000);
        for number in 0..20 {
            store.put(&format!("blob-{number}"), &[number; 300]);
        }
        let kept = fs::read_dir(&store.directory).unwrap().count();
        assert_eq!(kept, 3);
        assert!(store.find("blob-19").is_some());
        store.put("large", &[0; 2000]);
        assert!(store.find("large").is_none());
    }

    #[test]
    fn files_of_others_in_its_directory_are_left_alone() {
        let (guard, store) = store(1000);
        store.put("a", &[0; 900]);
        let names = ["thesis.txt", "tmp-notes", "module-0"];
        let foreign = names.map(|name| guard.path().join("deep/store").join(name));
        for path in &foreign {
            fs::write(path, [1; 5000]).unwrap();
            File::open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
        store.put("b", &[0; 900]);
        assert!(foreign.iter().all(|path| path.exists()));
        assert!(store.find("a").is_none() && store.find("b").is_some(), "the bound holds for the store's own");
    }

    #[test]
    fn a_written_file_replaces_what_a_link_leads_to_and_nothing_that_is_no_file() {
        let guard = tempfile::tempdir().unwrap();
        let (file, link) = (guard.path().join("file"), guard.path().join("link"));
        fs::write(&file, b"before").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        write_file(&link, b"after").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"after");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

        let device = guard.path().join("device");
        std::os::unix::fs::symlink("/dev/null", &device).unwrap();
        write_file(&device, b"nothing").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert!(write_file(guard.path(), b"nothing").is_err());
        assert_eq!(fs::read_dir(guard.path()).unwrap().count(), 3);
    }

    #[test]
    fn an_entry_that_others_can_write_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let (_guard, store) = store(1000);
        store.put("a", b"blob");
        let path = store.find("a").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(store.find("a").is_none());
    }

    #[test]
    fn a_changed_file_has_another_identity() {
        let (guard, _) = store(0);
        let path = guard.path().join("f");
        fs::write(&path, b"one").unwrap();
        std::thread::sleep(Duration::from_millis(150));
        let first = file_identity(&path).unwrap();
        fs::write(&path, b"two").unwrap();
        std::thread::sleep(Duration::from_millis(150));
        assert_ne!(file_identity(&path).unwrap(), first);
    }

    #[test]
    fn what_is_no_file_is_named_and_not_opened() {
        let (guard, _) = store(0);
        assert_eq!(what_is_no_file(guard.path()), Some("a directory"));
        assert_eq!(what_is_no_file(Path::new("/dev/zero")), Some("a device"));
        let pipe = guard.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert!(read_regular_file(&pipe, 10).unwrap_err().to_string().contains("it is a pipe"));
        let file = guard.path().join("file");
        assert_eq!(what_is_no_file(&file), None);
        fs::write(&file, b"bytes").unwrap();
        assert_eq!((what_is_no_file(&file), read_regular_file(&file, 10).unwrap().as_slice()), (None, &b"bytes"[..]));
    }

    #[test]
    fn a_fresh_file_has_no_identity_yet() {
        let (guard, _) = store(0);
        let path = guard.path().join("f");
        fs::write(&path, b"one").unwrap();
        assert!(file_identity(&path).is_none());
    }
}
