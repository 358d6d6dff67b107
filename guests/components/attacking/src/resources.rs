//! Too much of what the host keeps, or of what a call asks for.

use crate::wasi::clocks::wall_clock::Datetime;
use crate::wasi::filesystem::types::{ErrorCode, NewTimestamp, OpenFlags};
use crate::wasi::io::streams::StreamError;
use crate::{FOLLOW, Outcome, READ, WRITE, directory, refused, worked};

/// Descriptors that were there at the start may be dropped, and taken again; what was opened through them stays.
pub(crate) fn drop_and_take_again() -> Outcome {
    for _ in 0..100 {
        let dir = directory("rw");
        let file = worked("open-at", dir.open_at(FOLLOW, "file", OpenFlags::empty(), READ))?;
        drop(dir);
        let stream = worked("read-via-stream", file.read_via_stream(1))?;
        drop(file);
        match stream.blocking_read(100) {
            Ok(bytes) if bytes == b"ile" => {}
            other => return Err(format!("the stream lost its file: {other:?}")),
        }
        match stream.blocking_read(100) {
            Err(StreamError::Closed) => {}
            other => return Err(format!("the stream does not end: {other:?}")),
        }
    }
    Ok(())
}

pub(crate) fn ask_for_too_much() -> Outcome {
    let dir = directory("rw");
    let file = worked("open-at", dir.open_at(FOLLOW, "file", OpenFlags::empty(), READ | WRITE))?;
    for length in [100, 1 << 32, u64::MAX] {
        let (bytes, _) = worked("read", file.read(length, 0))?;
        if bytes != b"file" {
            return Err(format!("read of {length}: {} bytes", bytes.len()));
        }
        let (bytes, end) = worked("read at the end", file.read(length, 1 << 40))?;
        if !bytes.is_empty() || !end {
            return Err(format!("read of {length} at the end: {} bytes", bytes.len()));
        }
        let stream = worked("read-via-stream", file.read_via_stream(0))?;
        match stream.blocking_read(length) {
            Ok(bytes) if bytes == b"file" => {}
            other => return Err(format!("blocking-read of {length}: {other:?}")),
        }
    }
    for offset in [1 << 63, u64::MAX] {
        refused("read", file.read(10, offset), &[ErrorCode::Invalid])?;
        refused("write", file.write(b"x", offset), &[ErrorCode::Invalid, ErrorCode::FileTooLarge])?;
        refused("set-size", file.set_size(offset), &[ErrorCode::FileTooLarge])?;
    }
    Ok(())
}

/// Open until the host says no; how many there were.
pub(crate) fn exhaust(most: u32) -> Result<u32, String> {
    let dir = directory("rw");
    let (mut files, mut walks) = (Vec::new(), Vec::new());
    for count in 0..most {
        let more = match count % 2 {
            0 => dir.open_at(FOLLOW, "file", OpenFlags::empty(), READ).map(|file| files.push(file)),
            _ => dir.read_directory().map(|walk| walks.push(walk)),
        };
        match more {
            Ok(()) => {}
            Err(ErrorCode::InsufficientMemory) => {
                let held = count;
                // One less, and there is room for one more, even if only a stream keeps its file.
                let file = files.pop().ok_or("there are no files")?;
                let stream = worked("read-via-stream", file.read_via_stream(0))?;
                drop(file);
                refused("one more", dir.read_directory(), &[ErrorCode::InsufficientMemory])?;
                drop(stream);
                worked("one more", dir.read_directory())?;
                return Ok(held);
            }
            Err(code) => return Err(format!("after {count}: {code:?}")),
        }
    }
    Ok(most)
}

pub(crate) fn set_extreme_times() -> Outcome {
    let dir = directory("rw");
    let at = |seconds, nanoseconds| NewTimestamp::Timestamp(Datetime { seconds, nanoseconds });
    let some = [ErrorCode::Overflow, ErrorCode::Invalid];
    for (seconds, nanoseconds) in [(u64::MAX, 0), (1 << 63, 999_999_999), (0, 1_000_000_000), (0, u32::MAX)] {
        refused("set-times-at", dir.set_times_at(FOLLOW, "file", at(seconds, nanoseconds), NewTimestamp::Now), &some)?;
        refused("set-times", dir.set_times(NewTimestamp::NoChange, at(seconds, nanoseconds)), &some)?;
    }
    // The nearest time that the file system can keep, or a refusal; and what is there can be read.
    for seconds in [0, u32::MAX.into(), 253_402_300_799, i64::MAX as u64] {
        let _ = dir.set_times_at(FOLLOW, "file", at(seconds, 999_999_999), at(seconds, 1));
        worked("stat-at", dir.stat_at(FOLLOW, "file"))?;
    }
    Ok(())
}
