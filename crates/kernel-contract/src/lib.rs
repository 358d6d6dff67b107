//! Tests that every implementation of a kernel contract must pass.
//!
//! A suite is a macro that expands to one `#[test]` for each case, so that a test runner shows every case by name and
//! several implementations can stand side by side in one file:
//!
//! ```ignore
//! tambo_kernel_contract::directory_tests!(memory, || (MemoryFs::new(clock(), 1 << 24, 4096).root(), Box::new(())));
//! ```
//!
//! POSIX as Linux does it is the reference. Where Linux and the official WASI tests allow several error codes, so do
//! the cases. Case names are sentences; a comment names the attack (`attack-cases.md`) that a case stands for.

#![expect(clippy::unwrap_used, reason = "a failed unwrap here is a failed test")]

pub mod clock;
pub mod entropy;
pub mod fs;
pub mod net;
pub mod stream;
pub mod wait;

/// The cases of one suite, each with a fresh subject.
#[doc(hidden)]
#[macro_export]
macro_rules! cases {
    ($suite:ident, $make:expr, [ $($case:ident)* ]) => {
        $(
            #[test]
            fn $case() {
                $crate::$suite::$case(&($make)());
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    /// A case that is written but not listed would never run.
    #[test]
    fn every_case_is_listed() {
        let suites = [
            ("clock", include_str!("clock.rs")),
            ("entropy", include_str!("entropy.rs")),
            ("net", include_str!("net.rs")),
            ("stream", include_str!("stream.rs")),
            ("wait", include_str!("wait.rs")),
        ];
        for (suite, source) in suites {
            let listed = source.split_once("$make, [").unwrap().1.split_once(']').unwrap().0;
            let listed: Vec<&str> = listed.split_whitespace().collect();
            let written = source.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split('(').next());
            let missing: Vec<&str> = written.filter(|case| !listed.contains(case)).collect();
            assert!(missing.is_empty() && !listed.is_empty(), "{suite}: not listed: {missing:?}");
        }
    }
}
