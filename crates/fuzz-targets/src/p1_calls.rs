//! Any sequence of calls of WASI 0.1 with any arguments and memory, over a file system in memory.
//!
//! What must hold: no panic; a call ends with an error number, with an exit, or waits; no trap is a bug of ours; the
//! memory keeps its size, and descriptors and files stay within their budgets.

use std::rc::Rc;
use std::task::{Context, Waker};

use tambo_engine::{Flow, HostData, Slot, TrapKind};
use tambo_kernel::clock::Timestamp;
use tambo_kernel::{Budget, Grant};
use tambo_kernel_virt::{Input as Stdin, MemoryFs, Output};
use tambo_wasi_p1::table::{Function, Kind, functions};
use tambo_wasi_p1::{Errno, P1};

use crate::{Input, Reached};

const MEMORY: usize = 1 << 16;
const CAPACITY: u64 = 1 << 18;
const CALLS: usize = 64;

/// Names that calls find in memory at 16 bytes from each other, from 0.
const NAMES: [&str; 12] =
    ["file", "dir", "dir/inner", "link", "new", ".", "..", "dir/../file", "loop", "/abs", "dir/", "a\0b"];
/// Lists of buffers and subscriptions are built from 1024, results go to 2048, data is at 4096.
const LISTS: u64 = 1024;
const RESULTS: u64 = 2048;
const DATA: u64 = 4096;

/// Run one input.
pub fn run(data: &[u8]) -> Reached {
    let mut input = Input::new(data);
    let (mut p1, files) = guest();
    let mut memory = vec![0; MEMORY];
    for (index, name) in NAMES.iter().enumerate() {
        memory[index * 16..][..name.len()].copy_from_slice(name.as_bytes());
    }
    let functions: Vec<&'static Function> = functions().collect();
    let mut reached = Reached::new();
    for _ in 0..CALLS {
        if input.is_empty() {
            break;
        }
        scribble(&mut input, &mut memory);
        let function = input.pick(&functions);
        let mut slots: Vec<Slot> =
            function.parameters.iter().map(|parameter| Slot(argument(&mut input, parameter.kind))).collect();
        slots.resize(function.signature().slots(), Slot(0));
        let Some(errno) = call(function, &mut p1, &mut memory, &mut slots) else { break };
        reached.insert(format!("{} {}", function.name, errno.name()));
        assert_eq!(memory.len(), MEMORY);
        assert!(files.used() <= CAPACITY, "{} bytes of files", files.used());
    }
    reached
}

fn guest() -> (P1, MemoryFs) {
    let mut grant = Grant::new(tambo_kernel_virt::system(1, Timestamp::from_nanoseconds(1_700_000_000_000_000_000)));
    let files = MemoryFs::new(grant.system.wall.clone(), CAPACITY, 100);
    files.create_dir_all("dir/inner").expect("an empty file system has room");
    files.write_file("file", b"0123456789").expect("an empty file system has room");
    files.root().symlink_at("dir", "link").expect("an empty file system has room");
    files.root().symlink_at("loop", "loop").expect("an empty file system has room");
    grant.preopen("/", files.root());
    grant.preopen_read_only("/ro", files.root());
    grant.arguments = vec!["fuzz".into(), "argument".into()];
    grant.environment = vec![("NAME".into(), "value".into())];
    grant.stdin = Rc::new(Stdin::from_bytes(&b"input"[..]));
    grant.stdout = Rc::new(Output::new(1000));
    grant.budget = Budget { descriptors: 16, subscriptions: 32, buffers: 20, transfer: 5000, ..Budget::default() };
    (P1::new(grant).expect("a sound grant"), files)
}

/// Some bytes of memory, so that lists and subscriptions are anything.
fn scribble(input: &mut Input<'_>, memory: &mut [u8]) {
    for _ in 0..input.byte() % 24 {
        let at = LISTS as usize + usize::from(input.byte()) * 2;
        memory[at] = input.byte();
    }
}

fn argument(input: &mut Input<'_>, kind: Kind) -> u64 {
    if input.byte() % 16 == 15 {
        return input.number();
    }
    match kind {
        Kind::Fd => u64::from(input.byte() % 18),
        Kind::Text => u64::from(input.byte() % 12) * 16,
        Kind::Length => u64::from(input.byte() % 24),
        Kind::ReadList | Kind::WriteList | Kind::Subscriptions => LISTS + u64::from(input.byte() % 64) * 8,
        Kind::SubscriptionCount => u64::from(input.byte() % 40),
        Kind::Buffer => DATA + u64::from(input.byte()),
        Kind::OutHidden | Kind::OutU32 | Kind::OutU64 | Kind::OutRoFlags => RESULTS + u64::from(input.byte()),
        Kind::OutFilestat | Kind::OutFdstat | Kind::OutPrestat => RESULTS + u64::from(input.byte()),
        Kind::Rights => input.pick(&[u64::MAX, 1 << 1, 1 << 6, 1 << 1 | 1 << 6, 0]),
        Kind::U64 | Kind::Delta => input.pick(&[0, 1, 10, 4096, CAPACITY, i64::MAX as u64, u64::MAX - 1, u64::MAX]),
        _ => u64::from(input.byte() % 33),
    }
}

/// The answer; none if the guest does not go on.
fn call(function: &Function, p1: &mut P1, memory: &mut [u8], slots: &mut [Slot]) -> Option<Errno> {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100 {
        match function.call(p1, memory, slots) {
            Flow::Done => {
                let errno = slots.first().map_or(0, |slot| u32::from(*slot));
                let known = Errno::from_number(errno);
                assert!(known.is_some(), "{function:?} answered {errno}");
                return known;
            }
            Flow::Pending => {
                assert!(function.suspends(), "{function:?}");
                if p1.poll_wait(&mut context).is_pending() {
                    return None;
                }
            }
            Flow::Trap(trap) => {
                assert!(matches!(trap.kind, TrapKind::Exit(_)), "{function:?}: {trap}");
                return None;
            }
        }
    }
    panic!("{function:?} is pending and ready for ever")
}
