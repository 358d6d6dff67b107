//! Odd names.
//!
//! # Safety
//!
//! One string is made that is no text, to see what a host does with it. Nothing of the guest reads it: it is given to the
//! host by address and length, and leaked.

use std::mem::ManuallyDrop;

use crate::wasi::filesystem::types::{ErrorCode, OpenFlags};
use crate::{FOLLOW, Outcome, READ, WRITE, directory, with_path, worked};

/// On a system that gives them no meaning they are names like others; what is made lies in the directory, under that name.
pub(crate) fn of_windows() -> Outcome {
    let dir = directory("rw");
    for name in
        ["CON", "NUL", "COM1.txt", "file:stream", "C:\\x", "\\\\?\\C:\\x", "PROGRA~1", "..\\secret", "trailing."]
    {
        let file = worked(name, dir.open_at(FOLLOW, name, OpenFlags::CREATE | OpenFlags::EXCLUSIVE, READ | WRITE))?;
        worked(name, file.write(name.as_bytes(), 0))?;
        let entries = worked("read-directory", dir.read_directory())?;
        let mut found = false;
        while let Some(entry) = worked("read-directory-entry", entries.read_directory_entry())? {
            found |= entry.name == name;
        }
        if !found {
            return Err(format!("{name} is not where it was made"));
        }
        worked(name, dir.unlink_file_at(name))?;
    }
    Ok(())
}

pub(crate) fn bad() -> Outcome {
    let dir = directory("rw");
    for name in ["a\0b", "\0", "file\0"] {
        with_path(&dir, name, &[ErrorCode::Invalid])?;
    }
    for len in [256, 5_000, 65_537, 1 << 20] {
        with_path(&dir, &"n".repeat(len), &[ErrorCode::NameTooLong])?;
    }
    with_path(&dir, &"n/".repeat(1 << 19), &[ErrorCode::NameTooLong, ErrorCode::NoEntry])
}

/// A string of the component model has to be text: the host ends who says otherwise.
pub(crate) fn no_text() {
    let bytes = vec![b'a', 0xff, b'b'];
    // SAFETY: nobody but the host looks at it; see the module.
    let name = ManuallyDrop::new(unsafe { String::from_utf8_unchecked(bytes) });
    let _ = directory("rw").stat_at(FOLLOW, &name);
}
