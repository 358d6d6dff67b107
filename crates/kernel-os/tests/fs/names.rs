//! Long, deep and odd names: attack 7.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use tambo_kernel::Error;
use tambo_kernel::fs::{FileKind, SetTime};

use super::tools::{CREATE, FOLLOW, READ, each, refused};

#[test]
fn attack_07_names_at_the_limit() {
    each(|case| {
        let (fits, long) = ("n".repeat(255), "n".repeat(256));
        assert!(case.root.open(&fits, CREATE).is_ok());
        assert_eq!(case.root.stat_at(&fits, true).unwrap().kind, FileKind::Regular);
        case.root.unlink_at(&fits).unwrap();
        case.root.create_directory_at(&fits).unwrap();
        let inner = format!("{fits}/{fits}");
        assert!(case.root.open(&inner, CREATE).is_ok());
        for path in [long.clone(), format!("{fits}/{long}"), format!("{long}/x"), format!("{long}/")] {
            refused(case.root.open(&path, READ), Error::NameTooLong);
            refused(case.root.stat_at(&path, true), Error::NameTooLong);
            refused(case.root.stat_at(&path, false), Error::NameTooLong);
            refused(case.root.unlink_at(&path), Error::NameTooLong);
            refused(case.root.create_directory_at(&path), Error::NameTooLong);
            refused(case.root.read_link_at(&path), Error::NameTooLong);
            refused(case.root.rename_at(&path, &*case.root, "new"), Error::NameTooLong);
            refused(case.root.link_at(&inner, false, &*case.root, &path), Error::NameTooLong);
        }
    });
}

#[test]
fn attack_07_paths_at_the_limit() {
    each(|case| {
        case.write("file", b"text");
        let fits = "./".repeat(2045) + "file";
        assert_eq!(fits.len(), 4094);
        assert_eq!(case.read(&fits).unwrap(), b"text");
        assert_eq!(case.read(&(".".to_owned() + &"/".repeat(4090) + "file")).unwrap(), b"text");
        for long in ["./".repeat(2046) + "file", "a".repeat(5000), "/".repeat(1 << 20), "\0".repeat(1 << 20)] {
            refused(case.root.open(&long, READ), Error::NameTooLong);
            refused(case.root.stat_at(&long, false), Error::NameTooLong);
            refused(case.root.set_times_at(&long, true, SetTime::Now, SetTime::Now), Error::NameTooLong);
            refused(case.root.symlink_at(&long, "link"), Error::NameTooLong);
            refused(case.root.symlink_at("x", &long), Error::NameTooLong);
        }
    });
}

#[test]
fn attack_07_nul_in_every_path_argument() {
    each(|case| {
        case.write("file", b"text");
        for path in ["file\0", "\0", "file\0/../..", "d\0/file"] {
            refused(case.root.open(path, CREATE), Error::Invalid);
            refused(case.root.stat_at(path, true), Error::Invalid);
            refused(case.root.set_times_at(path, true, SetTime::Now, SetTime::Now), Error::Invalid);
            refused(case.root.create_directory_at(path), Error::Invalid);
            refused(case.root.remove_directory_at(path), Error::Invalid);
            refused(case.root.unlink_at(path), Error::Invalid);
            refused(case.root.read_link_at(path), Error::Invalid);
            refused(case.root.symlink_at(path, "link"), Error::Invalid);
            refused(case.root.symlink_at("file", path), Error::Invalid);
            refused(case.root.link_at(path, false, &*case.root, "new"), Error::Invalid);
            refused(case.root.link_at("file", false, &*case.root, path), Error::Invalid);
            refused(case.root.rename_at(path, &*case.root, "new"), Error::Invalid);
            refused(case.root.rename_at("file", &*case.root, path), Error::Invalid);
        }
    });
}

#[test]
fn attack_07_names_that_are_not_unicode_are_left_out_and_walked_through() {
    each(|case| {
        let odd = OsStr::from_bytes(b"odd\xff");
        std::fs::create_dir(case.inside("").join(odd)).unwrap();
        std::fs::write(case.inside("").join(odd).join("file"), "inside").unwrap();
        symlink(odd, case.inside("link")).unwrap();
        let mut names = Vec::new();
        let mut walk = case.root.entries().unwrap();
        while let Some(entry) = walk.next_entry().unwrap() {
            names.push(entry.name.to_owned());
        }
        names.sort();
        assert_eq!(names, [".", "..", "link"]);
        refused(case.root.read_link_at("link"), Error::IllegalByteSequence);
        // What the host put there for the guest is still reached.
        assert_eq!(case.read("link/file").unwrap(), b"inside");
        case.root.set_times_at("link", true, SetTime::Now, SetTime::Now).unwrap();
    });
}

#[test]
fn paths_are_deeper_than_the_walk_holds() {
    each(|case| {
        let depth = 300;
        let down = "d/".repeat(depth);
        case.mkdir(&down);
        case.write("file", b"top");
        case.write(&format!("{down}file"), b"bottom");
        assert_eq!(case.read(&format!("{down}file")).unwrap(), b"bottom");
        assert_eq!(case.read(&format!("{down}{}file", "../".repeat(depth))).unwrap(), b"top");
        let zigzag = format!("{down}{}{}file", "../".repeat(100), "d/".repeat(100));
        assert_eq!(case.read(&zigzag).unwrap(), b"bottom");
        refused(case.root.open(&format!("{down}{}file", "../".repeat(depth + 1)), FOLLOW), Error::NotPermitted);
    });
}
