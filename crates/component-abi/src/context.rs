//! What lifting and lowering work with (CanonicalABI.md, "Lifting and Lowering Context").

use tambo_component_types::{Pointer, ResourceId, Types};

use crate::memory::bug;
use crate::{Budget, Fault, Mismatch, Passing, Resource, Scratch, StoreId};

/// How strings lie in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the canonical ABI")]
pub enum Encoding {
    #[default]
    Utf8,
    Utf16,
    Latin1OrUtf16,
}

/// The options that matter to lifting and lowering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abi {
    /// How strings lie in memory.
    pub encoding: Encoding,
    /// The width of addresses.
    pub pointer: Pointer,
}

/// The handle table of the instance on whose behalf values are lifted or lowered.
pub trait Handles {
    /// Take an owned handle out of the table; its representation.
    fn lift_own(&mut self, handle: u32, ty: ResourceId) -> Result<u64, Fault>;
    /// Look at a handle, lent for the running call; its representation.
    fn lift_borrow(&mut self, handle: u32, ty: ResourceId) -> Result<u64, Fault>;
    /// Put an owned handle into the table.
    fn lower_own(&mut self, rep: u64, ty: ResourceId) -> Result<u32, Fault>;
    /// Put a borrowed handle into the table, for the running call; or the representation itself, if the instance is the
    /// one that defines the type.
    fn lower_borrow(&mut self, rep: u64, ty: ResourceId) -> Result<u32, Fault>;
    /// The store that it is part of.
    fn store(&self) -> StoreId;
    /// Whether the host may pass a resource, before anything is lowered. One that is given is the host's no more.
    fn offer(&mut self, resource: Resource, passing: Passing) -> Result<(), Mismatch>;
}

/// What lifting works with. `'m` is the guest's memory, from which values may be borrowed.
pub struct LiftContext<'m, 'c> {
    /// The guest's memory.
    pub memory: &'m [u8],
    /// The component's types.
    pub types: &'c Types,
    /// How values lie.
    pub abi: Abi,
    /// Where handles come from.
    pub handles: &'c mut dyn Handles,
    /// What is charged for allocations.
    pub budget: &'c mut Budget,
    /// Where strings live that are borrowed but not UTF-8 in the guest's memory.
    pub scratch: &'m Scratch,
}

/// What lowering works with.
pub struct LowerContext<'c> {
    /// The guest's memory.
    pub memory: &'c mut [u8],
    /// The component's types.
    pub types: &'c Types,
    /// How values lie.
    pub abi: Abi,
    /// Where handles go.
    pub handles: &'c mut dyn Handles,
    /// The allocations that were made for the value's requests, in their order; each is taken once.
    pub places: std::slice::Iter<'c, u64>,
}

/// What the first phase of lowering works with: finding which allocations a value needs.
pub struct RequestContext<'c> {
    /// The component's types.
    pub types: &'c Types,
    /// How values will lie.
    pub abi: Abi,
    /// What knows which resources the host may pass.
    pub handles: &'c mut dyn Handles,
    /// The allocations, in the order in which they are to be made.
    pub requests: &'c mut Vec<Request>,
}

/// An allocation that a value needs: what `realloc` is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its alignment.
    pub align: u32,
    /// Its bytes; zero is asked for too.
    pub size: u32,
}

/// Flat values on their way in, as raw bits (`CoreValueIter`).
pub type FlatReader<'a> = std::slice::Iter<'a, u64>;

/// Flat values on their way out, as raw bits, in a place that has room for all that the function's type has.
#[derive(Debug)]
pub struct FlatWriter<'a> {
    place: &'a mut [u64],
    length: usize,
}

impl<'a> FlatWriter<'a> {
    /// To this place.
    #[inline]
    pub fn new(place: &'a mut [u64]) -> Self {
        Self { place, length: 0 }
    }

    /// Write the next one.
    #[inline]
    pub fn push(&mut self, bits: u64) -> Result<(), Fault> {
        let place = self.place.get_mut(self.length).ok_or_else(|| bug("there are too many flat values"))?;
        *place = bits;
        self.length += 1;
        Ok(())
    }

    /// How many were written.
    #[inline]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether none was.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Write zeros until there are so many.
    #[inline]
    pub(crate) fn pad(&mut self, length: usize) -> Result<(), Fault> {
        while self.length < length {
            self.push(0)?;
        }
        Ok(())
    }
}
