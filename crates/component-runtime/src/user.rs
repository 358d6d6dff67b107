//! The embedder's state in a store, whose type only the embedder knows.
//!
//! # Safety
//!
//! A [`User`] remembers the type of its value when it is made, and neither changes after that. Every host call asks for
//! the value by its type; comparing what is remembered spares the call through a table that [`Any`] makes for it, which
//! was a quarter of the shortest host call.
#![expect(unsafe_code, reason = "the state is downcast in every host call; see Safety")]

use std::any::{Any, TypeId};

use tambo_engine::Trap;

/// The embedder's state.
#[derive(Debug)]
pub struct User {
    ty: TypeId,
    value: Box<dyn Any>,
}

impl User {
    /// This state.
    pub fn new<S: 'static>(state: S) -> Self {
        Self { ty: TypeId::of::<S>(), value: Box::new(state) }
    }

    /// The state, if it is of this type.
    #[inline]
    pub fn get<S: 'static>(&self) -> Option<&S> {
        if self.ty != TypeId::of::<S>() {
            return None;
        }
        // SAFETY: the value is an `S`; see the module.
        Some(unsafe { &*std::ptr::from_ref(&*self.value).cast::<S>() })
    }

    /// The state, if it is of this type.
    #[inline]
    pub fn get_mut<S: 'static>(&mut self) -> Option<&mut S> {
        if self.ty != TypeId::of::<S>() {
            return None;
        }
        // SAFETY: the value is an `S`; see the module.
        Some(unsafe { &mut *std::ptr::from_mut(&mut *self.value).cast::<S>() })
    }

    /// The state of a linker that is for this type.
    #[inline]
    pub fn of_linker<S: 'static>(&mut self) -> Result<&mut S, Trap> {
        self.get_mut().ok_or_else(foreign)
    }

    /// The state, at the end, if it is of this type.
    pub fn into_inner<S: 'static>(self) -> Option<S> {
        self.value.downcast().ok().map(|state| *state)
    }
}

#[cold]
fn foreign() -> Trap {
    Trap::bug("a host function was given the state of another linker")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_found_by_its_own_type_only() {
        let mut user = User::new(String::from("state"));
        assert_eq!(user.get::<String>().unwrap(), "state");
        user.of_linker::<String>().unwrap().push('!');
        assert!(user.get::<Vec<u8>>().is_none() && user.get_mut::<&str>().is_none());
        assert!(user.of_linker::<u32>().is_err());
        assert_eq!(user.into_inner::<String>().unwrap(), "state!");
        assert!(User::new(1u32).into_inner::<u64>().is_none());
    }
}
