//! The kernel's contracts on the operating system.

mod errno;
