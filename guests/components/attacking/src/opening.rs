//! Ways out of a directory: `..`, absolute paths, symbolic links.

use crate::wasi::filesystem::types::{ErrorCode, OpenFlags, PathFlags};
use crate::{FOLLOW, Outcome, READ, WRITE, directory, refused, with_path, worked};

/// What lies outside is called `secret`, beside the directory.
pub(crate) fn leave_by_path() -> Outcome {
    let dir = directory("rw");
    for path in ["..", "../secret", "../rw/file", "dir/../../secret", "./../secret", "dir/inner/../../../secret"] {
        with_path(
            &dir,
            path,
            &[ErrorCode::NotPermitted, ErrorCode::NotDirectory, ErrorCode::Busy, ErrorCode::Invalid],
        )?;
    }
    for path in ["/", "/etc/passwd", "//", "/.", "/rw/file"] {
        with_path(&dir, path, &[ErrorCode::NotPermitted])?;
    }
    with_path(&dir, "", &[ErrorCode::NoEntry])?;
    let opening = OpenFlags::empty();
    for path in ["file/", "file/.", "dir/../file/"] {
        refused(path, dir.open_at(FOLLOW, path, opening, READ), &[ErrorCode::NotDirectory])?;
        refused(path, dir.unlink_file_at(path), &[ErrorCode::NotDirectory])?;
    }
    let inner = worked("dir", dir.open_at(FOLLOW, "dir", OpenFlags::DIRECTORY, READ))?;
    refused("from within", inner.open_at(FOLLOW, "../file", opening, READ), &[ErrorCode::NotPermitted])?;
    let around = worked("around", dir.open_at(FOLLOW, "dir/../dir/./inner", opening, READ))?;
    let (bytes, _) = worked("read", around.read(100, 0))?;
    if bytes == b"inner" { Ok(()) } else { Err(format!("around: {bytes:?}")) }
}

/// The host has laid links that lead out; and the guest lays its own.
pub(crate) fn leave_by_link() -> Outcome {
    let dir = directory("rw");
    let (follow, opening) = (FOLLOW, OpenFlags::empty());
    let out = &[ErrorCode::NotPermitted];
    for link in ["relative", "absolute", "chained", "slashed", "slashed/secret", "through/secret"] {
        for flags in [READ, WRITE] {
            refused(link, dir.open_at(follow, link, opening, flags), out)?;
            refused(link, dir.open_at(follow, link, OpenFlags::CREATE, flags), out)?;
            refused(link, dir.open_at(follow, link, OpenFlags::TRUNCATE, flags), out)?;
        }
        refused(link, dir.stat_at(follow, link), out)?;
        refused(link, dir.metadata_hash_at(follow, link), out)?;
        refused(link, dir.link_at(follow, link, &dir, "new"), out)?;
    }
    refused("loop", dir.open_at(follow, "loop", opening, READ), &[ErrorCode::Loop])?;
    refused("unfollowed", dir.open_at(PathFlags::empty(), "relative", opening, READ), &[ErrorCode::Loop])?;
    refused("readlink-at", dir.readlink_at("absolute"), out)?;
    refused("symlink-at", dir.symlink_at("/etc/passwd", "own"), out)?;
    worked("symlink-at", dir.symlink_at("../secret", "own"))?;
    refused("own link", dir.open_at(follow, "own", opening, READ), out)?;
    worked("symlink-at", dir.symlink_at("../", "own-slashed"))?;
    refused("own link", dir.open_at(follow, "own-slashed/secret", opening, READ), out)?;
    refused("own link", dir.create_directory_at("own-slashed/new"), out)?;
    for link in ["own", "own-slashed"] {
        worked("unlink-file-at", dir.unlink_file_at(link))?;
    }
    Ok(())
}

/// Meanwhile the host swaps `swapped` between a file and a link out. How often the file was there.
pub(crate) fn race(rounds: u32) -> Result<u32, String> {
    let dir = directory("rw");
    let mut found = 0;
    for _ in 0..rounds {
        for path in ["swapped", "swapped-dir/secret"] {
            if let Ok(file) = dir.open_at(FOLLOW, path, OpenFlags::empty(), READ) {
                let (bytes, _) = worked("read", file.read(100, 0))?;
                if bytes.starts_with(b"secret") {
                    return Err(format!("{path} led to the secret"));
                }
                found += 1;
            }
        }
    }
    Ok(found)
}
