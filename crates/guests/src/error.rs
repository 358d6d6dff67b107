//! Why a guest could not be built, in words for the person who runs the tests.

use std::fmt;
use std::path::PathBuf;

/// Why a guest could not be built.
#[derive(Debug)]
pub enum Error {
    /// A tool or library is not installed.
    Missing {
        /// The files that were looked for.
        files: Vec<PathBuf>,
        /// The Debian packages that have them.
        packages: Vec<&'static str>,
    },
    /// There is no guest of this name; these there are.
    Unknown(Vec<String>),
    /// A compiler refused the source; its output.
    Build(String),
    /// A file could not be read or written.
    File(PathBuf, std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { files, packages } => {
                let files = files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
                let packages = packages.join(" ");
                write!(f, "not installed: {files}\nhint: run ./setup.sh, or: apt-get install -y {packages}")
            }
            Self::Unknown(names) => write!(f, "there is no such guest; there are: {}", names.join(", ")),
            Self::Build(output) => write!(f, "the build failed:\n{output}"),
            Self::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for Error {}
