//! The door of WASI 0.1: its ABI, translated to the kernel.
