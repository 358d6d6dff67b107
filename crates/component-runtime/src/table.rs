//! The table of handles of one component instance (CanonicalABI.md, "Table State", "Resource State").
//!
//! Dense; index 0 is reserved; what is freed last is used first, which guests may rely on. Only resource handles are in
//! it yet. All tables of a store share one [`Quota`], since the guest decides how many handles there are.

use tambo_component_abi::Fault;
use tambo_component_types::ResourceId;

/// The most entries that the component model allows in one table.
pub const MAX_LENGTH: u32 = (1 << 28) - 1;

/// How many more handles and loans a store may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    left: u32,
    /// Entries that tables may still be made longer by, all together. A table keeps its length when its handles are
    /// gone; without this, a guest of many instances could fill and empty one table after the other.
    entries: u32,
}

impl Quota {
    /// A quota of so many, and of tables of twice as many entries.
    pub fn new(handles: u32) -> Self {
        Self { left: handles, entries: handles.saturating_mul(2) }
    }

    /// What is left.
    pub fn left(self) -> u32 {
        self.left
    }

    #[inline]
    pub(crate) fn take(&mut self) -> Result<(), Fault> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(exhausted()),
        }
    }

    #[inline]
    pub(crate) fn give_back(&mut self, count: u32) {
        self.left = self.left.saturating_add(count);
    }
}

#[cold]
fn exhausted() -> Fault {
    Fault::new("the component has as many resource handles as it may have")
}

/// Whether a handle owns its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// It does, and so many loans of it are out.
    Own {
        /// Loans.
        lends: u32,
    },
    /// It is lent to a call, by the scope's depth, and so many loans of it are out in turn.
    Borrow {
        /// The scope of the call.
        scope: u32,
        /// Loans.
        lends: u32,
    },
}

/// A handle (`ResourceHandle`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle {
    /// The representation of the resource; zero-extended if it has 32 bits.
    pub rep: u64,
    /// The type of the resource.
    pub resource: ResourceId,
    /// Whether it owns it.
    pub ownership: Ownership,
}

impl Handle {
    /// A handle that owns.
    pub fn own(resource: ResourceId, rep: u64) -> Self {
        Self { rep, resource, ownership: Ownership::Own { lends: 0 } }
    }

    /// A handle that is lent to the call of this scope.
    pub fn borrow(resource: ResourceId, rep: u64, scope: u32) -> Self {
        Self { rep, resource, ownership: Ownership::Borrow { scope, lends: 0 } }
    }

    pub(crate) fn lends(&mut self) -> &mut u32 {
        match &mut self.ownership {
            Ownership::Own { lends } | Ownership::Borrow { lends, .. } => lends,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Entry {
    Used(Handle),
    /// Free; the next free entry, or 0.
    Free(u32),
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The entry of handle `h` is at `h - 1`.
    entries: Vec<Entry>,
    /// The entry that was freed last, or 0.
    free: u32,
}

impl Table {
    /// Put a handle in.
    #[inline]
    pub fn add(&mut self, handle: Handle, quota: &mut Quota) -> Result<u32, Fault> {
        quota.take()?;
        let index = self.free;
        match self.entries.get_mut((index as usize).wrapping_sub(1)) {
            Some(entry) => {
                if let Entry::Free(next) = *entry {
                    self.free = next;
                }
                *entry = Entry::Used(handle);
                Ok(index)
            }
            None => self.append(handle, quota),
        }
    }

    fn append(&mut self, handle: Handle, quota: &mut Quota) -> Result<u32, Fault> {
        if self.entries.len() >= MAX_LENGTH as usize {
            return Err(exhausted());
        }
        quota.entries = quota.entries.checked_sub(1).ok_or_else(exhausted)?;
        self.entries.push(Entry::Used(handle));
        Ok(self.entries.len() as u32)
    }

    /// Look at a handle.
    #[inline]
    pub fn get(&self, index: u32) -> Result<&Handle, Fault> {
        match self.entries.get((index as usize).wrapping_sub(1)) {
            Some(Entry::Used(handle)) => Ok(handle),
            _ => Err(unknown(index)),
        }
    }

    /// Look at a handle.
    #[inline]
    pub fn get_mut(&mut self, index: u32) -> Result<&mut Handle, Fault> {
        match self.entries.get_mut((index as usize).wrapping_sub(1)) {
            Some(Entry::Used(handle)) => Ok(handle),
            _ => Err(unknown(index)),
        }
    }

    /// Take a handle out.
    #[inline]
    pub fn remove(&mut self, index: u32, quota: &mut Quota) -> Result<Handle, Fault> {
        match self.entries.get_mut((index as usize).wrapping_sub(1)) {
            Some(entry @ Entry::Used(_)) => match std::mem::replace(entry, Entry::Free(self.free)) {
                Entry::Used(handle) => {
                    self.free = index;
                    quota.give_back(1);
                    Ok(handle)
                }
                Entry::Free(_) => Err(unknown(index)),
            },
            _ => Err(unknown(index)),
        }
    }

    /// Put a handle back that was taken out, last the one that was taken out first; nothing may have been added in
    /// between.
    pub fn put_back(&mut self, index: u32, handle: Handle, quota: &mut Quota) -> Result<(), Fault> {
        match self.entries.get_mut((index as usize).wrapping_sub(1)) {
            Some(entry) if self.free == index => {
                quota.take()?;
                if let Entry::Free(next) = std::mem::replace(entry, Entry::Used(handle)) {
                    self.free = next;
                }
                Ok(())
            }
            _ => Err(Fault::new("bug in tambo, please report it: a handle cannot be put back")),
        }
    }

    /// How many handles are in it.
    pub fn handles(&self) -> impl Iterator<Item = &Handle> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Used(handle) => Some(handle),
            Entry::Free(_) => None,
        })
    }
}

#[cold]
fn unknown(index: u32) -> Fault {
    Fault::new(format!("unknown handle index {index}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(rep: u64) -> Handle {
        Handle::own(ResourceId(0), rep)
    }

    #[test]
    fn indices_start_at_one_and_the_last_freed_is_used_first() {
        let (mut table, mut quota) = (Table::default(), Quota::new(10));
        let mut add = |table: &mut Table, rep| table.add(handle(rep), &mut quota).unwrap();
        assert_eq!([add(&mut table, 10), add(&mut table, 20), add(&mut table, 30)], [1, 2, 3]);
        let mut spare = Quota::new(0);
        for index in [1, 3, 2] {
            table.remove(index, &mut spare).unwrap();
        }
        assert_eq!([add(&mut table, 0), add(&mut table, 0), add(&mut table, 0), add(&mut table, 0)], [2, 3, 1, 4]);
        assert_eq!(table.handles().count(), 4);
    }

    #[test]
    fn what_is_put_back_was_never_away() {
        let (mut table, mut quota) = (Table::default(), Quota::new(10));
        for rep in [10, 20, 30, 40] {
            table.add(handle(rep), &mut quota).unwrap();
        }
        table.remove(3, &mut quota).unwrap();
        let left = quota.left();
        let taken = [2, 4, 1].map(|index| (index, table.remove(index, &mut quota).unwrap()));
        assert!(table.put_back(4, handle(0), &mut quota).is_err(), "1 was taken out last");
        for (index, handle) in taken.into_iter().rev() {
            table.put_back(index, handle, &mut quota).unwrap();
        }
        assert_eq!(quota.left(), left);
        assert_eq!(table.get(4).unwrap().rep, 40);
        assert_eq!([table.add(handle(0), &mut quota), table.add(handle(0), &mut quota)], [Ok(3), Ok(5)]);
    }

    #[test]
    fn what_is_not_there_is_unknown() {
        let (mut table, mut quota) = (Table::default(), Quota::new(10));
        let index = table.add(handle(7), &mut quota).unwrap();
        assert_eq!(table.remove(index, &mut quota).unwrap(), handle(7));
        for index in [0, index, 2, u32::MAX] {
            let message = format!("unknown handle index {index}");
            assert_eq!(table.get(index).unwrap_err().0, message);
            assert_eq!(table.get_mut(index).unwrap_err().0, message);
            assert_eq!(table.remove(index, &mut quota).unwrap_err().0, message);
        }
    }

    /// Attack case 13.
    #[test]
    fn tables_that_are_empty_again_count_by_their_length() {
        let mut quota = Quota::new(3);
        let mut filled = 0;
        for table in &mut [(); 5].map(|()| Table::default()) {
            let added = (0..3).take_while(|_| table.add(handle(0), &mut quota).is_ok()).count();
            for index in 1..=added {
                table.remove(index as u32, &mut quota).unwrap();
            }
            filled += added;
        }
        assert_eq!(filled, 6);
    }

    /// Attack case 13.
    #[test]
    fn a_store_has_so_many_handles_and_no_more() {
        let (mut tables, mut quota) = ([Table::default(), Table::default()], Quota::new(3));
        for table in [0, 1, 0] {
            tables[table].add(handle(0), &mut quota).unwrap();
        }
        let fault = tables[1].add(handle(0), &mut quota).unwrap_err();
        assert_eq!(fault.0, "the component has as many resource handles as it may have");
        tables[0].remove(1, &mut quota).unwrap();
        assert_eq!(tables[1].add(handle(0), &mut quota), Ok(2));
    }
}
