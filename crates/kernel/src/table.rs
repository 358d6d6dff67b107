//! A dense table of small numbers to objects, with a bound: descriptors today, handles of any kind tomorrow.

use crate::{Error, Result};

/// Objects by small number. Numbers are given lowest first, as POSIX does, and reused after removal.
#[derive(Debug)]
pub struct Table<T> {
    slots: Vec<Option<T>>,
    /// Every index below this one is taken.
    lowest_free: usize,
    live: usize,
    limit: usize,
}

impl<T> Table<T> {
    /// An empty table for at most `limit` objects.
    pub fn new(limit: u32) -> Self {
        Self { slots: Vec::new(), lowest_free: 0, live: 0, limit: limit as usize }
    }

    /// The object with this number. [`Error::BadDescriptor`] if there is none.
    #[inline]
    pub fn get(&self, number: u32) -> Result<&T> {
        match self.slots.get(number as usize) {
            Some(Some(object)) => Ok(object),
            _ => Err(Error::BadDescriptor),
        }
    }

    /// The object with this number, mutably. [`Error::BadDescriptor`] if there is none.
    #[inline]
    pub fn get_mut(&mut self, number: u32) -> Result<&mut T> {
        match self.slots.get_mut(number as usize) {
            Some(Some(object)) => Ok(object),
            _ => Err(Error::BadDescriptor),
        }
    }

    /// Add an object under the lowest free number. [`Error::TooManyDescriptors`] at the limit; the object is dropped.
    pub fn insert(&mut self, object: T) -> Result<u32> {
        self.check_room()?;
        let number = self.lowest_free;
        match self.slots.get_mut(number) {
            Some(slot) => *slot = Some(object),
            None => self.slots.push(Some(object)),
        }
        self.live += 1;
        let taken = self.slots[number..].iter().take_while(|slot| slot.is_some()).count();
        self.lowest_free = number + taken;
        Ok(number as u32)
    }

    /// [`Error::TooManyDescriptors`] if an [`insert`](Table::insert) would fail: for a caller that must know before it
    /// makes the object.
    pub fn check_room(&self) -> Result<()> {
        if self.live < self.limit { Ok(()) } else { Err(Error::TooManyDescriptors) }
    }

    /// Take the object with this number out. [`Error::BadDescriptor`] if there is none.
    pub fn remove(&mut self, number: u32) -> Result<T> {
        let slot = self.slots.get_mut(number as usize).ok_or(Error::BadDescriptor)?;
        let object = slot.take().ok_or(Error::BadDescriptor)?;
        self.live -= 1;
        self.lowest_free = self.lowest_free.min(number as usize);
        Ok(object)
    }

    /// Move the object at `from` to `to`, where there must be one, and return the one that was there.
    /// [`Error::BadDescriptor`] if either is missing. Moving an object onto itself does nothing.
    pub fn renumber(&mut self, from: u32, to: u32) -> Result<Option<T>> {
        self.get(from)?;
        self.get(to)?;
        if from == to {
            return Ok(None);
        }
        let object = self.remove(from)?;
        Ok(self.slots[to as usize].replace(object))
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_lowest_first_and_reused() {
        let mut table = Table::new(10);
        for (number, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
            assert_eq!(table.insert(name), Ok(number as u32));
        }
        assert_eq!(table.remove(2), Ok("c"));
        assert_eq!(table.remove(1), Ok("b"));
        assert_eq!(table.insert("e"), Ok(1));
        assert_eq!(table.insert("f"), Ok(2));
        assert_eq!(table.insert("g"), Ok(4));
        assert_eq!(table.remove(9), Err(Error::BadDescriptor));
    }

    #[test]
    fn the_limit_counts_live_objects() {
        let mut table = Table::new(2);
        table.insert(1).unwrap();
        table.insert(2).unwrap();
        assert_eq!(table.insert(3), Err(Error::TooManyDescriptors));
        table.remove(0).unwrap();
        assert_eq!(table.insert(3), Ok(0));
    }

    #[test]
    fn renumber_replaces_and_frees() {
        let mut table = Table::new(8);
        for name in ["a", "b", "c"] {
            table.insert(name).unwrap();
        }
        assert_eq!(table.renumber(1, 1), Ok(None));
        assert_eq!(table.renumber(2, 0), Ok(Some("a")));
        assert_eq!(table.get(0), Ok(&"c"));
        assert_eq!(table.renumber(2, 0), Err(Error::BadDescriptor));
        assert_eq!(table.renumber(0, 7), Err(Error::BadDescriptor));
        assert_eq!(table.len(), 2);
        assert_eq!(table.insert("d"), Ok(2));
    }
}
