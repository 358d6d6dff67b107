//! What the system's allocator does with memory that was freed.
//!
//! # Safety
//!
//! `mallopt` sets two numbers of the allocator, under its own lock. It has no other precondition.

/// Keep freed memory for what is allocated next, up to 64 MiB an arena. To be called by a server, before it has threads: by
/// default the top of a heap goes back to the system when 128 KiB of it are free, and the next body touches all of it anew, a
/// page fault for each 4 KiB.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn keep_freed_memory() {
    #![expect(unsafe_code, reason = "the allocator has no safe interface for this; see Safety")]
    const KEPT: libc::c_int = 64 << 20;
    /// The largest that the allocator takes: what is larger comes from the system each time.
    const FROM_HEAP: libc::c_int = 32 << 20;
    // SAFETY: see the module. What cannot be set stays as it was, which is slower and nothing else.
    unsafe {
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_MMAP_THRESHOLD, FROM_HEAP);
    }
}

/// Other allocators keep what was freed.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn keep_freed_memory() {}
