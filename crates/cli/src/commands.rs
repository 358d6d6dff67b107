//! The commands, one a file.

pub(crate) mod compile;
pub(crate) mod component;
pub(crate) mod compose;
pub(crate) mod env_file;
pub(crate) mod generate;
pub(crate) mod inspect;
pub(crate) mod lower;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod wast;
