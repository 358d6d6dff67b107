//! The attacks on the file sandbox, made by a guest through each engine. Their finer points are tested at the kernel's
//! own contract; here is what a guest gets to see, and that the host's files are as they were.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use common::Site;

const OK: i32 = 0;
const BADF: i32 = 8;
const INVAL: i32 = 28;
const LOOP: i32 = 32;
const NAMETOOLONG: i32 = 37;
const NOENT: i32 = 44;
const NOTDIR: i32 = 54;
const PERM: i32 = 63;
const ROFS: i32 = 69;

/// A granted directory `in` beside a secret, `outside`, and a directory `locked` that is granted read-only.
fn prepare(site: &Site) {
    for directory in ["in", "in/sub", "out", "locked", "locked/sub"] {
        fs::create_dir(site.path(directory)).unwrap();
    }
    site.write("outside", "outside");
    site.write("out/file", "outside");
    site.write("in/file", "inside");
    site.write("in/sub/file", "inside");
    site.write("locked/file", "locked");
}

/// Make the calls (see `guests/c/raw-path.c`): 3 is `in`, 4 is `locked`. Answers the error numbers.
fn calls(site: &Site, calls: &[&str]) -> Vec<i32> {
    let ran = site.run(&["--dir", "in::/", "--dir", "locked::/locked:ro"], &tambo_guests::c("raw-path"), calls);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{calls:?}");
    ran.stdout.lines().map(|line| line.parse().unwrap()).collect()
}

/// One call at a path, by each function that takes one.
fn at_each(path: &str) -> Vec<String> {
    [
        "open|3|1|0|0|",
        "open|3|1|1|1|",
        "open|3|0|9|1|",
        "stat|3|1|",
        "stat|3|0|",
        "times|3|",
        "mkdir|3|",
        "rmdir|3|",
        "unlink|3|",
        "readlink|3|",
    ]
    .iter()
    .map(|call| format!("{call}{path}"))
    .chain([format!("symlink|target|3|{path}"), format!("link|3|file|3|{path}"), format!("link|3|{path}|3|stolen")])
    .chain([format!("rename|3|file|3|{path}"), format!("rename|3|{path}|3|stolen")])
    .collect()
}

/// Nothing at the path succeeds, and the host's files are as they were.
fn assert_refused(site: &Site, path: &str) {
    let list = at_each(path);
    let list: Vec<&str> = list.iter().map(String::as_str).collect();
    for (call, errno) in list.iter().zip(calls(site, &list)) {
        assert_ne!(errno, OK, "{call}");
    }
    assert_eq!(fs::read_to_string(site.path("outside")).unwrap(), "outside");
    assert_eq!(fs::read_to_string(site.path("out/file")).unwrap(), "outside");
    assert_eq!(fs::read_to_string(site.path("in/file")).unwrap(), "inside");
    assert!(!site.path("in/stolen").exists() && !site.path("new").exists());
}

on_both_engines! {
    fn attack_01_paths_that_lead_out(site) {
        prepare(&site);
        let absolute = site.path("outside");
        for path in ["../outside", "../new", "sub/../../outside", "sub/../../new", "./.././outside", "/outside", "//outside",
            absolute.to_str().unwrap(), "../in/file", ".."] {
            assert_refused(&site, path);
        }
        assert_eq!(calls(&site, &["stat|3|1|sub/../file", "stat|3|1|./sub/./file", "stat|3|1|sub/", "stat|3|1|file/",
            "stat|3|1|file/.", "open|3|1|0|0|sub/..//file"]), [OK, OK, OK, NOTDIR, NOTDIR, OK]);
    }

    fn attack_02_links_that_lead_out(site) {
        prepare(&site);
        let absolute = site.path("outside").to_str().unwrap().to_owned();
        for (name, target) in [("relative", "../outside"), ("absolute", &absolute), ("directory", "../out"),
            ("slash", "../out/"), ("chain", "relative"), ("deep", "sub/../../outside"), ("dots", "..")] {
            symlink(target, site.path("in").join(name)).unwrap();
        }
        for path in ["relative", "absolute", "chain", "deep", "relative/", "slash/", "directory/", "dots/"] {
            assert_ne!(calls(&site, &[&format!("open|3|1|0|0|{path}"), &format!("stat|3|1|{path}"), &format!("open|3|1|9|1|{path}")]),
                [OK, OK, OK], "{path}");
            for errno in calls(&site, &[&format!("open|3|1|0|0|{path}"), &format!("stat|3|1|{path}"), &format!("times|3|{path}")]) {
                assert_ne!(errno, OK, "{path}");
            }
        }
        for path in ["directory/file", "directory/new", "slash/file", "dots/outside", "dots/new"] {
            assert_refused(&site, path);
        }
        assert_eq!(calls(&site, &["symlink|a|3|b", "symlink|b|3|a", "open|3|1|0|0|a", "open|3|0|0|0|a"]), [OK, OK, LOOP, LOOP]);
        assert_eq!(calls(&site, &[&format!("symlink|{absolute}|3|made")]), [PERM]);
        assert_eq!(calls(&site, &["symlink|../out/|3|made", "stat|3|1|made", "stat|3|1|made/file", "open|3|1|0|0|made"])[1..],
            [PERM, PERM, PERM]);
    }

    fn attack_03_a_link_swapped_in_during_the_walk(site) {
        prepare(&site);
        fs::create_dir(site.path("in/real")).unwrap();
        site.write("in/real/file", "inside");
        symlink("../out", site.path("in/link")).unwrap();
        let over = AtomicBool::new(false);
        let seen = std::thread::scope(|scope| {
            scope.spawn(|| {
                let (real, link, walked) = (site.path("in/real"), site.path("in/link"), site.path("in/walked"));
                while !over.load(Ordering::Relaxed) {
                    fs::rename(&real, &walked).unwrap();
                    fs::rename(&walked, &real).unwrap();
                    fs::rename(&link, &walked).unwrap();
                    fs::rename(&walked, &link).unwrap();
                }
            });
            let seen = calls(&site, &["race|3|20000|walked/file", "race|3|20000|walked/../walked/file"]);
            over.store(true, Ordering::Relaxed);
            seen
        });
        assert_eq!(seen, [0, 0]);
    }

    fn attack_04_names_across_a_read_only_border(site) {
        prepare(&site);
        let border = ["link|4|file|3|stolen", "rename|4|file|3|stolen", "link|3|file|4|given", "rename|3|file|4|given",
            "link|4|file|4|twin", "rename|4|file|4|moved", "open|4|1|0|0|sub", "link|3|file|opened|given", "rename|3|file|opened|given"];
        assert_eq!(calls(&site, &border), [ROFS, ROFS, ROFS, ROFS, ROFS, ROFS, OK, ROFS, ROFS]);
        assert_eq!(fs::read_dir(site.path("locked")).unwrap().count(), 2);
        assert_eq!(fs::read_dir(site.path("in")).unwrap().count(), 2);
    }

    fn attack_05_every_way_to_change_a_read_only_directory(site) {
        prepare(&site);
        let modified = || fs::metadata(site.path("locked/file")).unwrap().modified().unwrap();
        let before = modified();
        let changes = ["open|4|1|8|0|file", "open|4|1|8|1|file", "open|4|1|1|1|new", "open|4|1|1|0|new", "open|4|1|0|1|file",
            "times|4|file", "mkdir|4|new", "rmdir|4|sub", "unlink|4|file", "symlink|x|4|new"];
        for (call, errno) in changes.iter().zip(calls(&site, &changes)) {
            assert_eq!(errno, ROFS, "{call}");
        }
        let through_a_reader = ["open|4|1|0|0|file", "truncate|opened", "allocate|opened", "touch|opened", "write|opened", "advise|opened"];
        let errors = calls(&site, &through_a_reader);
        assert_eq!(errors[0], OK);
        assert!(errors[1..5].iter().all(|errno| [ROFS, BADF, INVAL].contains(errno)), "{errors:?}");
        assert_eq!(fs::read_to_string(site.path("locked/file")).unwrap(), "locked");
        assert_eq!(modified(), before);
    }

    fn attack_06_names_that_mean_something_elsewhere(site) {
        prepare(&site);
        for name in ["NUL", "CON", "aux.txt", "file:stream", "C:\\outside", "..\\outside", "\\\\host\\share", "PROGRA~1"] {
            assert_eq!(calls(&site, &[&format!("open|3|1|5|1|{name}"), "write|opened"]), [OK, OK], "{name}");
            assert_eq!(fs::read_to_string(site.path("in").join(name)).unwrap(), "written", "{name}");
        }
        assert_eq!(fs::read_to_string(site.path("outside")).unwrap(), "outside");
    }

    fn attack_07_names_that_are_none(site) {
        prepare(&site);
        let (fits, long, longer) = ("n".repeat(255), "n".repeat(256), "d/".repeat(3000));
        assert_eq!(calls(&site, &[&format!("open|3|1|1|1|{fits}"), &format!("open|3|1|1|1|{long}"), &format!("stat|3|1|{longer}"), "stat|3|1|"]),
            [OK, NAMETOOLONG, NAMETOOLONG, NOENT]);
        let mut command = site.run_command();
        use std::os::unix::ffi::OsStrExt as _;
        let invalid = std::ffi::OsStr::from_bytes(b"stat|3|1|\xff\xfe");
        command.args(["--dir", "in::/"]).arg(tambo_guests::c("raw-path")).arg(invalid);
        let output = command.output().unwrap();
        // An argument that is not Unicode cannot be given to a guest.
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}
