//! Uses a file system as a program does, in the directory given as argument (`/` if there is none), and checks every
//! answer. Exit code 0 and `ok` if all is well; 1 and the step that failed otherwise. Leaves nothing behind.
//!
//! # Safety
//!
//! The one foreign call hands two live NUL-terminated strings to libc.

#![feature(wasi_ext)]

use std::ffi::{CString, c_char, c_int};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::wasi::fs::symlink_path;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Error numbers of WASI 0.1.
const EXIST: i32 = 20;
const INVAL: i32 = 28;
const ISDIR: i32 = 31;
const NOENT: i32 = 44;
const NOTDIR: i32 = 54;
const NOTEMPTY: i32 = 55;

type Step = fn(&Path) -> Result<(), String>;

const STEPS: &[(&str, Step)] = &[
    ("create, write and read back", create_and_read),
    ("append and truncate", append_and_truncate),
    ("seek", seek),
    ("rename", rename),
    ("hard link", hard_link),
    ("symbolic link", symbolic_link),
    ("list a directory", list),
    ("errors", errors),
    ("stay beneath", stay_beneath),
];

fn main() -> ExitCode {
    let base = std::env::args().nth(1).unwrap_or_else(|| "/".to_owned());
    let place = Path::new(&base).join("fs-exercise.tmp");
    for (name, step) in STEPS {
        let outcome = fs::create_dir(&place)
            .map_err(|error| format!("create {}: {error}", place.display()))
            .and_then(|()| step(&place))
            .and_then(|()| fs::remove_dir(&place).map_err(|error| format!("something was left behind: {error}")));
        if let Err(message) = outcome {
            eprintln!("fs-exercise: {name}: {message}");
            return ExitCode::FAILURE;
        }
    }
    println!("ok");
    ExitCode::SUCCESS
}

fn done<T>(what: &str, result: io::Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error}"))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}")) }
}

fn refused<T>(what: &str, result: io::Result<T>, expected: i32) -> Result<(), String> {
    match result {
        Ok(_) => Err(format!("{what}: succeeded, expected error number {expected}")),
        Err(error) => same(what, error.raw_os_error(), Some(expected)),
    }
}

fn file(place: &Path, name: &str, content: &str) -> Result<PathBuf, String> {
    let path = place.join(name);
    done("write", fs::write(&path, content))?;
    Ok(path)
}

fn remove(path: &Path) -> Result<(), String> {
    done("remove", fs::remove_file(path))
}

fn create_and_read(place: &Path) -> Result<(), String> {
    let path = file(place, "ä file", "content")?;
    same("content", done("read", fs::read_to_string(&path))?, "content".to_owned())?;
    let metadata = done("stat", fs::metadata(&path))?;
    same("size", metadata.len(), 7)?;
    same("is a file", metadata.is_file(), true)?;
    refused("create it again", File::create_new(&path), EXIST)?;
    remove(&path)
}

fn append_and_truncate(place: &Path) -> Result<(), String> {
    let path = file(place, "a", "one")?;
    let mut appended = done("open", OpenOptions::new().append(true).open(&path))?;
    done("append", appended.write_all(b" two"))?;
    same("content", done("read", fs::read_to_string(&path))?, "one two".to_owned())?;
    done("set the size", done("open", OpenOptions::new().write(true).open(&path))?.set_len(3))?;
    same("content", done("read", fs::read_to_string(&path))?, "one".to_owned())?;
    remove(&path)
}

fn seek(place: &Path) -> Result<(), String> {
    let path = file(place, "a", "0123456789")?;
    let mut open = done("open", File::open(&path))?;
    same("position", done("seek", open.seek(SeekFrom::End(-4)))?, 6)?;
    let mut rest = String::new();
    done("read", open.read_to_string(&mut rest))?;
    same("rest", rest.as_str(), "6789")?;
    refused("seek before the start", open.seek(SeekFrom::Current(-11)), INVAL)?;
    remove(&path)
}

fn rename(place: &Path) -> Result<(), String> {
    let (from, to) = (file(place, "from", "new")?, file(place, "to", "old")?);
    done("rename", fs::rename(&from, &to))?;
    same("content", done("read", fs::read_to_string(&to))?, "new".to_owned())?;
    refused("stat the old name", fs::metadata(&from), NOENT)?;
    remove(&to)
}

/// `std::fs::hard_link` calls `linkat`, which in the wasi-libc of 2022 that Debian has passes the same path twice.
fn make_hard_link(path: &Path, link: &Path) -> io::Result<()> {
    unsafe extern "C" {
        #[link_name = "link"]
        fn libc_link(path: *const c_char, link: *const c_char) -> c_int;
    }
    let text = |path: &Path| CString::new(path.to_string_lossy().as_bytes()).map_err(io::Error::other);
    let (path, link) = (text(path)?, text(link)?);
    // SAFETY: both strings outlive the call, which keeps neither.
    match unsafe { libc_link(path.as_ptr(), link.as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

fn hard_link(place: &Path) -> Result<(), String> {
    let (path, link) = (file(place, "a", "shared")?, place.join("b"));
    done("link", make_hard_link(&path, &link))?;
    refused("link it again", make_hard_link(&path, &link), EXIST)?;
    remove(&path)?;
    same("content", done("read", fs::read_to_string(&link))?, "shared".to_owned())?;
    remove(&link)
}

fn symbolic_link(place: &Path) -> Result<(), String> {
    let (path, link) = (file(place, "a", "target")?, place.join("b"));
    done("link", symlink_path("a", &link))?;
    same("target", done("read the link", fs::read_link(&link))?, PathBuf::from("a"))?;
    same("content", done("read", fs::read_to_string(&link))?, "target".to_owned())?;
    same("is a link", done("stat", fs::symlink_metadata(&link))?.is_symlink(), true)?;
    remove(&link)?;
    remove(&path)
}

fn list(place: &Path) -> Result<(), String> {
    let names: Vec<String> = (0..300).map(|number| format!("entry {number:03}")).collect();
    for name in &names {
        file(place, name, "")?;
    }
    let mut found = Vec::new();
    for entry in done("list", fs::read_dir(place))? {
        found.push(done("next entry", entry)?.file_name().to_string_lossy().into_owned());
    }
    found.sort();
    same("entries", &found, &names)?;
    names.iter().try_for_each(|name| remove(&place.join(name)))
}

fn errors(place: &Path) -> Result<(), String> {
    let path = file(place, "a", "")?;
    let below = done("create a directory", fs::create_dir(place.join("d"))).and_then(|()| file(place, "d/x", ""))?;
    refused("open what is not there", File::open(place.join("none")), NOENT)?;
    refused("list a file", fs::read_dir(&path), NOTDIR)?;
    refused("remove a directory as a file", fs::remove_file(place.join("d")), ISDIR)?;
    refused("remove a full directory", fs::remove_dir(place.join("d")), NOTEMPTY)?;
    remove(&below)?;
    done("remove the directory", fs::remove_dir(place.join("d")))?;
    remove(&path)
}

fn stay_beneath(place: &Path) -> Result<(), String> {
    let link = place.join("out");
    for target in ["../../../../../../etc/passwd", "../../../../../.."] {
        if symlink_path(target, &link).is_ok() {
            let opened = File::open(&link);
            remove(&link)?;
            if opened.is_ok() {
                return Err(format!("a link to {target} led outside"));
            }
        }
    }
    Ok(())
}
