//! The kernel's contracts without an operating system.
