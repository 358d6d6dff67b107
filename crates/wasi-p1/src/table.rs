//! Every function of the door, listed once: its name, what its parameters are, and what does it.
//!
//! What an engine links ([`imports`](crate::imports)), how a call is traced, and what tests and fuzzers call, all come
//! from this list.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use tambo_engine::{Call, Flow, FuncType, HostData, Import, Slot, ValueType};

use crate::P1;
use crate::abi::{Abi, Layout, Snapshot, Unstable};
use crate::calls::{args, clock, fd, fd_dir, fd_io, path, poll, proc, random, sock};
use crate::memory::Memory;
use crate::p1::complete;

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident: $raw:ident;)*) => {
        /// What a parameter is: its type, and how a trace shows it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[doc = $doc])* $kind,)* }

        impl Kind {
            /// Its type in the core signature.
            pub fn value_type(self) -> ValueType {
                match self { $(Self::$kind => kinds!(@type $raw),)* }
            }
        }

        /// The Rust type of an argument of each kind.
        mod raw { $(pub(super) type $kind = $raw;)* }
    };
    (@type u32) => { ValueType::I32 };
    (@type u64) => { ValueType::I64 };
    (@type i64) => { ValueType::I64 };
}

kinds! {
    /// A descriptor.
    Fd: u32;
    /// The start of a string; its [`Length`](Kind::Length) follows.
    Text: u32;
    /// The length of what the parameter before points to.
    Length: u32;
    /// The start of a buffer that the call writes to; its [`Length`](Kind::Length) follows.
    Buffer: u32;
    /// The start of a list of buffers to read into; its [`Length`](Kind::Length) follows.
    ReadList: u32;
    /// The start of a list of buffers to write from; its [`Length`](Kind::Length) follows.
    WriteList: u32;
    /// The start of a list of subscriptions.
    Subscriptions: u32;
    /// How many subscriptions there are.
    SubscriptionCount: u32;
    /// A pointer through which the call writes what a trace leaves out.
    OutHidden: u32;
    /// A pointer through which the call writes a 32-bit number.
    OutU32: u32;
    /// A pointer through which the call writes a 64-bit number.
    OutU64: u32;
    /// A pointer through which the call writes `roflags`.
    OutRoFlags: u32;
    /// A pointer through which the call writes a `filestat`.
    OutFilestat: u32;
    /// A pointer through which the call writes an `fdstat`.
    OutFdstat: u32;
    /// A pointer through which the call writes a `prestat`.
    OutPrestat: u32;
    /// `lookupflags`.
    LookupFlags: u32;
    /// `oflags`.
    OFlags: u32;
    /// `fdflags`.
    FdFlags: u32;
    /// `fstflags`.
    FstFlags: u32;
    /// `riflags`.
    RiFlags: u32;
    /// `siflags`.
    SiFlags: u32;
    /// `sdflags`.
    SdFlags: u32;
    /// `clockid`.
    ClockId: u32;
    /// `advice`.
    Advice: u32;
    /// `whence`.
    Whence: u32;
    /// `signal`.
    Signal: u32;
    /// An exit code.
    ExitCode: u32;
    /// `rights`.
    Rights: u64;
    /// A size or offset in a file, a cookie, or a time.
    U64: u64;
    /// A distance in a file.
    Delta: i64;
}

/// A parameter of a function.
#[derive(Debug)]
pub struct Parameter {
    /// Its name, as in the specification.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
}

/// What is special about a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// It may answer [`Flow::Pending`].
    Suspends,
    /// It has no result.
    NoReturn,
    /// It is not in `wasi_unstable`.
    SnapshotOnly,
}

/// A function of the door.
pub struct Function {
    /// The module that it is in.
    pub module: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// The layouts of its module.
    pub(crate) layout: &'static Layout,
    marks: &'static [Mark],
    call: fn(&mut P1, &mut [u8], &mut [Slot]) -> Flow,
}

impl Function {
    /// Its core signature.
    pub fn signature(&self) -> FuncType {
        let parameters: Vec<_> = self.parameters.iter().map(|parameter| parameter.kind.value_type()).collect();
        let results = if self.marks.contains(&Mark::NoReturn) { vec![] } else { vec![ValueType::I32] };
        FuncType::new(parameters, results)
    }

    /// Whether it may answer [`Flow::Pending`].
    pub fn suspends(&self) -> bool {
        self.marks.contains(&Mark::Suspends)
    }

    /// Call it: arguments in the slots, then the result in the first of them.
    #[inline]
    pub fn call(&self, p1: &mut P1, memory: &mut [u8], slots: &mut [Slot]) -> Flow {
        (self.call)(p1, memory, slots)
    }

    /// It, as an engine links it.
    pub(crate) fn import<T: HostData + AsMut<P1>>(&'static self) -> Import<T> {
        let function = self.call;
        self.import_as(move |call: &mut Call<'_, T>, slots| function(call.data.as_mut(), call.memory, slots))
    }

    pub(crate) fn import_as<T>(
        &self,
        call: impl Fn(&mut Call<'_, T>, &mut [Slot]) -> Flow + Send + Sync + 'static,
    ) -> Import<T> {
        Import {
            module: Cow::Borrowed(self.module),
            name: Cow::Borrowed(self.name),
            ty: self.signature(),
            suspends: self.suspends().into(),
            memory: None,
            call: Arc::new(call),
        }
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}: {}", self.module, self.name, self.signature())
    }
}

/// Every function of both modules.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    let unstable = List::<Unstable>::FUNCTIONS.iter();
    List::<Snapshot>::FUNCTIONS.iter().chain(unstable.filter(|it| !it.marks.contains(&Mark::SnapshotOnly)))
}

macro_rules! list {
    ($abi:ident; $($name:ident($($parameter:ident: $kind:ident),*) $([$($mark:ident),*])? => $function:expr;)*) => {
        &[$(Function {
            module: $abi::MODULE,
            name: stringify!($name),
            parameters: &[$(Parameter { name: stringify!($parameter), kind: Kind::$kind }),*],
            layout: $abi::LAYOUT,
            marks: &[$($(Mark::$mark),*)?],
            call: |p1: &mut P1, memory: &mut [u8], slots: &mut [Slot]| -> Flow {
                #[allow(irrefutable_let_patterns, reason = "a function may have no parameters")]
                let [$($parameter,)* ..] = &*slots else {
                    return tambo_engine::Trap::bug(concat!("too few slots for ", stringify!($name))).into();
                };
                let outcome = match p1.host.interrupt.check() {
                    Ok(()) => $function(p1, &mut Memory::new(memory), $(raw::$kind::from(*$parameter)),*),
                    Err(error) => Err(error.into()),
                };
                complete(p1, outcome, slots)
            },
        }),*]
    };
}

/// The functions of one module.
struct List<A>(PhantomData<A>);

impl<A: Abi> List<A> {
    const FUNCTIONS: &'static [Function] = list! { A;
        args_get(argv: OutHidden, argv_buf: OutHidden) => args::args_get;
        args_sizes_get(argc: OutU32, argv_buf_size: OutU32) => args::args_sizes_get;
        environ_get(environ: OutHidden, environ_buf: OutHidden) => args::environ_get;
        environ_sizes_get(environc: OutU32, environ_buf_size: OutU32) => args::environ_sizes_get;

        clock_res_get(id: ClockId, resolution: OutU64) => clock::clock_res_get;
        clock_time_get(id: ClockId, precision: U64, time: OutU64) => clock::clock_time_get;

        fd_advise(fd: Fd, offset: U64, len: U64, advice: Advice) => fd::fd_advise;
        fd_allocate(fd: Fd, offset: U64, len: U64) => fd::fd_allocate;
        fd_close(fd: Fd) => fd::fd_close;
        fd_datasync(fd: Fd) [Suspends] => fd::fd_datasync;
        fd_fdstat_get(fd: Fd, stat: OutFdstat) => fd::fd_fdstat_get;
        fd_fdstat_set_flags(fd: Fd, flags: FdFlags) => fd::fd_fdstat_set_flags;
        fd_fdstat_set_rights(fd: Fd, fs_rights_base: Rights, fs_rights_inheriting: Rights)
            => fd::fd_fdstat_set_rights;
        fd_filestat_get(fd: Fd, stat: OutFilestat) => fd::fd_filestat_get::<A>;
        fd_filestat_set_size(fd: Fd, size: U64) => fd::fd_filestat_set_size;
        fd_filestat_set_times(fd: Fd, atim: U64, mtim: U64, fst_flags: FstFlags) => fd::fd_filestat_set_times;
        fd_pread(fd: Fd, iovs: ReadList, iovs_len: Length, offset: U64, nread: OutU32) [Suspends] => fd_io::fd_pread;
        fd_prestat_get(fd: Fd, stat: OutPrestat) => fd_dir::fd_prestat_get;
        fd_prestat_dir_name(fd: Fd, path: Buffer, path_len: Length) => fd_dir::fd_prestat_dir_name;
        fd_pwrite(fd: Fd, iovs: WriteList, iovs_len: Length, offset: U64, nwritten: OutU32) [Suspends]
            => fd_io::fd_pwrite;
        fd_read(fd: Fd, iovs: ReadList, iovs_len: Length, nread: OutU32) [Suspends] => fd_io::fd_read;
        fd_readdir(fd: Fd, buf: Buffer, buf_len: Length, cookie: U64, used: OutU32) => fd_dir::fd_readdir;
        fd_renumber(fd: Fd, to: Fd) => fd::fd_renumber;
        fd_seek(fd: Fd, offset: Delta, whence: Whence, newoffset: OutU64) => fd_io::fd_seek::<A>;
        fd_sync(fd: Fd) [Suspends] => fd::fd_sync;
        fd_tell(fd: Fd, offset: OutU64) => fd_io::fd_tell;
        fd_write(fd: Fd, iovs: WriteList, iovs_len: Length, nwritten: OutU32) [Suspends] => fd_io::fd_write;

        path_create_directory(fd: Fd, path: Text, path_len: Length) => path::path_create_directory;
        path_filestat_get(fd: Fd, flags: LookupFlags, path: Text, path_len: Length, stat: OutFilestat)
            => path::path_filestat_get::<A>;
        path_filestat_set_times(fd: Fd, flags: LookupFlags, path: Text, path_len: Length, atim: U64, mtim: U64,
            fst_flags: FstFlags) => path::path_filestat_set_times;
        path_link(old_fd: Fd, old_flags: LookupFlags, old_path: Text, old_path_len: Length, new_fd: Fd,
            new_path: Text, new_path_len: Length) => path::path_link;
        path_open(fd: Fd, dirflags: LookupFlags, path: Text, path_len: Length, oflags: OFlags, fs_rights_base: Rights,
            fs_rights_inheriting: Rights, fdflags: FdFlags, opened_fd: OutU32) => path::path_open;
        path_readlink(fd: Fd, path: Text, path_len: Length, buf: Buffer, buf_len: Length, used: OutU32)
            => path::path_readlink;
        path_remove_directory(fd: Fd, path: Text, path_len: Length) => path::path_remove_directory;
        path_rename(fd: Fd, old_path: Text, old_path_len: Length, new_fd: Fd, new_path: Text, new_path_len: Length)
            => path::path_rename;
        path_symlink(old_path: Text, old_path_len: Length, fd: Fd, new_path: Text, new_path_len: Length)
            => path::path_symlink;
        path_unlink_file(fd: Fd, path: Text, path_len: Length) => path::path_unlink_file;

        poll_oneoff(subscriptions: Subscriptions, events: OutHidden, nsubscriptions: SubscriptionCount,
            nevents: OutU32) [Suspends] => poll::poll_oneoff::<A>;
        proc_exit(rval: ExitCode) [NoReturn] => proc::proc_exit;
        proc_raise(sig: Signal) => proc::proc_raise;
        sched_yield() => proc::sched_yield;
        random_get(buf: Buffer, buf_len: Length) => random::random_get;

        sock_accept(fd: Fd, flags: FdFlags, connection_fd: OutU32) [Suspends, SnapshotOnly] => sock::sock_accept;
        sock_recv(fd: Fd, ri_data: ReadList, ri_data_len: Length, ri_flags: RiFlags, ro_datalen: OutU32,
            ro_flags: OutRoFlags) [Suspends] => sock::sock_recv;
        sock_send(fd: Fd, si_data: WriteList, si_data_len: Length, si_flags: SiFlags, so_datalen: OutU32) [Suspends]
            => sock::sock_send;
        sock_shutdown(fd: Fd, how: SdFlags) => sock::sock_shutdown;
    };
}
