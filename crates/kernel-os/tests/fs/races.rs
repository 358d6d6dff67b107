//! Attack 3: others change the tree while a guest resolves a path in it. The oracle looks at everything that is opened,
//! and the content says once more where it came from.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, RenameFlags};
use tambo_kernel::Error;
use tambo_kernel::fs::{OpenFlags, SetTime};

use super::tools::{Case, READ, each};

const OPENS: usize = 20_000;

/// Runs `attack` again and again on another thread while `victim` runs on this one.
fn meanwhile(attack: impl Fn() + Send, victim: impl FnOnce()) {
    let over = &AtomicBool::new(false);
    struct Over<'a>(&'a AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while !over.load(Ordering::Relaxed) {
                attack();
            }
        });
        // Also if the victim panics: the scope waits for the thread.
        let _over = Over(over);
        victim();
    });
}

fn exchange(one: &PathBuf, other: &PathBuf) {
    rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).unwrap();
}

/// How often a path was read, and how often it was refused as leading outside; at least `count` tries, and more while
/// the two threads have not met.
fn read_often(case: &Case, path: &str, count: usize, met: impl Fn(usize, usize) -> bool) -> (usize, usize) {
    let (mut inside, mut refused) = (0, 0);
    for round in 0..200 * count {
        if round >= count && met(inside, refused) {
            break;
        }
        match case.read(path) {
            Ok(bytes) => {
                assert_eq!(bytes, b"inside", "escaped through {path}");
                inside += 1;
            }
            Err(Error::NotPermitted) => refused += 1,
            Err(Error::NoEntry | Error::NotDirectory | Error::Stale | Error::Loop) => {}
            Err(error) => panic!("{path}: {error:?}"),
        }
    }
    (inside, refused)
}

#[test]
fn attack_03_a_directory_becomes_a_link_outside() {
    each(|case| {
        std::fs::create_dir(case.outside("secrets")).unwrap();
        std::fs::write(case.outside("secrets/file"), "secret").unwrap();
        case.mkdir("target");
        case.write("target/file", b"inside");
        case.link("../secrets", "link");
        let (target, link) = (case.inside("target"), case.inside("link"));
        meanwhile(
            || exchange(&target, &link),
            || {
                let (inside, refused) =
                    read_often(case, "target/file", OPENS, |inside, refused| inside > 0 && refused > 0);
                assert!(inside > 0 && refused > 0, "the race did not take place: {inside} read, {refused} refused");
                let (inside, _) = read_often(case, "link/./file", OPENS, |inside, _| inside > 0);
                assert!(inside > 0);
            },
        );
    });
}

#[test]
fn attack_03_a_file_becomes_a_link_outside() {
    each(|case| {
        std::fs::write(case.outside("secret"), "secret").unwrap();
        case.write("target", b"inside");
        case.link("../secret", "link");
        let (target, link) = (case.inside("target"), case.inside("link"));
        let changed = || std::fs::metadata(case.outside("secret")).unwrap().modified().unwrap();
        let before = changed();
        meanwhile(
            || exchange(&target, &link),
            || {
                let (inside, refused) = read_often(case, "target", OPENS, |inside, refused| inside > 0 && refused > 0);
                assert!(inside > 0 && refused > 0, "the race did not take place: {inside} read, {refused} refused");
                for _ in 0..OPENS / 100 {
                    // Neither what follows nor what does not may reach through the link.
                    let old = SetTime::At(tambo_kernel::clock::Timestamp::default());
                    for follow in [false, true] {
                        let _ = case.root.set_times_at("target", follow, old, old);
                        let _ = case.root.link_at("target", follow, &*case.root, "name");
                        let _ = case.root.unlink_at("name");
                    }
                    let _ = case.root.open("target", READ | OpenFlags::TRUNCATE | OpenFlags::FOLLOW);
                    std::fs::write(&target, "inside").ok();
                }
            },
        );
        // The host's own write above goes through the link, so only its content counts, and it is never empty.
        assert!(!std::fs::read(case.outside("secret")).unwrap().is_empty());
        assert!(changed() >= before, "its times were set through the link");
    });
}

/// `a/b/c` moves up while a path goes down into it and up again: from where it is then, the same number of `..` leads
/// out.
#[test]
fn attack_03_a_directory_moves_up_during_the_walk() {
    each(|case| {
        std::fs::write(case.outside("file"), "secret").unwrap();
        case.mkdir("a/b/c");
        case.write("a/file", b"inside");
        case.write("file", b"inside");
        let (deep, up) = (case.inside("a/b/c"), case.inside("c"));
        meanwhile(
            || {
                std::fs::rename(&deep, &up).unwrap();
                std::fs::rename(&up, &deep).unwrap();
            },
            || {
                for path in ["a/b/c/../../file", "a/b/c/./.././..//file", "a/b/c/../../../file"] {
                    let (inside, _) = read_often(case, path, OPENS, |inside, _| inside > 0);
                    assert!(inside > 0, "the race did not take place");
                }
            },
        );
    });
}

/// The same, deeper than the walk holds directories open.
#[test]
fn attack_03_a_deep_directory_moves_up_during_the_walk() {
    each(|case| {
        std::fs::write(case.outside("file"), "secret").unwrap();
        case.mkdir(&"d/".repeat(80));
        case.write("d/file", b"inside");
        let (deep, up) = (case.inside("d/d/d"), case.inside("e"));
        let path = format!("{}{}file", "d/".repeat(80), "../".repeat(79));
        meanwhile(
            || {
                std::fs::rename(&deep, &up).unwrap();
                std::fs::rename(&up, &deep).unwrap();
            },
            || {
                let (inside, _) = read_often(case, &path, OPENS / 10, |inside, _| inside > 0);
                assert!(inside > 0, "the race did not take place");
            },
        );
    });
}

/// Renames that have nothing to do with the path make `openat2` give up on `..`; the guest must not notice.
#[test]
fn attack_03_renames_elsewhere_delay_nobody() {
    each(|case| {
        std::fs::create_dir(case.outside("elsewhere")).unwrap();
        case.mkdir("a/b");
        case.write("file", b"inside");
        let (one, two) = (case.outside("elsewhere"), case.outside("elsewhere2"));
        meanwhile(
            || {
                std::fs::rename(&one, &two).unwrap();
                std::fs::rename(&two, &one).unwrap();
            },
            || assert_eq!(read_often(case, "a/b/../../a/../file", OPENS, |_, _| true), (OPENS, 0)),
        );
    });
}

#[test]
fn attack_03_the_directory_itself_moves() {
    each(|case| {
        std::fs::write(case.outside("file"), "secret").unwrap();
        case.mkdir("a/b");
        case.write("a/b/file", b"inside");
        let sub = case.directory("a/b");
        let (deep, up) = (case.inside("a/b"), case.inside("b"));
        meanwhile(
            || {
                std::fs::rename(&deep, &up).unwrap();
                std::fs::rename(&up, &deep).unwrap();
            },
            || {
                for _ in 0..OPENS / 4 {
                    assert!(sub.open("file", READ).is_ok());
                    for path in ["..", "../file", "../../file", "../b/file"] {
                        assert_eq!(sub.open(path, READ).err(), Some(Error::NotPermitted));
                    }
                }
            },
        );
    });
}
