//! What is in a file of the host's, as a number: for files that are too young to be known by their metadata.

use std::fs::OpenOptions;
use std::hash::{DefaultHasher, Hasher};
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The same for the same bytes, in this process. None if there is no file: what else a path may lead to is not waited for,
/// and has no end perhaps.
pub fn file_content(path: &Path) -> Option<u64> {
    let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let (mut hasher, mut buffer) = (DefaultHasher::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some(hasher.finish()),
            count => hasher.write(buffer.get(..count)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_and_nothing_else_is_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str, bytes: &[u8]| {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let (one, same, other) = (path("one", b"abc"), path("same", b"abc"), path("other", &[0; 100_000]));
        assert_eq!(file_content(&one), file_content(&same));
        assert!(file_content(&one).is_some() && file_content(&other).is_some_and(|it| file_content(&one) != Some(it)));
        let pipe = directory.path().join("pipe");
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        for path in [&pipe, directory.path(), Path::new("/dev/zero"), Path::new("/nowhere")] {
            assert_eq!(file_content(path), None, "{}", path.display());
        }
    }
}
