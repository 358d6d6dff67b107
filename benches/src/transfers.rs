//! File reads and writes of a blocking and of an asynchronous host, against a native loop of the same round: by a module of
//! WASI 0.1, by the same module in a component with the usual adapter, and by a component of WASI 0.2.
//!
//! The native loop is what a C program would do: `pread` or `pwrite` with one buffer, in order. What is matched is what
//! lies around it, because it moves the time of a 4 KiB read by more than any host call costs. On the processor that
//! this was written on, the distance of the buffer from the start of its page alone makes the same native read take
//! from 510 ns (512 bytes) to 890 ns (16 bytes), since the copy out of the page cache goes by the alignment of its ends
//! to each other. So:
//!
//! - Both sides use a fresh anonymous mapping of the same size in each round, filled before the loop: a guest's memory
//!   is one, and a block that the allocator handed out again and again would be a single draw of physical pages.
//! - Both sides have the buffer at the same distance from the start of a page, another in each round ([`DISTANCES`]).
//!   The figure is the median over rounds of the ratio within a round; the range beside it is that of the medians by
//!   distance, so that a friendly distance hides nothing.
//! - Who begins changes with each pass over the distances: what ran before leaves the caches as it likes.
//!
//! # Safety
//!
//! `mmap` makes a region that lives until it is dropped, and `pread` and `pwrite` get a part of it with its true length.
#![expect(unsafe_code, reason = "the native side of the comparison is the system call itself")]

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::time::Instant;

use tambo::component::Command;
use tambo::{Grant, Program, Runtime};

use crate::library::{AnyError, block_on};
use crate::{Options, component_guests, guests, measure};

/// One way of moving bytes.
struct Transfer {
    name: &'static str,
    size: usize,
    count: u32,
    doors: &'static [Door],
}

/// Through what the guest reaches the host.
#[derive(Clone, Copy, PartialEq)]
enum Door {
    /// A module of WASI 0.1.
    P1,
    /// The same in a component.
    Adapted,
    /// A component of WASI 0.2.
    P2,
}

const ALL: &[Door] = &[Door::P1, Door::Adapted, Door::P2];

const TRANSFERS: &[Transfer] = &[
    Transfer { name: "read-4k", size: 4096, count: 65_536, doors: ALL },
    Transfer { name: "read-64k", size: 65_536, count: 4_096, doors: ALL },
    Transfer { name: "stream-4k", size: 4096, count: 65_536, doors: &[Door::P2] },
    Transfer { name: "stream-64k", size: 65_536, count: 4_096, doors: &[Door::P2] },
    Transfer { name: "write-4k", size: 4096, count: 16_384, doors: ALL },
    Transfer { name: "write-64k", size: 65_536, count: 4_096, doors: ALL },
];

/// What is run: the guest, with its buffer at one of the [`DISTANCES`].
enum Guest {
    Program(Program),
    Command(Command),
}

impl Guest {
    fn load(runtime: &Runtime, door: Door, transfer: &Transfer, distance: u32) -> Result<Self, AnyError> {
        let module = || guests::text_at(transfer.name, transfer.count, distance).unwrap_or_default();
        let component = match door {
            Door::P1 => return Ok(Self::Program(runtime.load(module().as_bytes())?)),
            Door::Adapted => tambo_guests::adapt(&wat::parse_str(module())?)?,
            Door::P2 => {
                let text = component_guests::text_at(transfer.name, transfer.size, transfer.count, distance);
                text.unwrap_or_default().into_bytes()
            }
        };
        Ok(Self::Command(runtime.load_component(&component)?.command()?))
    }

    fn run(&self, grant: Grant) -> Result<(), AnyError> {
        succeeded(match self {
            Self::Program(program) => program.run(grant),
            Self::Command(command) => command.run(grant),
        })
    }

    fn run_async(&self, grant: Grant) -> Result<(), AnyError> {
        succeeded(match self {
            Self::Program(program) => block_on(program.run_async(grant)),
            Self::Command(command) => block_on(command.run_async(grant)),
        })
    }
}

impl Door {
    fn name(self) -> &'static str {
        match self {
            Self::P1 => "0.1",
            Self::Adapted => "0.1 in a component",
            Self::P2 => "0.2",
        }
    }
}

/// Bytes from the start of a page to the buffer: none, what an allocator's header leaves, cache lines, and parts of a page.
const DISTANCES: &[u32] = &[0, 16, 64, 80, 512, 1040, 2048];

/// Size of the guest's memory, and of the native loop's mapping.
const MEMORY: usize = 8 * 65_536;

/// The ways of doing the work, in the order of [`Times`].
const WAYS: usize = 3;

/// Seconds of a round: native, blocking, asynchronous.
type Times = [f64; WAYS];

pub(crate) fn run(options: &Options) -> Result<(), AnyError> {
    let directory = tempfile::tempdir_in(std::env::current_dir()?)?;
    std::fs::write(directory.path().join("data.bin"), vec![0x5a; 256 << 20])?;
    let runtime = Runtime::new()?;
    let mut rows = Vec::new();
    for transfer in TRANSFERS.iter().filter(|transfer| transfer.name.contains(&options.filter)) {
        for &door in transfer.doors {
            let times = compare(options, transfer, door, &runtime, directory.path())?;
            rows.push(row(transfer, door, &times));
        }
    }
    measure::table(
        &[
            "work",
            "WASI",
            "native",
            "blocking host",
            "of native throughput",
            "by distance",
            "async host",
            "of native throughput",
            "by distance",
        ],
        &rows,
    );
    Ok(())
}

/// The times of all rounds; the distance of round `n` is the `n`th, around and around.
fn compare(
    options: &Options,
    transfer: &Transfer,
    door: Door,
    runtime: &Runtime,
    root: &Path,
) -> Result<Vec<Times>, AnyError> {
    let load = |&distance| Guest::load(runtime, door, transfer, distance);
    let guests = DISTANCES.iter().map(load).collect::<Result<Vec<Guest>, _>>()?;
    let mut grant = Grant::new();
    grant.dir(root, "/")?;
    let mut blocking = grant.clone();
    blocking.may_block_thread(true);
    let once = |way: usize, index: usize| match way {
        0 => native_loop(transfer, root, DISTANCES[index] as usize),
        1 => guests[index].run(blocking.clone()),
        _ => guests[index].run_async(grant.clone()),
    };
    for way in 0..WAYS {
        once(way, 0)?;
    }
    let mut rounds = Vec::new();
    // Whole passes, so that all distances count the same.
    for round in 0..options.rounds.next_multiple_of(DISTANCES.len()) {
        let (pass, index) = (round / DISTANCES.len(), round % DISTANCES.len());
        let mut times = [0.0; WAYS];
        for turn in 0..WAYS {
            let way = (pass + turn) % WAYS;
            let begun = Instant::now();
            once(way, index)?;
            times[way] = begun.elapsed().as_secs_f64();
        }
        rounds.push(times);
    }
    Ok(rounds)
}

fn row(transfer: &Transfer, door: Door, rounds: &[Times]) -> Vec<String> {
    let times = |way: usize| rounds.iter().map(|times| times[way]).collect::<Vec<f64>>();
    let each = |way: usize| measure::seconds(measure::median(&times(way)) / f64::from(transfer.count));
    let mut row = vec![transfer.name.to_owned(), door.name().to_owned(), each(0)];
    for way in 1..WAYS {
        let mut medians: Vec<f64> = (0..DISTANCES.len())
            .map(|index| {
                let of_distance = |way: usize| times(way).into_iter().skip(index).step_by(DISTANCES.len());
                measure::ratio(&of_distance(0).collect::<Vec<_>>(), &of_distance(way).collect::<Vec<_>>())
            })
            .collect();
        medians.sort_by(f64::total_cmp);
        let (low, high) = (medians.first().copied().unwrap_or(f64::NAN), medians.last().copied().unwrap_or(f64::NAN));
        row.push(each(way));
        row.push(format!("{:.2}", measure::ratio(&times(0), &times(way))));
        row.push(format!("{low:.2} – {high:.2}"));
    }
    row
}

fn succeeded(outcome: Result<tambo::Outcome, tambo::Error>) -> Result<(), AnyError> {
    let outcome = outcome?;
    if outcome.success() { Ok(()) } else { Err(format!("the guest ended with {outcome:?}").into()) }
}

fn native_loop(transfer: &Transfer, root: &Path, distance: usize) -> Result<(), AnyError> {
    let mut region = Region::new()?;
    let start = if transfer.size > 4096 { 65_536 } else { 4096 } + distance;
    region.bytes()[4096..4096 + 131_072].fill(0x5a);
    let buffer = &mut region.bytes()[start..start + transfer.size];
    let reads = !transfer.name.starts_with("write");
    let file = if reads { File::open(root.join("data.bin"))? } else { File::create(root.join("out.bin"))? };
    for round in 0..transfer.count as usize {
        let position = round * transfer.size;
        let offset = if reads { position } else { position % (1 << 20) } as i64;
        // SAFETY: the buffer has `size` bytes.
        let count = unsafe {
            match reads {
                true => libc::pread(file.as_raw_fd(), buffer.as_mut_ptr().cast(), transfer.size, offset),
                false => libc::pwrite(file.as_raw_fd(), buffer.as_ptr().cast(), transfer.size, offset),
            }
        };
        assert_eq!(count, transfer.size as isize);
    }
    Ok(())
}

/// Memory straight from the system, as large as a guest's.
struct Region(*mut u8);

impl Region {
    fn new() -> std::io::Result<Self> {
        let (access, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        // SAFETY: a new mapping touches nothing that is there.
        let address = unsafe { libc::mmap(std::ptr::null_mut(), MEMORY, access, flags, -1, 0) };
        if address == libc::MAP_FAILED { Err(std::io::Error::last_os_error()) } else { Ok(Self(address.cast())) }
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: mapped for reading and writing until the drop, zeroed, and reached through `self` alone.
        unsafe { std::slice::from_raw_parts_mut(self.0, MEMORY) }
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this size, and nobody has a reference any more.
        unsafe { libc::munmap(self.0.cast(), MEMORY) };
    }
}
