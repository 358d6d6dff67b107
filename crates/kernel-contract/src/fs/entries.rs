//! Walking over the entries of a directory while it stands still and while it changes.
#![expect(missing_docs, reason = "a case's name is its sentence")]

use std::collections::BTreeMap;

use tambo_kernel::Error;
use tambo_kernel::fs::{Entries, FileKind};

use super::{Scratch, allowed, names};

/// Name, inode, kind and position of each remaining entry.
#[track_caller]
fn rest(walk: &mut dyn Entries) -> Vec<(String, u64, FileKind, u64)> {
    let mut all = Vec::new();
    while let Some(entry) = walk.next_entry().unwrap() {
        all.push((entry.name.to_owned(), entry.inode, entry.kind, entry.next));
        assert!(all.len() < 10_000, "the walk does not end");
    }
    all
}

fn rest_names(walk: &mut dyn Entries) -> Vec<String> {
    rest(walk).into_iter().map(|(name, ..)| name).collect()
}

/// Files `f0` … in number; their names, sorted.
fn fill(s: &Scratch, count: usize) -> Vec<String> {
    let mut all: Vec<String> = (0..count).map(|i| format!("f{i}")).collect();
    for name in &all {
        s.write(name, b"");
    }
    all.sort();
    all
}

pub fn an_empty_directory_has_its_dots(s: &Scratch) {
    let all = rest(&mut *s.root.entries().unwrap());
    let mut dots: Vec<&str> = all.iter().map(|(name, ..)| &**name).collect();
    dots.sort_unstable();
    assert_eq!(dots, [".", ".."]);
    let dot = all.iter().find(|(name, ..)| name == ".").unwrap();
    assert_eq!((dot.1, dot.2), (s.root.stat().unwrap().inode, FileKind::Directory));
}

pub fn entries_tell_name_kind_and_inode(s: &Scratch) {
    s.mkdir("d");
    s.write("file", b"text");
    s.symlink("file", "link");
    let all = rest(&mut *s.root.entries().unwrap());
    let found: BTreeMap<&str, (u64, FileKind)> = all.iter().map(|(name, i, kind, _)| (&**name, (*i, *kind))).collect();
    assert_eq!((all.len(), found.len()), (5, 5));
    for (name, kind) in [("d", FileKind::Directory), ("file", FileKind::Regular), ("link", FileKind::SymbolicLink)] {
        let (inode, found_kind) = found[name];
        assert!(inode == 0 || inode == s.stat(name).inode, "{name}");
        assert!(found_kind == kind || found_kind == FileKind::Unknown, "{name}");
    }
    assert!(all.iter().all(|(.., next)| *next != 0), "positions are never 0");
}

pub fn positions_resume_after_their_entry(s: &Scratch) {
    fill(s, 50);
    let mut walk = s.root.entries().unwrap();
    let all = rest(&mut *walk);
    for (index, (.., next)) in all.iter().enumerate() {
        let mut fresh = s.root.entries().unwrap();
        fresh.seek(*next).unwrap();
        assert_eq!(rest(&mut *fresh), all[index + 1..]);
        walk.seek(*next).unwrap();
        assert_eq!(rest(&mut *walk), all[index + 1..]);
    }
}

pub fn seeking_to_the_start_begins_again(s: &Scratch) {
    fill(s, 10);
    let mut walk = s.root.entries().unwrap();
    let all = rest(&mut *walk);
    walk.seek(0).unwrap();
    assert_eq!(rest(&mut *walk), all);
    s.write("later", b"");
    walk.seek(0).unwrap();
    assert!(rest_names(&mut *walk).contains(&"later".to_owned()));
}

pub fn a_step_back_gives_the_entry_again(s: &Scratch) {
    fill(s, 10);
    let mut walk = s.root.entries().unwrap();
    let all = rest(&mut *walk);
    walk.seek(0).unwrap();
    let mut again = Vec::new();
    for _ in 0..all.len() {
        let first = walk.next_entry().unwrap().unwrap().name.to_owned();
        walk.step_back();
        let entry = walk.next_entry().unwrap().unwrap();
        assert_eq!(first, entry.name);
        again.push((entry.name.to_owned(), entry.inode, entry.kind, entry.next));
    }
    assert_eq!(again, all);
    assert_eq!(walk.next_entry().unwrap(), None);
}

/// What a door does whose caller's buffer was too small: step back, and next time seek to where it stands.
pub fn a_step_back_and_a_seek_agree(s: &Scratch) {
    fill(s, 30);
    let all = rest(&mut *s.root.entries().unwrap());
    let mut walk = s.root.entries().unwrap();
    let (mut seen, mut position) = (Vec::new(), 0);
    loop {
        walk.seek(position).unwrap();
        for _ in 0..4 {
            let Some(entry) = walk.next_entry().unwrap() else { break };
            position = entry.next;
            seen.push(entry.name.to_owned());
        }
        if walk.next_entry().unwrap().is_none() {
            break;
        }
        walk.step_back();
    }
    assert_eq!(seen, all.into_iter().map(|(name, ..)| name).collect::<Vec<_>>());
}

pub fn the_walk_survives_removal(s: &Scratch) {
    let all = fill(s, 300);
    let mut walk = s.root.entries().unwrap();
    let mut seen = Vec::new();
    // Every entry is removed once it was seen, as a recursive removal does, and some before they are seen.
    while let Some(entry) = walk.next_entry().unwrap() {
        let name = entry.name.to_owned();
        if name.starts_with('f') {
            allowed(s.root.unlink_at(&name), &[Error::NoEntry]);
            seen.push(name);
        }
        if seen.len() == 100 {
            for gone in all.iter().filter(|name| name.ends_with('7')) {
                allowed(s.root.unlink_at(gone), &[Error::NoEntry]);
            }
        }
    }
    seen.sort();
    let distinct = seen.len();
    seen.dedup();
    assert_eq!(seen.len(), distinct, "an entry was seen twice");
    let unseen: Vec<&String> = all.iter().filter(|name| !seen.contains(name) && !name.ends_with('7')).collect();
    assert!(unseen.is_empty(), "not seen: {unseen:?}");
    assert_eq!(names(&*s.root), [""; 0]);
}

pub fn the_walk_survives_addition(s: &Scratch) {
    let all = fill(s, 100);
    let mut walk = s.root.entries().unwrap();
    let (mut seen, mut added) = (Vec::new(), 0);
    while let Some(entry) = walk.next_entry().unwrap() {
        seen.push(entry.name.to_owned());
        if added < 300 {
            s.write(&format!("new{added}"), b"");
            added += 1;
        }
    }
    for name in &all {
        assert_eq!(seen.iter().filter(|found| *found == name).count(), 1, "{name}");
    }
}

pub fn a_position_outlives_its_entry(s: &Scratch) {
    fill(s, 50);
    let mut walk = s.root.entries().unwrap();
    let all = rest(&mut *walk);
    let (head, tail) = all.split_at(all.len() / 2);
    for (name, ..) in head.iter().filter(|(name, ..)| !name.starts_with('.')) {
        s.root.unlink_at(name).unwrap();
    }
    walk.seek(head.last().unwrap().3).unwrap();
    let expected: Vec<String> = tail.iter().map(|(name, ..)| name.clone()).collect();
    assert_eq!(rest_names(&mut *walk), expected);
}

pub fn a_walk_outlives_its_directory(s: &Scratch) {
    s.mkdir("d");
    s.write("d/file", b"");
    let mut walk = s.dir("d").entries().unwrap();
    s.root.rename_at("d", &*s.root, "moved").unwrap();
    assert_eq!(rest_names(&mut *walk).len(), 3);
    s.root.unlink_at("moved/file").unwrap();
    s.root.remove_directory_at("moved").unwrap();
    walk.seek(0).unwrap();
    while let Some(true) = allowed(walk.next_entry(), &[Error::NoEntry]).map(|entry| entry.is_some()) {}
}

pub fn two_walks_are_independent(s: &Scratch) {
    fill(s, 20);
    let directory = s.dir(".");
    let (mut one, mut two) = (directory.entries().unwrap(), directory.entries().unwrap());
    let all = rest(&mut *one);
    assert_eq!(two.next_entry().unwrap().unwrap().name, all[0].0);
    one.seek(0).unwrap();
    assert_eq!(rest(&mut *two), all[1..]);
    assert_eq!(rest(&mut *one), all);
}

pub fn strange_positions_are_survived(s: &Scratch) {
    fill(s, 10);
    let mut walk = s.root.entries().unwrap();
    let accepted = [Error::Invalid, Error::Overflow, Error::NoEntry];
    for position in [3, 12_345, i64::MAX as u64, 1 << 63, u64::MAX] {
        if allowed(walk.seek(position), &accepted).is_some() {
            for _ in 0..20 {
                allowed(walk.next_entry(), &accepted);
            }
        }
    }
    walk.seek(0).unwrap();
    assert_eq!(rest(&mut *walk).len(), 12);
}

pub fn after_the_end_comes_the_end(s: &Scratch) {
    fill(s, 3);
    let mut walk = s.root.entries().unwrap();
    assert_eq!(rest(&mut *walk).len(), 5);
    assert_eq!(walk.next_entry().unwrap(), None);
    assert_eq!(walk.next_entry().unwrap(), None);
}

pub fn children_are_the_entries_without_dots(s: &Scratch) {
    let all = fill(s, 300);
    s.write(".hidden", b"");
    s.write("...", b"");
    let mut walk = s.root.entries().unwrap();
    let mut found = Vec::new();
    while let Some(entry) = walk.next_child().unwrap() {
        found.push(entry.name.to_owned());
        assert!(found.len() < 10_000, "the walk does not end");
    }
    assert_eq!(walk.next_child(), Ok(None));
    found.sort();
    let mut expected = all;
    expected.extend([".hidden".to_owned(), "...".to_owned()]);
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(s.root.create_directory_at("empty"), Ok(()));
    assert_eq!(s.dir("empty").entries().unwrap().next_child(), Ok(None));
}
