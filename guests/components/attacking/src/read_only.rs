//! What would change a directory that may only be read.

use crate::wasi::filesystem::types::{Advice, DescriptorFlags, ErrorCode, NewTimestamp, OpenFlags, PathFlags};
use crate::{FOLLOW, Outcome, READ, WRITE, directory, refused, worked};

const READ_ONLY: &[ErrorCode] = &[ErrorCode::ReadOnly];

/// A second name in a writable place would be a way to change a file.
pub(crate) fn link_out() -> Outcome {
    let (from, to) = (directory("ro"), directory("rw"));
    refused("link-at", from.link_at(PathFlags::empty(), "file", &to, "new"), READ_ONLY)?;
    refused("link-at", to.link_at(PathFlags::empty(), "file", &from, "new"), READ_ONLY)?;
    refused("rename-at", from.rename_at("file", &to, "new"), READ_ONLY)?;
    refused("rename-at", to.rename_at("file", &from, "new"), READ_ONLY)?;
    let inner = worked("dir", from.open_at(FOLLOW, "dir", OpenFlags::DIRECTORY, READ))?;
    refused("link-at", inner.link_at(PathFlags::empty(), "inner", &to, "new"), READ_ONLY)?;
    refused("rename-at", inner.rename_at("inner", &to, "new"), READ_ONLY)
}

pub(crate) fn change() -> Outcome {
    let dir = directory("ro");
    let inner = worked("dir", dir.open_at(FOLLOW, "dir", OpenFlags::DIRECTORY, READ))?;
    for (dir, file) in [(&dir, "file"), (&inner, "inner")] {
        flags(dir)?;
        opening(dir, file)?;
        by_path(dir, file)?;
        by_descriptor(dir, file)?;
        refused("set-times", dir.set_times(NewTimestamp::Now, NewTimestamp::Now), READ_ONLY)?;
        worked("sync", dir.sync())?;
    }
    Ok(())
}

type Dir = crate::wasi::filesystem::types::Descriptor;

fn flags(dir: &Dir) -> Outcome {
    let flags = worked("get-flags", dir.get_flags())?;
    if flags.contains(DescriptorFlags::MUTATE_DIRECTORY) { Err(format!("it says {flags:?}")) } else { Ok(()) }
}

fn opening(dir: &Dir, file: &str) -> Outcome {
    let none = OpenFlags::empty();
    let mutate = READ | DescriptorFlags::MUTATE_DIRECTORY;
    for (path, open, flags) in [
        (file, none, WRITE),
        (file, none, READ | WRITE),
        (file, OpenFlags::TRUNCATE, READ),
        (file, OpenFlags::CREATE, READ),
        (file, OpenFlags::CREATE | OpenFlags::EXCLUSIVE, READ),
        ("new", OpenFlags::CREATE, READ),
        ("new", OpenFlags::CREATE, WRITE),
        (file, none, mutate),
        (".", OpenFlags::DIRECTORY, mutate),
    ] {
        refused(&format!("open-at {path} {open:?} {flags:?}"), dir.open_at(FOLLOW, path, open, flags), READ_ONLY)?;
    }
    Ok(())
}

fn by_path(dir: &Dir, file: &str) -> Outcome {
    let now = NewTimestamp::Now;
    refused("create-directory-at", dir.create_directory_at("new"), READ_ONLY)?;
    refused("remove-directory-at", dir.remove_directory_at("empty"), READ_ONLY)?;
    refused("unlink-file-at", dir.unlink_file_at(file), READ_ONLY)?;
    refused("symlink-at", dir.symlink_at(file, "new"), READ_ONLY)?;
    refused("rename-at", dir.rename_at(file, dir, "new"), READ_ONLY)?;
    refused("link-at", dir.link_at(FOLLOW, file, dir, "new"), READ_ONLY)?;
    refused("set-times-at", dir.set_times_at(FOLLOW, file, now, now), READ_ONLY)
}

fn by_descriptor(dir: &Dir, file: &str) -> Outcome {
    let file = worked("open-at", dir.open_at(FOLLOW, file, OpenFlags::empty(), READ))?;
    refused("write", file.write(b"x", 0), READ_ONLY)?;
    refused("write-via-stream", file.write_via_stream(0), READ_ONLY)?;
    refused("append-via-stream", file.append_via_stream(), READ_ONLY)?;
    refused("set-size", file.set_size(0), READ_ONLY)?;
    refused("set-times", file.set_times(NewTimestamp::Now, NewTimestamp::Now), READ_ONLY)?;
    worked("sync", file.sync())?;
    worked("sync-data", file.sync_data())?;
    worked("advise", file.advise(0, 0, Advice::DontNeed))?;
    let (bytes, _) = worked("read", file.read(100, 0))?;
    if bytes.is_empty() { Err("nothing is left to read".to_owned()) } else { Ok(()) }
}
