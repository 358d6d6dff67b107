//! A place for one value of any type, between two host calls.
//!
//! Most arguments and results are a string or a list, perhaps in an option or a result: a few words. Such a value lies
//! in the place itself, so that handing it over allocates nothing; a larger one is boxed.
//!
//! # Safety
//!
//! `ty` says of which type the value in `words` is, and `None` that there is none. A value is written only where there
//! is none, is read or dropped as the type that it was written as, and is forgotten by `ty` before it is moved out or
//! dropped. Only values that fit in size and alignment are written, and what does not is boxed, whatever the type: both
//! are decided by [`fits`], so the two never disagree.
#![expect(unsafe_code, reason = "boxing each argument and result was a third of such a call; see Safety")]

use std::any::TypeId;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

type Words = MaybeUninit<[u64; 8]>;

const fn fits<T>() -> bool {
    size_of::<T>() <= size_of::<Words>() && align_of::<T>() <= align_of::<Words>()
}

/// The place.
pub(crate) struct Held {
    ty: Option<TypeId>,
    words: Words,
    /// Drops the value in `words`.
    drop: unsafe fn(&mut Words),
    /// Values of any type are in it, among them such as belong to one thread.
    not_send: PhantomData<*mut ()>,
}

/// # Safety
/// The words are a `T`, which nobody uses any more.
unsafe fn drop_as<T>(words: &mut Words) {
    // SAFETY: as above.
    unsafe { words.as_mut_ptr().cast::<T>().drop_in_place() }
}

impl Default for Held {
    fn default() -> Self {
        Self { ty: None, words: MaybeUninit::uninit(), drop: drop_as::<()>, not_send: PhantomData }
    }
}

impl Held {
    /// Drop the value, if there is one.
    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.ty.take().is_some() {
            // SAFETY: there was a value, and `drop` was set with it; `ty` has forgotten it.
            unsafe { (self.drop)(&mut self.words) }
        }
    }

    /// Put a value in, in place of any other.
    #[inline]
    pub(crate) fn put<T: 'static>(&mut self, value: T) {
        self.clear();
        if fits::<T>() {
            // SAFETY: it fits, and there is none.
            unsafe { self.write(value) }
        } else {
            // SAFETY: a box fits, and there is none.
            unsafe { self.write(Box::new(value)) }
        }
        self.ty = Some(TypeId::of::<T>());
    }

    /// # Safety
    /// `V` fits, and there is no value. `ty` must be set to say what it is.
    #[inline]
    unsafe fn write<V>(&mut self, value: V) {
        self.drop = drop_as::<V>;
        // SAFETY: it fits.
        unsafe { self.words.as_mut_ptr().cast::<V>().write(value) }
    }

    /// Look at the value, if it is of this type.
    #[inline]
    pub(crate) fn get<T: 'static>(&self) -> Option<&T> {
        if self.ty != Some(TypeId::of::<T>()) {
            return None;
        }
        let place = self.words.as_ptr();
        Some(if fits::<T>() {
            // SAFETY: the words are a `T`; see the module.
            unsafe { &*place.cast::<T>() }
        } else {
            // SAFETY: the words are a box of one; see the module.
            unsafe { &*place.cast::<Box<T>>() }
        })
    }

    /// Look at the value, if it is of this type.
    #[inline]
    pub(crate) fn get_mut<T: 'static>(&mut self) -> Option<&mut T> {
        if self.ty != Some(TypeId::of::<T>()) {
            return None;
        }
        let place = self.words.as_mut_ptr();
        Some(if fits::<T>() {
            // SAFETY: the words are a `T`; see the module.
            unsafe { &mut *place.cast::<T>() }
        } else {
            // SAFETY: the words are a box of one; see the module.
            unsafe { &mut *place.cast::<Box<T>>() }
        })
    }

    /// Take the value out, if it is of this type.
    #[inline]
    pub(crate) fn take<T: 'static>(&mut self) -> Option<T> {
        if self.ty != Some(TypeId::of::<T>()) {
            return None;
        }
        self.ty = None;
        let place = self.words.as_ptr();
        Some(if fits::<T>() {
            // SAFETY: the words were a `T`, and `ty` has forgotten it.
            unsafe { place.cast::<T>().read() }
        } else {
            // SAFETY: the words were a box of one, and `ty` has forgotten it.
            unsafe { *place.cast::<Box<T>>().read() }
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    /// A value that is counted, of so many words.
    struct Counted<const WORDS: usize>(Rc<()>, [u64; WORDS]);

    fn all_ways<const WORDS: usize>() {
        let count = Rc::new(());
        let value = |first| Counted::<WORDS>(count.clone(), [first; WORDS]);
        let mut held = Held::default();
        assert!(held.get::<Counted<WORDS>>().is_none() && held.take::<Counted<WORDS>>().is_none());
        held.put(value(1));
        held.put(value(2));
        assert_eq!(Rc::strong_count(&count), 2);
        assert!(held.get::<String>().is_none() && held.take::<String>().is_none());
        let found = held.get::<Counted<WORDS>>().unwrap();
        assert!(Rc::ptr_eq(&found.0, &count) && found.1 == [2; WORDS]);
        assert!(held.get_mut::<String>().is_none());
        held.get_mut::<Counted<WORDS>>().unwrap().1 = [5; WORDS];
        assert_eq!(held.take::<Counted<WORDS>>().unwrap().1, [5; WORDS]);
        assert_eq!(Rc::strong_count(&count), 1);
        assert!(held.take::<Counted<WORDS>>().is_none());
        held.put(value(3));
        held.clear();
        held.clear();
        assert_eq!(Rc::strong_count(&count), 1);
        held.put(value(4));
        drop(held);
        assert_eq!(Rc::strong_count(&count), 1);
    }

    #[test]
    fn a_value_is_dropped_once_whatever_its_size() {
        all_ways::<0>();
        all_ways::<7>();
        all_ways::<8>();
        all_ways::<100>();
    }

    #[test]
    fn what_wants_a_larger_alignment_is_boxed() {
        #[repr(align(64))]
        struct Aligned(u8);
        let mut held = Held::default();
        held.put(Aligned(5));
        let value = held.get::<Aligned>().unwrap();
        assert_eq!((value.0, std::ptr::from_ref(value).addr() % 64), (5, 0));
        assert_eq!(held.take::<Aligned>().unwrap().0, 5);
    }
}
