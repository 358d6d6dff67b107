//! Attacks a host's `wasi:filesystem`: one export for each attack on the two directories that it is given, `rw` and `ro`.
//! An attack answers with what went wrong, if anything did.

wit_bindgen::generate!({
    path: [
        "../../../wit/wasi-0.2/io.wit",
        "../../../wit/wasi-0.2/clocks.wit",
        "../../../wit/wasi-0.2/filesystem.wit",
    ],
    inline: "
        package tambo:attacking;
        world attacking {
            import wasi:filesystem/types@0.2.12;
            import wasi:filesystem/preopens@0.2.12;
            export leave-by-path: func() -> result<_, string>;
            export leave-by-link: func() -> result<_, string>;
            export race: func(rounds: u32) -> result<u32, string>;
            export link-out-of-read-only: func() -> result<_, string>;
            export change-read-only: func() -> result<_, string>;
            export use-names-of-windows: func() -> result<_, string>;
            export use-bad-names: func() -> result<_, string>;
            export use-a-name-that-is-no-text: func();
            export drop-and-take-again: func() -> result<_, string>;
            export ask-for-too-much: func() -> result<_, string>;
            export exhaust: func(most: u32) -> result<u32, string>;
            export set-extreme-times: func() -> result<_, string>;
        }
    ",
    world: "attacking",
    generate_all,
});

mod names;
mod opening;
mod read_only;
mod resources;

use wasi::filesystem::preopens::get_directories;
use wasi::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

type Outcome = Result<(), String>;

const FOLLOW: PathFlags = PathFlags::SYMLINK_FOLLOW;
const READ: DescriptorFlags = DescriptorFlags::READ;
const WRITE: DescriptorFlags = DescriptorFlags::WRITE;

fn directory(name: &str) -> Descriptor {
    get_directories().into_iter().find(|(_, known)| known == name).map(|(directory, _)| directory).expect(name)
}

/// It must have failed, with one of these.
fn refused<T>(what: &str, outcome: Result<T, ErrorCode>, with: &[ErrorCode]) -> Outcome {
    match outcome {
        Ok(_) => Err(format!("{what}: it worked")),
        Err(code) if with.contains(&code) => Ok(()),
        Err(code) => Err(format!("{what}: {code:?}")),
    }
}

fn worked<T>(what: &str, outcome: Result<T, ErrorCode>) -> Result<T, String> {
    outcome.map_err(|code| format!("{what}: {code:?}"))
}

/// Every operation that takes a path, tried with this one.
fn with_path(dir: &Descriptor, path: &str, with: &[ErrorCode]) -> Outcome {
    use wasi::filesystem::types::NewTimestamp::Now;
    let (none, opening) = (PathFlags::empty(), OpenFlags::empty());
    let what = |name: &str| format!("{name} {path:?}");
    for flags in [none, FOLLOW] {
        refused(&what("open-at"), dir.open_at(flags, path, opening, READ), with)?;
        refused(&what("open-at to write"), dir.open_at(flags, path, opening, WRITE), with)?;
        refused(&what("open-at to create"), dir.open_at(flags, path, OpenFlags::CREATE, WRITE), with)?;
        refused(&what("open-at of a directory"), dir.open_at(flags, path, OpenFlags::DIRECTORY, READ), with)?;
        refused(&what("stat-at"), dir.stat_at(flags, path), with)?;
        refused(&what("set-times-at"), dir.set_times_at(flags, path, Now, Now), with)?;
        refused(&what("metadata-hash-at"), dir.metadata_hash_at(flags, path), with)?;
        refused(&what("link-at from"), dir.link_at(flags, path, dir, "new"), with)?;
    }
    refused(&what("create-directory-at"), dir.create_directory_at(path), with)?;
    refused(&what("remove-directory-at"), dir.remove_directory_at(path), with)?;
    refused(&what("unlink-file-at"), dir.unlink_file_at(path), with)?;
    refused(&what("readlink-at"), dir.readlink_at(path), with)?;
    refused(&what("symlink-at to"), dir.symlink_at("file", path), with)?;
    refused(&what("link-at to"), dir.link_at(none, "file", dir, path), with)?;
    refused(&what("rename-at from"), dir.rename_at(path, dir, "new"), with)?;
    refused(&what("rename-at to"), dir.rename_at("file", dir, path), with)
}

struct Attacking;

impl Guest for Attacking {
    fn leave_by_path() -> Outcome {
        opening::leave_by_path()
    }

    fn leave_by_link() -> Outcome {
        opening::leave_by_link()
    }

    fn race(rounds: u32) -> Result<u32, String> {
        opening::race(rounds)
    }

    fn link_out_of_read_only() -> Outcome {
        read_only::link_out()
    }

    fn change_read_only() -> Outcome {
        read_only::change()
    }

    fn use_names_of_windows() -> Outcome {
        names::of_windows()
    }

    fn use_bad_names() -> Outcome {
        names::bad()
    }

    fn use_a_name_that_is_no_text() {
        names::no_text();
    }

    fn drop_and_take_again() -> Outcome {
        resources::drop_and_take_again()
    }

    fn ask_for_too_much() -> Outcome {
        resources::ask_for_too_much()
    }

    fn exhaust(most: u32) -> Result<u32, String> {
        resources::exhaust(most)
    }

    fn set_extreme_times() -> Outcome {
        resources::set_extreme_times()
    }
}

export!(Attacking);
