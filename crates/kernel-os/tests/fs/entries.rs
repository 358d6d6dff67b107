//! Walks over large and changing directories.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use tambo_kernel::fs::Entries;
use tambo_kernel_os::{Resolver, open_directory_with};

use super::tools::{Dice, each};

/// Names and positions.
fn all(walk: &mut dyn Entries) -> Vec<(String, u64)> {
    let mut all = Vec::new();
    while let Some(entry) = walk.next_entry().unwrap() {
        all.push((entry.name.to_owned(), entry.next));
    }
    all
}

/// Walks from any position, and the walk of a guest with a buffer for one entry: each is asked for by position, and the
/// one after it does not fit.
#[test]
fn ten_thousand_entries() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..10_000 {
        std::fs::File::create(folder.path().join(format!("file-{index}"))).unwrap();
    }
    for resolver in [Resolver::Openat2, Resolver::Walk] {
        let root = open_directory_with(folder.path(), resolver).unwrap();
        let mut walk = root.entries().unwrap();
        let entries = all(&mut *walk);
        let distinct: BTreeSet<&str> = entries.iter().map(|(name, _)| &**name).collect();
        assert_eq!((entries.len(), distinct.len()), (10_002, 10_002));
        let mut dice = Dice(5);
        for _ in 0..500 {
            let index = dice.roll(entries.len() - 1);
            walk.seek(entries[index].1).unwrap();
            for (name, next) in &entries[index + 1..entries.len().min(index + 4)] {
                let entry = walk.next_entry().unwrap().unwrap();
                assert_eq!((entry.name, entry.next), (&**name, *next));
            }
        }
        let mut walk = root.entries().unwrap();
        let (mut seen, mut position) = (Vec::new(), 0);
        loop {
            walk.seek(position).unwrap();
            let Some(entry) = walk.next_entry().unwrap() else { break };
            seen.push((entry.name.to_owned(), entry.next));
            position = entry.next;
            if walk.next_entry().unwrap().is_some() {
                walk.step_back();
            }
        }
        assert_eq!(seen, entries);
    }
}

#[test]
fn what_stays_is_seen_once_while_another_thread_adds_and_removes() {
    each(|case| {
        for index in 0..3_000 {
            std::fs::File::create(case.inside(&format!("file-{index}"))).unwrap();
        }
        let over = AtomicBool::new(false);
        let passing = case.inside("passing");
        let path = |round: usize, index: usize| passing.with_file_name(format!("passing-{round}-{index}"));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0.. {
                    for index in 0..200 {
                        let path = path(round, index);
                        std::fs::File::create(&path).unwrap();
                        if index % 2 == 0 {
                            std::fs::remove_file(&path).unwrap();
                        }
                    }
                    for index in (1..200).step_by(2) {
                        std::fs::remove_file(path(round, index)).unwrap();
                    }
                    if over.load(Ordering::Relaxed) {
                        break;
                    }
                }
            });
            for _ in 0..20 {
                let mut walk = case.root.entries().unwrap();
                let names = all(&mut *walk);
                let stays = names.iter().filter(|(name, _)| name.starts_with("file-")).count();
                let distinct: BTreeSet<_> = names.iter().filter(|(name, _)| name.starts_with("file-")).collect();
                if stays != 3_000 || distinct.len() != 3_000 {
                    over.store(true, Ordering::Relaxed);
                    panic!("{stays} seen, {} of them distinct", distinct.len());
                }
            }
            over.store(true, Ordering::Relaxed);
        });
    });
}

#[test]
fn the_number_of_the_directory_outside_is_not_told() {
    use std::os::unix::fs::MetadataExt;
    each(|case| {
        let outside = std::fs::metadata(case.outside("")).unwrap().ino();
        let mut walk = case.root.entries().unwrap();
        while let Some(entry) = walk.next_entry().unwrap() {
            assert_ne!(entry.inode, outside, "{}", entry.name);
        }
    });
}
