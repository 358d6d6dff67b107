//! A value that belongs to one thread, behind a handle that may be anywhere.
//!
//! # Safety
//!
//! The value is reached, and dropped, only on the thread that made it, whose id is never given to another thread.
//! Elsewhere `get` finds nothing, and dropping leaks the value.
#![expect(unsafe_code, reason = "linked components are kept where functions must be Send; see Safety")]

use std::mem::ManuallyDrop;
use std::thread::ThreadId;

pub(crate) struct ThreadBound<T> {
    thread: ThreadId,
    value: ManuallyDrop<T>,
}

// SAFETY: the value is neither reached nor dropped on another thread; see the module.
unsafe impl<T> Send for ThreadBound<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for ThreadBound<T> {}

impl<T> ThreadBound<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { thread: std::thread::current().id(), value: ManuallyDrop::new(value) }
    }

    /// The value, on its own thread.
    pub(crate) fn get(&self) -> Option<&T> {
        (std::thread::current().id() == self.thread).then_some(&*self.value)
    }
}

impl<T> Drop for ThreadBound<T> {
    fn drop(&mut self) {
        if std::thread::current().id() == self.thread {
            // SAFETY: dropped once, here, on its own thread.
            unsafe { ManuallyDrop::drop(&mut self.value) }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use super::*;

    #[test]
    fn another_thread_finds_nothing_and_drops_nothing() {
        let value = Rc::new(Cell::new(1));
        let bound = ThreadBound::new(value.clone());
        assert_eq!(bound.get().unwrap().get(), 1);
        std::thread::spawn(move || assert!(bound.get().is_none())).join().unwrap();
        assert_eq!(Rc::strong_count(&value), 2);
        drop(ThreadBound::new(value.clone()));
        assert_eq!(Rc::strong_count(&value), 2);
    }
}
