//! Every contract's suite, on every implementation of this crate.

use std::rc::Rc;

use tambo_kernel::clock::Timestamp;
use tambo_kernel::entropy::Entropy;
use tambo_kernel::wait::Waiter;
use tambo_kernel_contract::clock::Clocks;
use tambo_kernel_contract::stream::Pipe;
use tambo_kernel_virt::{FixedWall, MemoryFs, Seeded, VirtualClock, VirtualWaiter, pipe};

const START: Timestamp = Timestamp { seconds: 1_700_000_000, nanoseconds: 0 };

fn memory() -> MemoryFs {
    MemoryFs::new(Rc::new(FixedWall(START)), 1 << 26, 10_000)
}

fn clock(step: u64) -> Rc<VirtualClock> {
    Rc::new(VirtualClock::new(START, step))
}

fn clocks(step: u64) -> Clocks {
    let clock = clock(step);
    Clocks { wall: clock.clone(), monotonic: clock.clone(), cpu: clock }
}

fn waiter(step: u64) -> Rc<dyn Waiter> {
    Rc::new(VirtualWaiter::new(clock(step)))
}

fn pipe_of(capacity: usize) -> Pipe {
    let (reader, writer) = pipe(capacity);
    Pipe::new(Rc::new(reader), Rc::new(writer), waiter(1))
}

tambo_kernel_contract::directory_tests!(memory_fs, || (memory().root(), Box::new(())));
tambo_kernel_contract::directory_tests!(memory_fs_below, || {
    let fs = memory();
    fs.create_dir_all("a/b").unwrap();
    match fs.root().open("a/b", tambo_kernel::fs::OpenFlags::READ) {
        Ok(tambo_kernel::fs::Node::Directory(directory)) => (directory, Box::new(())),
        _ => panic!("a directory was just made"),
    }
});
tambo_kernel_contract::clock_tests!(virtual_clock, || clocks(7));
tambo_kernel_contract::clock_tests!(virtual_clock_that_stands, || clocks(0));
tambo_kernel_contract::clock_tests!(fixed_wall, || Clocks { wall: Rc::new(FixedWall(START)), ..clocks(1) });
tambo_kernel_contract::entropy_tests!(seeded, || Rc::new(Seeded::new(42)) as Rc<dyn Entropy>);
tambo_kernel_contract::stream_tests!(memory_pipe, || pipe_of(65_536));
tambo_kernel_contract::stream_tests!(small_memory_pipe, || pipe_of(10));
tambo_kernel_contract::waiter_tests!(virtual_waiter, || waiter(1_000));
tambo_kernel_contract::waiter_tests!(virtual_waiter_that_stands, || waiter(0));
