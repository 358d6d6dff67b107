//! Inputs and outputs of a guest (`tambo_kernel::{input, output}`) over pipes and files in memory.
#![expect(clippy::unwrap_used, reason = "a failed unwrap here is a failed test")]

use std::io::{IoSlice, Read as _, Write as _};
use std::rc::Rc;

use tambo_kernel::clock::Timestamp;
use tambo_kernel::fs::{File, Node, OpenFlags};
use tambo_kernel::input::Input;
use tambo_kernel::open_file::OpenFile;
use tambo_kernel::output::{Output, Spliced};
use tambo_kernel::poll::{Subscription, poll};
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Pollable, Source};
use tambo_kernel::{Error, Grant, Host};
use tambo_kernel_virt::{FixedWall, MemoryFs, PipeReader, PipeWriter, pipe, system};

fn host() -> Host {
    Host::new(&Grant::new(system(1, Timestamp::default())))
}

fn source(capacity: usize) -> (PipeWriter, Rc<Input>) {
    let (reader, writer) = pipe(capacity);
    (writer, Rc::new(Input::of_stream(Rc::new(reader))))
}

fn sink(capacity: usize) -> (PipeReader, Rc<Output>) {
    let (reader, writer) = pipe(capacity);
    (reader, Rc::new(Output::of_stream(Rc::new(writer))))
}

fn file(contents: &[u8], flags: OpenFlags) -> OpenFile {
    let fs = MemoryFs::new(Rc::new(FixedWall(Timestamp::default())), 1 << 20, 10);
    let file: Rc<dyn File> = match fs.root().open("file", flags | OpenFlags::WRITE | OpenFlags::CREATE).unwrap() {
        Node::File(file) => file,
        _ => panic!("not a file"),
    };
    file.write_at(&[IoSlice::new(contents)], 0, Wait::Block).unwrap();
    OpenFile::new(file, flags)
}

fn is_ready(object: &dyn Pollable, interest: Interest) -> bool {
    matches!(object.source(interest), Source::Ready)
}

#[test]
fn what_is_not_there_is_no_bytes_or_is_waited_for() {
    let (mut host, (mut writer, input)) = (host(), source(10));
    let mut buffer = [0; 4];
    assert_eq!(input.read(&mut host, &mut buffer, false), Ok(Some(0)));
    assert!(!host.is_parked());
    assert_eq!(input.read(&mut host, &mut buffer, true), Err(Error::WouldBlock));
    assert!(host.is_parked());
    writer.write_all(b"abcdef").unwrap();
    assert_eq!(input.read(&mut host, &mut buffer, true), Ok(Some(4)));
    assert_eq!(input.read(&mut host, &mut [], true), Ok(Some(0)), "nothing was asked for");
    assert_eq!(input.skip(&mut host, u64::MAX, false), Ok(Some(2)));
    drop(writer);
    assert_eq!(input.read(&mut host, &mut buffer, false), Ok(None));
    assert_eq!(input.read(&mut host, &mut [], false), Ok(None), "it has ended for those who ask for nothing too");
    assert!(is_ready(&*input, Interest::Read));
}

#[test]
fn what_a_file_has_is_sure_to_come() {
    let (mut host, input) = (host(), Rc::new(Input::of_file(file(&[7; 1000], OpenFlags::READ))));
    assert_eq!(input.sure(&host, u64::MAX), Ok(Some(1000)));
    assert_eq!(input.sure(&host, 10), Ok(Some(10)));
    assert_eq!(input.skip(&mut host, 990, true), Ok(Some(990)));
    assert_eq!(input.sure(&host, 4096), Ok(Some(10)));
    assert_eq!(input.skip(&mut host, 4096, true), Ok(Some(10)));
    assert_eq!(input.sure(&host, 4096), Ok(None), "nothing is left");
    assert_eq!(input.read(&mut host, &mut [0], true), Ok(None));
}

#[test]
fn nothing_of_a_stream_is_sure() {
    let (_writer, input) = source(10);
    assert_eq!(input.sure(&host(), u64::MAX), Ok(None));
    assert!(input.skip(&mut host(), u64::MAX, false).is_ok());
}

#[test]
fn bytes_that_a_sink_does_not_take_are_kept_and_given_on_while_the_guest_waits() {
    let (mut host, (mut reader, output)) = (host(), sink(10));
    assert!(!output.permits(1), "nothing was asked");
    let permit = output.check_write(&host).unwrap();
    assert!(permit >= 4096);
    output.write(&mut host, &[b'x'; 100]).unwrap();
    assert_eq!(host.deferred_bytes(), 90);
    assert!(!is_ready(&*output, Interest::Write));
    assert!(output.permits(permit as u64 - 100) && !output.permits(permit as u64));

    let mut all = Vec::new();
    let mut piece = [0; 10];
    while all.len() < 100 {
        let count = reader.read(&mut piece).unwrap();
        all.extend_from_slice(&piece[..count]);
        // The guest waits for something else.
        let mut events = Vec::new();
        poll(&mut host, &[Subscription::Monotonic(0)], &mut events).unwrap();
    }
    assert_eq!((all, host.deferred_bytes()), (vec![b'x'; 100], 0));
    assert_eq!(host.finish_output(), Ok(()));
}

#[test]
fn a_flush_lets_nothing_in_until_it_is_done() {
    let (mut host, (mut reader, output)) = (host(), sink(10));
    output.check_write(&host).unwrap();
    output.write(&mut host, &[1; 15]).unwrap();
    output.flush().unwrap();
    assert_eq!(output.check_write(&host), Ok(0));
    assert!(!output.permits(1));
    assert_eq!(output.blocking_flush(&mut host), Err(Error::WouldBlock));
    assert!(host.is_parked());
    reader.read_exact(&mut [0; 10]).unwrap();
    assert_eq!(output.blocking_flush(&mut host), Ok(()));
    assert!(output.check_write(&host).unwrap() > 0);
}

#[test]
fn a_write_that_waits_goes_on_where_it_was() {
    let (mut host, (mut reader, output)) = (host(), sink(4));
    let (mut all, mut piece) = (Vec::new(), [0; 4]);
    while output.write_and_flush(&mut host, b"0123456789") == Err(Error::WouldBlock) {
        assert!(host.is_parked());
        let count = reader.read(&mut piece).unwrap();
        all.extend_from_slice(&piece[..count]);
    }
    drop((host, output));
    reader.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"0123456789");
}

#[test]
fn a_sink_that_nobody_reads_is_closed() {
    let (mut host, (reader, output)) = (host(), sink(4));
    output.check_write(&host).unwrap();
    output.write(&mut host, b"more than it takes").unwrap();
    drop(reader);
    assert_eq!(output.check_write(&host), Err(Error::Pipe));
    assert_eq!((output.write(&mut host, b"x"), output.flush()), (Err(Error::Pipe), Err(Error::Pipe)));
    assert!(is_ready(&*output, Interest::Write));
    assert_eq!(host.finish_output(), Ok(()), "there is nobody to give the rest to");
}

#[test]
fn attack_13_what_is_kept_is_bounded_over_all_sinks() {
    let mut grant = Grant::new(system(1, Timestamp::default()));
    grant.budget.output = 100_000;
    let mut host = Host::new(&grant);
    let sinks: Vec<_> = (0..10).map(|_| sink(1)).collect();
    for (_, output) in &sinks {
        let permit = output.check_write(&host).unwrap();
        output.write(&mut host, &vec![0; permit]).unwrap();
    }
    assert!(host.deferred_bytes() <= 100_000);
    assert!(sinks[9].1.check_write(&host).unwrap() <= 1, "what is left of the budget");
}

#[test]
fn bytes_are_moved_from_a_source_to_a_sink() {
    let (mut host, (mut reader, output)) = (host(), sink(100));
    let input = Rc::new(Input::of_file(file(b"some bytes", OpenFlags::READ)));
    let moved = |spliced| match spliced {
        Ok(Spliced::Bytes(count)) => Some(count),
        Ok(Spliced::End) => None,
        Ok(Spliced::Unreadable(error)) | Err(error) => panic!("{error}"),
    };
    assert_eq!(moved(output.splice(&mut host, &input, 4, false)), Some(4));
    assert_eq!(moved(output.splice(&mut host, &input, u64::MAX, true)), Some(6));
    assert_eq!(moved(output.splice(&mut host, &input, 1, true)), None);
    drop(output);
    let mut all = String::new();
    reader.read_to_string(&mut all).unwrap();
    assert_eq!(all, "some bytes");
}

#[test]
fn a_file_is_written_from_where_it_stands_or_at_its_end() {
    let (mut host, flags) = (host(), OpenFlags::READ | OpenFlags::WRITE);
    for (flags, expected) in [(flags, b"ab345"), (flags | OpenFlags::APPEND, b"12345")] {
        let open = file(b"12345", flags);
        let object = open.file.clone();
        let output = Rc::new(Output::of_file(open));
        output.write_and_flush(&mut host, b"ab").unwrap();
        host.finish();
        let input = Rc::new(Input::of_file(OpenFile::new(object, OpenFlags::READ)));
        let mut bytes = [0; 5];
        assert_eq!(input.read(&mut host, &mut bytes, true), Ok(Some(5)));
        assert_eq!(&bytes, expected);
    }
}
