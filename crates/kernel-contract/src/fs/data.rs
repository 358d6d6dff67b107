//! Reading and writing: offsets, buffers, holes, appending, and what handles share.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::io::{IoSlice, IoSliceMut};

use tambo_kernel::Error;
use tambo_kernel::fs::OpenFlags;
use tambo_kernel::stream::Wait;
use tambo_kernel::wait::{Interest, Source};

use super::{CREATE_RW, RW, Scratch, allowed, get, get_all, put, put_all, refused};

const END_OF_RANGE: u64 = i64::MAX as u64;

pub fn vectored_reads_fill_buffers_in_order(s: &Scratch) {
    s.write("file", b"abcdefgh");
    let file = s.file("file", OpenFlags::READ);
    let (mut first, mut second, mut third) = ([0; 3], [0; 0], [0; 4]);
    let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second), IoSliceMut::new(&mut third)];
    assert_eq!(file.read_at(&mut buffers, 1, Wait::Block), Ok(7));
    assert_eq!((&first, &third), (b"bcd", b"efgh"));
    let (mut first, mut second) = ([0; 2], [9; 4]);
    let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut second)];
    assert_eq!(file.read_at(&mut buffers, 5, Wait::Block), Ok(3));
    assert_eq!((&first, &second), (b"fg", b"h\x09\x09\x09"));
}

pub fn vectored_writes_take_buffers_in_order(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    let buffers = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cde"), IoSlice::new(b"")];
    assert_eq!(file.write_at(&buffers, 0, Wait::Block), Ok(5));
    assert_eq!(file.write_at(&buffers, 3, Wait::Block), Ok(5));
    assert_eq!(get_all(&*file), b"abcabcde");
}

/// Attack 9, where it concerns the kernel.
pub fn empty_buffers_move_nothing(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, b"text", 0);
    assert_eq!(file.read_at(&mut [], 0, Wait::Block), Ok(0));
    assert_eq!(file.read_at(&mut [IoSliceMut::new(&mut []), IoSliceMut::new(&mut [])], 1, Wait::Block), Ok(0));
    assert_eq!(file.write_at(&[], 0, Wait::Block), Ok(0));
    assert_eq!(file.write_at(&[IoSlice::new(b"")], 2, Wait::Block), Ok(0));
    assert_eq!(file.append(&[], Wait::Block), Ok(0));
    assert_eq!(file.append(&[IoSlice::new(b""), IoSlice::new(b"")], Wait::Block), Ok(0));
    assert_eq!(get_all(&*file), b"text");
}

pub fn reads_stop_at_the_end(s: &Scratch) {
    s.write("file", b"text");
    let file = s.file("file", OpenFlags::READ);
    assert_eq!(get(&*file, 100, 0).unwrap(), b"text");
    assert_eq!(get(&*file, 100, 3).unwrap(), b"t");
    assert_eq!(get(&*file, 2, 1).unwrap(), b"ex");
}

pub fn reads_beyond_the_end_are_empty(s: &Scratch) {
    s.write("file", b"text");
    let file = s.file("file", OpenFlags::READ);
    for offset in [4, 5, 4096, 1 << 40] {
        assert_eq!(get(&*file, 10, offset).unwrap(), b"", "at {offset}");
    }
}

pub fn reads_at_impossible_offsets_are_refused(s: &Scratch) {
    s.write("file", b"text");
    let file = s.file("file", OpenFlags::READ);
    refused(get(&*file, 10, u64::MAX), &[Error::Invalid]);
    refused(get(&*file, 10, END_OF_RANGE + 1), &[Error::Invalid]);
    if let Some(bytes) = allowed(get(&*file, 10, END_OF_RANGE), &[Error::Invalid, Error::Overflow]) {
        assert_eq!(bytes, b"");
    }
}

pub fn a_write_beyond_the_end_leaves_zeros(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, b"ab", 0);
    put_all(&*file, b"z", 70_000);
    let mut expected = vec![0; 70_001];
    expected[..2].copy_from_slice(b"ab");
    expected[70_000] = b'z';
    assert!(get_all(&*file) == expected, "the hole is not zeros");
}

pub fn an_empty_write_beyond_the_end_changes_nothing(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    assert_eq!(put(&*file, b"", 1000), Ok(0));
    assert_eq!(file.stat().unwrap().size, 0);
}

pub fn writes_at_impossible_offsets_are_refused(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, b"text", 0);
    let accepted = [Error::Invalid, Error::FileTooLarge, Error::Overflow, Error::NoSpace];
    for offset in [END_OF_RANGE, END_OF_RANGE + 1, u64::MAX - 3, u64::MAX] {
        refused(put(&*file, b"some text", offset), &accepted);
    }
    assert_eq!(get_all(&*file), b"text");
}

pub fn a_huge_hole_costs_nothing(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    let accepted = [Error::FileTooLarge, Error::NoSpace, Error::Invalid];
    for shift in [33, 43, 60, 62] {
        let offset = 1_u64 << shift;
        if let Some(count) = allowed(put(&*file, b"x", offset), &accepted) {
            assert_eq!((count, file.stat().unwrap().size), (1, offset + 1));
            assert_eq!(get(&*file, 8, offset - 3).unwrap(), b"\0\0\0x");
            assert_eq!(get(&*file, 4, offset / 2).unwrap(), b"\0\0\0\0");
        }
    }
}

pub fn append_goes_to_the_end(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    assert_eq!(file.append(&[IoSlice::new(b"ab")], Wait::Block), Ok(2));
    let buffers = [IoSlice::new(b"c"), IoSlice::new(b""), IoSlice::new(b"de")];
    assert_eq!(file.append(&buffers, Wait::Block), Ok(3));
    assert_eq!(get_all(&*file), b"abcde");
}

pub fn append_sees_what_others_added(s: &Scratch) {
    let (one, two) = (s.file("file", CREATE_RW), s.file("file", CREATE_RW));
    for (file, text) in [(&one, b"one,"), (&two, b"two,"), (&one, b"3rd,")] {
        assert_eq!(file.append(&[IoSlice::new(text)], Wait::Block), Ok(4));
    }
    assert_eq!(get_all(&*two), b"one,two,3rd,");
}

pub fn a_file_opened_for_appending_ignores_offsets(s: &Scratch) {
    s.write("file", b"text");
    let file = s.file("file", RW | OpenFlags::APPEND);
    assert_eq!(put(&*file, b" more", 0), Ok(5));
    assert_eq!(file.append(&[IoSlice::new(b"!")], Wait::Block), Ok(1));
    assert_eq!(get_all(&*file), b"text more!");
    assert_eq!(get(&*file, 4, 5).unwrap(), b"more");
}

pub fn set_flags_changes_appending(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, b"text", 0);
    file.set_flags(RW | OpenFlags::APPEND).unwrap();
    assert_eq!(put(&*file, b"!", 0), Ok(1));
    file.set_flags(RW).unwrap();
    assert_eq!(put(&*file, b"T", 0), Ok(1));
    assert_eq!(get_all(&*file), b"Text!");
    allowed(file.set_flags(RW | OpenFlags::SYNC), &[Error::Unsupported]);
    allowed(file.set_flags(RW | OpenFlags::DATA_SYNC), &[Error::Unsupported]);
    assert_eq!(put(&*file, b"t", 0), Ok(1));
}

pub fn two_handles_share_one_file(s: &Scratch) {
    let one = s.file("file", CREATE_RW);
    let two = s.file("file", OpenFlags::READ);
    put_all(&*one, b"text", 0);
    assert_eq!(get_all(&*two), b"text");
    one.set_size(2).unwrap();
    assert_eq!(two.stat().unwrap().size, 2);
    assert_eq!(get_all(&*two), b"te");
}

pub fn an_unlinked_file_stays_readable(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, b"text", 0);
    s.root.unlink_at("file").unwrap();
    assert!(!s.exists("file"));
    assert_eq!(get_all(&*file), b"text");
    put_all(&*file, b" more", 4);
    assert_eq!(get_all(&*file), b"text more");
    let stat = file.stat().unwrap();
    assert_eq!((stat.links, stat.size), (0, 9));
    s.write("file", b"another");
    assert_eq!(get_all(&*file), b"text more");
    assert_ne!(s.stat("file").inode, stat.inode);
}

pub fn a_replaced_file_stays_readable(s: &Scratch) {
    s.write("old", b"old");
    s.write("new", b"new");
    let file = s.file("old", OpenFlags::READ);
    s.root.rename_at("new", &*s.root, "old").unwrap();
    assert_eq!(get_all(&*file), b"old");
    assert_eq!(file.stat().unwrap().links, 0);
    assert_eq!(s.read("old"), b"new");
}

pub fn a_renamed_file_stays_open(s: &Scratch) {
    let file = s.file("a", CREATE_RW);
    s.root.rename_at("a", &*s.root, "b").unwrap();
    put_all(&*file, b"text", 0);
    assert_eq!(s.read("b"), b"text");
}

pub fn trying_gives_the_same_or_would_block(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    if let Some(count) = allowed(file.write_at(&[IoSlice::new(b"text")], 0, Wait::Try), &[Error::WouldBlock]) {
        assert_eq!(count, 4);
    } else {
        put_all(&*file, b"text", 0);
    }
    let mut bytes = [0; 8];
    let read = file.read_at(&mut [IoSliceMut::new(&mut bytes)], 0, Wait::Try);
    if let Some(count) = allowed(read, &[Error::WouldBlock]) {
        assert_eq!(&bytes[..count], b"text");
    }
    allowed(file.append(&[IoSlice::new(b"!")], Wait::Try), &[Error::WouldBlock]);
}

pub fn large_writes_come_back(s: &Scratch) {
    let bytes: Vec<u8> = (0..1_000_003_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    s.write("file", &bytes);
    assert!(s.read("file") == bytes, "the bytes differ");
    assert_eq!(s.stat("file").size, bytes.len() as u64);
}

pub fn scattered_writes_come_back(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    let mut model: Vec<u8> = Vec::new();
    let mut state = 12_345_u64;
    for round in 0..200_u8 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (offset, len) = ((state >> 33) as usize % 100_000, (state >> 50) as usize % 9_000);
        if round % 10 == 9 {
            file.set_size(offset as u64).unwrap();
            model.resize(offset, 0);
        } else {
            put_all(&*file, &vec![round; len], offset as u64);
            if len > 0 {
                model.resize(model.len().max(offset + len), 0);
                model[offset..offset + len].fill(round);
            }
        }
    }
    assert!(get_all(&*file) == model, "the bytes differ");
}

pub fn files_are_ready_always(s: &Scratch) {
    let file = s.file("file", CREATE_RW);
    put_all(&*file, b"text", 0);
    assert!(matches!(file.source(Interest::Read), Source::Ready));
    assert!(matches!(file.source(Interest::Write), Source::Ready));
}
