//! A file as it was when it was loaded, and whether it is another one now.

use std::path::PathBuf;

use tambo::os::blob_store::{file_identity, what_is_no_file};
use tambo::os::file_content;

/// A file, and what is known of it.
pub(crate) struct Seen {
    path: PathBuf,
    /// By its metadata. None if it was written so recently that they tell nothing, or if it was not there.
    identity: Option<String>,
    /// By its content, as long as it has no identity.
    content: Option<u64>,
    /// Whether it was a pipe, a directory or the like.
    is_no_file: bool,
}

impl Seen {
    /// As it is now. To be called before it is read for use: a change in between is seen the next time.
    pub(crate) fn new(path: PathBuf) -> Self {
        let identity = file_identity(&path);
        let content = if identity.is_none() { file_content(&path) } else { None };
        let is_no_file = what_is_no_file(&path).is_some();
        Self { path, identity, content, is_no_file }
    }

    /// Whether it has become another one. A file that is not there is about to be replaced; one that was just written when
    /// it was loaded, and has the same content still, is the same. What has become no file at all is to be told.
    pub(crate) fn has_changed(&mut self) -> bool {
        let identity = file_identity(&self.path);
        if identity.is_none() {
            return !self.is_no_file && what_is_no_file(&self.path).is_some();
        }
        if identity == self.identity {
            return false;
        }
        let is_same = self.identity.is_none() && self.content.is_some() && self.content == file_content(&self.path);
        // What was read has this identity only if it has it still.
        if is_same && file_identity(&self.path) == identity {
            self.identity = identity;
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_file_that_was_just_written_is_not_taken_for_another() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("routes.toml");
        std::fs::write(&path, "one").unwrap();
        let settle = || std::thread::sleep(Duration::from_millis(150));
        let (mut same, mut other) = (Seen::new(path.clone()), Seen::new(path.clone()));
        assert!(same.identity.is_none() && !same.has_changed());
        settle();
        assert!(!same.has_changed() && same.identity.is_some() && !same.has_changed());
        std::fs::write(&path, "two").unwrap();
        settle();
        assert!(same.has_changed() && other.has_changed());
        std::fs::remove_file(&path).unwrap();
        assert!(!same.has_changed() && !other.has_changed());
        std::fs::create_dir(&path).unwrap();
        assert!(same.has_changed() && !Seen::new(path).has_changed(), "it is told once");
    }
}
