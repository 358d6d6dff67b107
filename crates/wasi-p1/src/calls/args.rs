//! `args_*` and `environ_*`: what the program is started with.

use crate::P1;
use crate::memory::Memory;
use crate::p1::Outcome;

pub(crate) fn args_get(p1: &mut P1, memory: &mut Memory<'_>, argv: u32, argv_buf: u32) -> Outcome {
    Ok(p1.arguments.write(memory, argv, argv_buf)?)
}

pub(crate) fn args_sizes_get(p1: &mut P1, memory: &mut Memory<'_>, argc: u32, argv_buf_size: u32) -> Outcome {
    Ok(p1.arguments.write_sizes(memory, argc, argv_buf_size)?)
}

pub(crate) fn environ_get(p1: &mut P1, memory: &mut Memory<'_>, environ: u32, environ_buf: u32) -> Outcome {
    Ok(p1.environment.write(memory, environ, environ_buf)?)
}

pub(crate) fn environ_sizes_get(p1: &mut P1, memory: &mut Memory<'_>, environc: u32, environ_buf_size: u32) -> Outcome {
    Ok(p1.environment.write_sizes(memory, environc, environ_buf_size)?)
}
