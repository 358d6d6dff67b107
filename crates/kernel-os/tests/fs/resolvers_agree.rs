//! The two resolvers against each other: the same answer for any path in any tree.

use tambo_kernel::fs::{Directory, Node, OpenFlags, SetTime};
use tambo_kernel::{Error, Result};
use tambo_kernel_os::{Resolver, open_directory_with};

use super::tools::{Dice, READ};

/// A tree of directories, files and links to anywhere, made by the host.
fn grow(folder: &std::path::Path, dice: &mut Dice) -> Vec<String> {
    let mut directories = vec![String::new()];
    let mut names = Vec::new();
    for index in 0..60 {
        let parent = directories[dice.roll(directories.len())].clone();
        let path = format!("{parent}{}", ["a", "b", "c", "d", "e"][dice.roll(5)]);
        let target = match dice.roll(8) {
            0..3 => std::fs::create_dir(folder.join(&path)).map(|()| directories.push(format!("{path}/"))),
            3 => std::fs::write(folder.join(&path), format!("{index}")),
            _ => std::os::unix::fs::symlink(random_path(dice, true), folder.join(&path)),
        };
        if target.is_ok() {
            names.push(path);
        }
    }
    names
}

fn random_path(dice: &mut Dice, target: bool) -> String {
    let mut path = String::new();
    if target && dice.roll(12) == 0 {
        path.push('/');
    }
    for step in 0..=dice.roll(5) {
        if step > 0 {
            path.push_str(["/", "/", "/", "//"][dice.roll(4)]);
        }
        path.push_str(["a", "b", "c", "d", "e", "a", "b", "c", ".", "..", "..", "missing"][dice.roll(12)]);
    }
    if dice.roll(4) == 0 {
        path.push('/');
    }
    path
}

/// What an outcome says about the object that was reached.
fn what(outcome: Result<Node>) -> Result<u64> {
    match outcome? {
        Node::File(file) => file.stat(),
        Node::Directory(directory) => directory.stat(),
        Node::Stream(stream) => stream.stat(),
    }
    .map(|stat| stat.inode)
}

#[test]
fn resolvers_agree_on_random_trees() {
    let mut dice = Dice(20_260_101);
    let (mut reached, mut refused) = (0, 0);
    for _ in 0..50 {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("box")).unwrap();
        for name in ["a", "b", "c"] {
            std::fs::write(folder.path().join(name), "secret").unwrap();
        }
        let names = grow(&folder.path().join("box"), &mut dice);
        let grant = |resolver| open_directory_with(&folder.path().join("box"), resolver).unwrap();
        let (one, other) = (grant(Resolver::Openat2), grant(Resolver::Walk));
        for _ in 0..100 {
            let mut path = random_path(&mut dice, false);
            if dice.roll(2) == 0 && !names.is_empty() {
                path = format!("{}/{path}", names[dice.roll(names.len())]);
            }
            let (expected, found) = (answers(&*one, &path), answers(&*other, &path));
            for (index, (expected, found)) in expected.iter().zip(&found).enumerate() {
                assert_eq!(found, expected, "answer {index} for {path:?}");
                reached += usize::from(found.is_ok());
                refused += usize::from(*found == Err(Error::NotPermitted));
            }
            let pair = if dice.roll(2) == 0 { [&*one, &*other] } else { [&*other, &*one] };
            for (index, [first, second]) in changes(pair, &path).into_iter().enumerate() {
                assert_eq!(first, second, "change {index} for {path:?}");
            }
        }
    }
    assert!(reached > 2_000 && refused > 2_000, "{reached} reached, {refused} refused");
}

fn answers(root: &dyn Directory, path: &str) -> Vec<Result<u64>> {
    let mut all = Vec::new();
    for extra in [OpenFlags::empty(), OpenFlags::DIRECTORY, OpenFlags::WRITE] {
        all.push(what(root.open(path, READ | extra)));
        all.push(what(root.open(path, READ | extra | OpenFlags::FOLLOW)));
    }
    all.push(root.stat_at(path, false).map(|stat| stat.inode));
    all.push(root.stat_at(path, true).map(|stat| stat.inode));
    all.push(root.read_link_at(path).map(|target| target.len() as u64));
    all.push(root.set_times_at(path, false, SetTime::Now, SetTime::Now).and(Ok(0)));
    all.push(root.set_times_at(path, true, SetTime::Now, SetTime::Now).and(Ok(0)));
    all.push(root.link_at(path, true, root, "missing/x").and(Ok(0)));
    all
}

/// The outcomes of the same change by both, undone in between where that is needed.
fn changes(pair: [&dyn Directory; 2], path: &str) -> [[Result<u64>; 2]; 4] {
    let create = READ | OpenFlags::CREATE;
    [
        pair.map(|root| {
            what(root.open(path, create | OpenFlags::EXCLUSIVE)).and_then(|_| root.unlink_at(path)).and(Ok(0))
        }),
        pair.map(|root| root.create_directory_at(path).and_then(|()| root.remove_directory_at(path)).and(Ok(0))),
        // The second one opens what the first one created.
        pair.map(|root| what(root.open(path, create))),
        pair.map(|root| what(root.open(path, create | OpenFlags::FOLLOW))),
    ]
}
