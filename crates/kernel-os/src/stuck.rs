//! Standard error of a server, whose reader may be stuck. A write to a full pipe would hold the whole process, and the
//! signal that ends it too. So it waits for a while, once, and from then on lines are lost until somebody reads again.
//!
//! The descriptor may be shared with whoever started the process, so that it cannot be told not to wait. A pipe or terminal
//! is opened once more instead, and a socket is asked each time.

use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::io::Errno;
use rustix::net::{SendFlags, send};

/// How long somebody may take to read.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 500_000_000 };

static IS_STUCK: AtomicBool = AtomicBool::new(false);
static LOST: AtomicU64 = AtomicU64::new(0);

/// How standard error is written to without waiting.
enum Way {
    /// It never waits for long.
    File,
    Socket,
    Pipe(OwnedFd),
}

/// Write some lines to standard error, or lose them.
pub(crate) fn write_to_stderr(lines: &[u8]) {
    static WAY: OnceLock<Way> = OnceLock::new();
    let stderr = rustix::stdio::stderr();
    let way = WAY.get_or_init(|| way(stderr));
    let lost = LOST.swap(0, Ordering::Relaxed);
    let text = match lost {
        0 => lines.to_vec(),
        lost => [format!("{lost} writes to standard error are lost: nobody read it\n").as_bytes(), lines].concat(),
    };
    if write(way, stderr, &text, &IS_STUCK).is_err() {
        LOST.fetch_add(lost + 1, Ordering::Relaxed);
    }
}

fn way(stderr: BorrowedFd<'_>) -> Way {
    let kind = fstat(stderr).map(|stat| FileType::from_raw_mode(stat.st_mode));
    match kind {
        Ok(FileType::Socket) => Way::Socket,
        Ok(FileType::Fifo | FileType::CharacterDevice) => {
            let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            // Who may not open it has to write as everybody does.
            open("/proc/self/fd/2", flags, Mode::empty()).map_or(Way::File, Way::Pipe)
        }
        _ => Way::File,
    }
}

fn write(way: &Way, stderr: BorrowedFd<'_>, mut bytes: &[u8], is_stuck: &AtomicBool) -> io::Result<()> {
    while !bytes.is_empty() {
        let (descriptor, written) = match way {
            Way::File => return io::stderr().write_all(bytes),
            Way::Socket => (stderr, send(stderr, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)),
            Way::Pipe(pipe) => (pipe.as_fd(), rustix::io::write(pipe, bytes)),
        };
        match written {
            Ok(count) => {
                bytes = &bytes[count..];
                is_stuck.store(false, Ordering::Relaxed);
            }
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) if !is_stuck.load(Ordering::Relaxed) && is_read(descriptor) => {}
            Err(error) => {
                is_stuck.store(error == Errno::AGAIN, Ordering::Relaxed);
                return Err(error.into());
            }
        }
    }
    Ok(())
}

/// Whether somebody reads in time.
fn is_read(descriptor: BorrowedFd<'_>) -> bool {
    let mut watched = [PollFd::from_borrowed_fd(descriptor, PollFlags::OUT)];
    matches!(poll(&mut watched, Some(&PATIENCE)), Ok(1..) | Err(Errno::INTR))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read as _;
    use std::time::Instant;

    use super::*;

    #[test]
    fn who_does_not_read_is_waited_for_once() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let (way, is_stuck) = (way_of(&writer), AtomicBool::new(false));
        let line = [b'x'; 4096];
        let begin = Instant::now();
        let fits = (0..1000).take_while(|_| write(&way, writer.as_fd(), &line, &is_stuck).is_ok()).count();
        assert!(fits > 0 && is_stuck.load(Ordering::Relaxed));
        assert!((0..100).all(|_| write(&way, writer.as_fd(), &line, &is_stuck).is_err()));
        assert!(begin.elapsed().as_secs() < 5, "each of them would have waited");
        let mut some = vec![0; 3 * line.len()];
        File::from(reader).read_exact(&mut some).unwrap();
    }

    /// As for standard error.
    fn way_of(writer: &OwnedFd) -> Way {
        use std::os::fd::AsRawFd as _;
        let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
        Way::Pipe(open(path, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()).unwrap())
    }

    #[test]
    fn lines_are_written_again_when_they_are_read_again() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let (way, is_stuck) = (way_of(&writer), AtomicBool::new(false));
        let line = [b'x'; 4096];
        while write(&way, writer.as_fd(), &line, &is_stuck).is_ok() {}
        let mut reader = File::from(reader);
        reader.read_exact(&mut [0; 2 * 4096]).unwrap();
        write(&way, writer.as_fd(), &line, &is_stuck).unwrap();
        assert!(!is_stuck.load(Ordering::Relaxed));
    }
}
