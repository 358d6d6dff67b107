//! Walks the tree under each argument (`/` if there is none) and prints, sorted by name: kind, size and path.

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut roots: Vec<String> = std::env::args().skip(1).collect();
    if roots.is_empty() {
        roots.push("/".to_owned());
    }
    for root in roots {
        if let Err(error) = walk(Path::new(&root)) {
            eprintln!("ls-tree: {root}: {error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn walk(directory: &Path) -> io::Result<()> {
    let mut entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let path = entry.path();
        let metadata = fs::symlink_metadata(&path)?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            println!("d {:>10} {}", "-", path.display());
            walk(&path)?;
        } else if kind.is_symlink() {
            println!("l {:>10} {} -> {}", "-", path.display(), fs::read_link(&path)?.display());
        } else {
            println!("f {:>10} {}", metadata.len(), path.display());
        }
    }
    Ok(())
}
