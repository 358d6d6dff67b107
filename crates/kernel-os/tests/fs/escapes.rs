//! Attacks 1 and 2 with links that only the host can make; the contract suite has those that a guest can.

use std::os::unix::fs::symlink;

use tambo_kernel::Error;
use tambo_kernel::fs::SetTime;

use super::tools::{CREATE, Case, FOLLOW, READ, each, refused};

fn with_secret(case: &Case) {
    std::fs::create_dir(case.outside("secrets")).unwrap();
    std::fs::write(case.outside("secrets/file"), "secret").unwrap();
    std::fs::write(case.outside("file"), "secret").unwrap();
    case.mkdir("d");
    case.write("file", b"inside");
}

fn untouched(case: &Case) {
    assert_eq!(std::fs::read(case.outside("secrets/file")).unwrap(), b"secret");
    assert_eq!(std::fs::read(case.outside("file")).unwrap(), b"secret");
    assert_eq!(std::fs::read_dir(case.outside("secrets")).unwrap().count(), 1);
}

#[test]
fn attack_01_parent_and_absolute_paths() {
    each(|case| {
        with_secret(case);
        let absolute = case.inside("file").to_str().unwrap().to_owned();
        for path in ["..", "../file", "../box/file", "d/../../file", "/", "/.", "/..", "//", "/etc/passwd", &absolute] {
            for flags in [READ, FOLLOW, CREATE] {
                refused(case.root.open(path, flags), Error::NotPermitted);
            }
            refused(case.root.stat_at(path, false), Error::NotPermitted);
            refused(case.root.stat_at(path, true), Error::NotPermitted);
            refused(case.root.unlink_at(path), Error::NotPermitted);
            refused(case.root.rename_at(path, &*case.root, "stolen"), Error::NotPermitted);
            refused(case.root.rename_at("file", &*case.root, path), Error::NotPermitted);
            refused(case.root.link_at(path, true, &*case.root, "stolen"), Error::NotPermitted);
        }
        untouched(case);
        assert_eq!(case.read("file").unwrap(), b"inside");
    });
}

#[test]
fn attack_02_symlink_out_absolute() {
    each(|case| {
        with_secret(case);
        case.link(case.outside("secrets/file"), "to_file");
        case.link(case.outside("secrets"), "to_dir");
        case.link(case.outside("secrets/"), "to_dir_slash");
        case.link(case.inside("file"), "to_own_file");
        case.link("/", "to_root");
        for path in ["to_file", "to_dir", "to_dir_slash", "to_own_file", "to_root"] {
            refused(case.root.open(path, FOLLOW), Error::NotPermitted);
            refused(case.root.open(path, CREATE | FOLLOW), Error::NotPermitted);
            refused(case.root.stat_at(path, true), Error::NotPermitted);
            refused(case.root.set_times_at(path, true, SetTime::Now, SetTime::Now), Error::NotPermitted);
            refused(case.root.link_at(path, true, &*case.root, "stolen"), Error::NotPermitted);
            refused(case.root.open(path, READ), Error::Loop);
        }
        for path in ["to_dir/", "to_dir/file", "to_dir_slash/", "to_dir_slash/file", "to_dir/../file", "to_root/etc"] {
            refused(case.root.open(path, READ), Error::NotPermitted);
            refused(case.root.stat_at(path, false), Error::NotPermitted);
        }
        for path in ["to_dir/new", "to_dir_slash/new", "to_root/tmp/new"] {
            refused(case.root.open(path, CREATE), Error::NotPermitted);
            refused(case.root.create_directory_at(path), Error::NotPermitted);
            refused(case.root.symlink_at("x", path), Error::NotPermitted);
            refused(case.root.rename_at("file", &*case.root, path), Error::NotPermitted);
            refused(case.root.link_at("file", false, &*case.root, path), Error::NotPermitted);
        }
        refused(case.root.unlink_at("to_dir/file"), Error::NotPermitted);
        refused(case.root.rename_at("to_dir/file", &*case.root, "stolen"), Error::NotPermitted);
        untouched(case);
    });
}

#[test]
fn attack_02_symlink_out_chained() {
    each(|case| {
        with_secret(case);
        case.link("two/", "one");
        case.link("d/three/", "two");
        symlink("../../secrets/", case.inside("d/three")).unwrap();
        case.link("d/four", "to_file");
        symlink("../../file", case.inside("d/four")).unwrap();
        for path in ["one", "two", "one/", "one/file", "two/file", "d/three/file", "to_file", "d/four"] {
            refused(case.root.open(path, FOLLOW), Error::NotPermitted);
            refused(case.root.stat_at(path, true), Error::NotPermitted);
        }
        // The same links are fine where they stay inside.
        std::fs::remove_file(case.inside("d/three")).unwrap();
        symlink("../d/", case.inside("d/three")).unwrap();
        case.write("d/file", b"nested");
        assert_eq!(case.read("one/file").unwrap(), b"nested");
        untouched(case);
    });
}

/// CVE-2024-38358: a link whose target ends in a slash was not looked at.
#[test]
fn attack_02_symlink_target_with_trailing_slash() {
    each(|case| {
        with_secret(case);
        for (index, target) in
            ["../secrets/", "../secrets//", "../secrets/.", "../secrets/./", "../"].iter().enumerate()
        {
            let link = format!("link{index}");
            case.root.symlink_at(target, &link).unwrap();
            for path in [link.clone(), format!("{link}/"), format!("{link}//"), format!("{link}/.")] {
                refused(case.root.open(&path, FOLLOW), Error::NotPermitted);
                refused(case.root.stat_at(&path, true), Error::NotPermitted);
            }
            for path in [format!("{link}/file"), format!("{link}//file")] {
                refused(case.root.open(&path, READ), Error::NotPermitted);
                refused(case.root.open(&path, CREATE), Error::NotPermitted);
                refused(case.root.unlink_at(&path), Error::NotPermitted);
            }
            refused(case.root.rename_at(&format!("{link}/"), &*case.root, "moved"), Error::NotDirectory);
            refused(case.root.rename_at("d", &*case.root, &format!("{link}/")), Error::NotDirectory);
            refused(case.root.remove_directory_at(&format!("{link}/")), Error::NotDirectory);
        }
        untouched(case);
    });
}

#[test]
fn attack_02_symlink_loops() {
    each(|case| {
        case.link("self", "self");
        case.link("b", "a");
        case.link("a", "b");
        case.link("slash/", "slash");
        case.link("deep/x", "deep");
        for path in ["self", "a", "self/x", "a/x", "slash", "slash/", "deep", "deep/x"] {
            refused(case.root.open(path, FOLLOW), Error::Loop);
            refused(case.root.stat_at(path, true), Error::Loop);
            refused(case.root.set_times_at(path, true, SetTime::Now, SetTime::Now), Error::Loop);
        }
    });
}

#[test]
fn the_limit_of_links_is_the_system_s() {
    each(|case| {
        case.write("l0", b"end");
        for index in 1..=41 {
            case.link(format!("l{}", index - 1), &format!("l{index}"));
        }
        assert_eq!(case.read("l40").unwrap(), b"end");
        case.root.set_times_at("l40", true, SetTime::Now, SetTime::Now).unwrap();
        refused(case.root.open("l41", FOLLOW), Error::Loop);
        refused(case.root.set_times_at("l41", true, SetTime::Now, SetTime::Now), Error::Loop);
    });
}

/// What a link's object is reached by in `/proc` is no path: it would lead anywhere.
#[test]
fn magic_links_are_never_followed() {
    use tambo_kernel_os::{Resolver, open_directory_with};
    for resolver in [Resolver::Openat2, Resolver::Walk] {
        let root = open_directory_with("/proc/self".as_ref(), resolver).unwrap();
        for path in ["exe", "cwd", "root", "cwd/Cargo.toml", "root/etc/passwd", "fd/0", "fd/1", "ns/pid"] {
            for flags in [FOLLOW, FOLLOW | tambo_kernel::fs::OpenFlags::DIRECTORY] {
                let error = root.open(path, flags).err().unwrap();
                assert!(matches!(error, Error::Loop | Error::NotPermitted | Error::NoEntry), "{path}: {error:?}");
            }
            assert!(root.stat_at(path, true).is_err(), "{path}");
        }
        assert!(root.open("status", READ).is_ok());
    }
}
