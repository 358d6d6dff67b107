//! Cases: their names, which one runs, and what becomes of a panic.

use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::streams;
use crate::wasi::cli::{environment, exit};

/// One case.
pub struct Case {
    /// The function that it is about, as `interface/function`.
    pub group: &'static str,
    /// What it shows, as a Rust identifier.
    pub name: &'static str,
    /// Panics unless it is so.
    pub check: fn(),
}

impl Case {
    /// The name that the command line has.
    fn full_name(&self) -> String {
        full_name(self.group, self.name)
    }
}

/// The name of a case of a group that the command line has.
pub fn full_name(group: &str, name: &str) -> String {
    format!("{group}/{}", name.replace('_', "-"))
}

static RUN_FAILS: AtomicBool = AtomicBool::new(false);

/// Have `wasi:cli/run` answer an error after this case.
pub fn fail_run() {
    RUN_FAILS.store(true, Ordering::Relaxed);
}

/// Run the case that the first argument names, or list all.
pub fn run(groups: &[&[Case]]) -> Result<(), ()> {
    panic::set_hook(Box::new(|panic| {
        streams::to_stderr(&format!("{panic}\n"));
        exit::exit(Err(()));
    }));
    let wanted = environment::get_arguments().into_iter().nth(1).expect("an argument: the name of a case, or `list`");
    let mut cases = groups.iter().copied().flatten();
    if wanted == "list" {
        cases.for_each(|case| streams::to_stdout(&format!("{}\n", case.full_name())));
        return Ok(());
    }
    let case = cases.find(|case| case.full_name() == wanted).unwrap_or_else(|| panic!("there is no case {wanted}"));
    (case.check)();
    if RUN_FAILS.load(Ordering::Relaxed) { Err(()) } else { Ok(()) }
}

/// `CASES`, from the name of a group and its functions; several groups are possible.
#[macro_export]
macro_rules! cases {
    ($($group:literal: $($name:ident),+ $(,)?);+ $(;)?) => {
        pub(crate) const CASES: &[$crate::Case] =
            &[$($($crate::Case { group: $group, name: stringify!($name), check: $name },)+)+];
    };
}

/// Make a command of the cases of these modules.
#[macro_export]
macro_rules! command {
    ($($module:ident),+ $(,)?) => {
        struct Program;

        impl $crate::Run for Program {
            fn run() -> Result<(), ()> {
                $crate::run(&[$($module::CASES),+])
            }
        }

        $crate::export_run!(Program with_types_in $crate::bindings);
    };
}
