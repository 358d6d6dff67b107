//! The table of functions against the specification's list, which was derived from `wasi_snapshot_preview1.witx` and
//! `wasi_unstable.witx` (strings and lists are pointer and length; each result after the error number is a pointer).

use std::collections::BTreeSet;

use tambo_wasi_p1::table::functions;

const SPECIFIED: &str = "\
args_get(i32, i32) -> i32
args_sizes_get(i32, i32) -> i32
environ_get(i32, i32) -> i32
environ_sizes_get(i32, i32) -> i32
clock_res_get(i32, i32) -> i32
clock_time_get(i32, i64, i32) -> i32
fd_advise(i32, i64, i64, i32) -> i32
fd_allocate(i32, i64, i64) -> i32
fd_close(i32) -> i32
fd_datasync(i32) -> i32
fd_fdstat_get(i32, i32) -> i32
fd_fdstat_set_flags(i32, i32) -> i32
fd_fdstat_set_rights(i32, i64, i64) -> i32
fd_filestat_get(i32, i32) -> i32
fd_filestat_set_size(i32, i64) -> i32
fd_filestat_set_times(i32, i64, i64, i32) -> i32
fd_pread(i32, i32, i32, i64, i32) -> i32
fd_prestat_get(i32, i32) -> i32
fd_prestat_dir_name(i32, i32, i32) -> i32
fd_pwrite(i32, i32, i32, i64, i32) -> i32
fd_read(i32, i32, i32, i32) -> i32
fd_readdir(i32, i32, i32, i64, i32) -> i32
fd_renumber(i32, i32) -> i32
fd_seek(i32, i64, i32, i32) -> i32
fd_sync(i32) -> i32
fd_tell(i32, i32) -> i32
fd_write(i32, i32, i32, i32) -> i32
path_create_directory(i32, i32, i32) -> i32
path_filestat_get(i32, i32, i32, i32, i32) -> i32
path_filestat_set_times(i32, i32, i32, i32, i64, i64, i32) -> i32
path_link(i32, i32, i32, i32, i32, i32, i32) -> i32
path_open(i32, i32, i32, i32, i32, i64, i64, i32, i32) -> i32
path_readlink(i32, i32, i32, i32, i32, i32) -> i32
path_remove_directory(i32, i32, i32) -> i32
path_rename(i32, i32, i32, i32, i32, i32) -> i32
path_symlink(i32, i32, i32, i32, i32) -> i32
path_unlink_file(i32, i32, i32) -> i32
poll_oneoff(i32, i32, i32, i32) -> i32
proc_exit(i32)
proc_raise(i32) -> i32
sched_yield() -> i32
random_get(i32, i32) -> i32
sock_accept(i32, i32, i32) -> i32
sock_recv(i32, i32, i32, i32, i32, i32) -> i32
sock_send(i32, i32, i32, i32, i32) -> i32
sock_shutdown(i32, i32) -> i32
";

fn listed(module: &str) -> BTreeSet<String> {
    let functions: Vec<_> = functions().filter(|function| function.module == module).collect();
    let lines: BTreeSet<_> = functions
        .iter()
        .map(|function| format!("{}{}", function.name, function.signature().to_string().trim_start_matches("func")))
        .collect();
    assert_eq!(lines.len(), functions.len(), "a function of {module} is listed twice");
    lines
}

#[test]
fn the_snapshot_has_every_function_with_its_signature() {
    let specified: BTreeSet<_> = SPECIFIED.lines().map(str::to_owned).collect();
    assert_eq!(specified.len(), 46);
    assert_eq!(listed("wasi_snapshot_preview1"), specified);
}

#[test]
fn unstable_has_them_all_but_sock_accept() {
    let specified: BTreeSet<_> =
        SPECIFIED.lines().filter(|line| !line.starts_with("sock_accept")).map(str::to_owned).collect();
    assert_eq!(listed("wasi_unstable"), specified);
}

#[test]
fn what_can_wait_is_known() {
    let waiting: Vec<_> = functions()
        .filter(|function| function.module == "wasi_snapshot_preview1" && function.suspends())
        .map(|function| function.name)
        .collect();
    let expected = [
        "fd_datasync",
        "fd_pread",
        "fd_pwrite",
        "fd_read",
        "fd_sync",
        "fd_write",
        "poll_oneoff",
        "sock_accept",
        "sock_recv",
        "sock_send",
    ];
    assert_eq!(waiting, expected);
}
