//! Rust objects by representation, for hosts that define resources.

/// Keeps the objects behind the host's resources. An object's place is its representation; places are used again, the
/// last one that became free first.
#[derive(Clone, Debug)]
pub struct ResourceTable<T> {
    entries: Vec<Entry<T>>,
    free: Option<u32>,
    used: usize,
}

#[derive(Clone, Debug)]
enum Entry<T> {
    Used(T),
    /// Free; the next free place.
    Free(Option<u32>),
}

impl<T> Default for ResourceTable<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: None, used: 0 }
    }
}

impl<T> ResourceTable<T> {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keep an object; its representation. How many there can be is bounded by the handles that a guest may have.
    pub fn add(&mut self, object: T) -> u64 {
        self.used += 1;
        let free = self.free.and_then(|place| Some((place, self.entries.get_mut(place as usize)?)));
        match free {
            Some((place, entry)) => {
                if let Entry::Free(next) = std::mem::replace(entry, Entry::Used(object)) {
                    self.free = next;
                }
                place.into()
            }
            None => {
                self.entries.push(Entry::Used(object));
                self.entries.len() as u64 - 1
            }
        }
    }

    /// The object of a representation.
    #[inline]
    pub fn get(&self, rep: u64) -> Option<&T> {
        match self.entries.get(usize::try_from(rep).ok()?)? {
            Entry::Used(object) => Some(object),
            Entry::Free(_) => None,
        }
    }

    /// The object of a representation.
    #[inline]
    pub fn get_mut(&mut self, rep: u64) -> Option<&mut T> {
        match self.entries.get_mut(usize::try_from(rep).ok()?)? {
            Entry::Used(object) => Some(object),
            Entry::Free(_) => None,
        }
    }

    /// Take an object out.
    pub fn remove(&mut self, rep: u64) -> Option<T> {
        let entry = self.entries.get_mut(usize::try_from(rep).ok()?)?;
        if let Entry::Free(_) = entry {
            return None;
        }
        match std::mem::replace(entry, Entry::Free(self.free)) {
            Entry::Used(object) => {
                self.free = Some(rep as u32);
                self.used -= 1;
                Some(object)
            }
            Entry::Free(_) => None,
        }
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again() {
        let mut table = ResourceTable::new();
        assert_eq!([table.add("a"), table.add("b"), table.add("c")], [0, 1, 2]);
        assert_eq!((table.remove(0), table.remove(0), table.remove(2)), (Some("a"), None, Some("c")));
        assert_eq!([table.add("d"), table.add("e"), table.add("f")], [2, 0, 3]);
        assert_eq!((table.get(2), table.get(4), table.get(u64::MAX)), (Some(&"d"), None, None));
        assert_eq!(table.len(), 4);
        *table.get_mut(1).unwrap() = "x";
        assert_eq!(table.remove(1), Some("x"));
    }
}
