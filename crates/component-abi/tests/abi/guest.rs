//! A guest without wasm: a memory, an allocator that only grows, a handle table.

use tambo_component_abi::types::{MAX_FLAT_PARAMS, Pointer, ResourceId, TypeId, Types};
use tambo_component_abi::{
    Abi, Budget, Encoding, Fault, FlatWriter, Handles, LiftContext, LowerContext, Mismatch, Passing, Request,
    RequestContext, Resource, Scratch, StoreId,
};

/// Every encoding with every width of pointer.
pub(crate) fn all_abis() -> impl Iterator<Item = Abi> {
    [Encoding::Utf8, Encoding::Utf16, Encoding::Latin1OrUtf16].into_iter().flat_map(|encoding| {
        [Pointer::Bits32, Pointer::Bits64].into_iter().map(move |pointer| Abi { encoding, pointer })
    })
}

pub(crate) const STORE: StoreId = StoreId(3);

/// Handles are the representation plus one.
#[derive(Default)]
pub(crate) struct Table;

impl Handles for Table {
    fn lift_own(&mut self, handle: u32, _: ResourceId) -> Result<u64, Fault> {
        self.lift_borrow(handle, ResourceId(0))
    }

    fn lift_borrow(&mut self, handle: u32, _: ResourceId) -> Result<u64, Fault> {
        u64::from(handle).checked_sub(1).ok_or_else(|| Fault::new("unknown handle index 0"))
    }

    fn lower_own(&mut self, rep: u64, ty: ResourceId) -> Result<u32, Fault> {
        self.lower_borrow(rep, ty)
    }

    fn lower_borrow(&mut self, rep: u64, _: ResourceId) -> Result<u32, Fault> {
        u32::try_from(rep + 1).map_err(|_| Fault::new("no such representation"))
    }

    fn store(&self) -> StoreId {
        STORE
    }

    fn offer(&mut self, _: Resource, _: Passing) -> Result<(), Mismatch> {
        Ok(())
    }
}

pub(crate) struct Guest<'t> {
    pub(crate) memory: Vec<u8>,
    pub(crate) types: &'t Types,
    pub(crate) abi: Abi,
    pub(crate) budget: Budget,
}

impl<'t> Guest<'t> {
    /// A guest with a few pages.
    pub(crate) fn new(types: &'t Types, abi: Abi) -> Self {
        Self { memory: vec![0; 1 << 16], types, abi, budget: Budget::new(1 << 24) }
    }

    /// Lift something.
    pub(crate) fn lift<R>(
        &mut self,
        lift: impl FnOnce(&mut LiftContext<'_, '_>) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let scratch = Scratch::new();
        lift(&mut LiftContext {
            memory: &self.memory,
            types: self.types,
            abi: self.abi,
            handles: &mut Table,
            budget: &mut self.budget,
            scratch: &scratch,
        })
    }

    /// The requests of something.
    pub(crate) fn requests(
        &self,
        request: impl FnOnce(&mut RequestContext<'_>) -> Result<(), Mismatch>,
    ) -> Result<Vec<Request>, Mismatch> {
        let mut requests = Vec::new();
        request(&mut RequestContext {
            types: self.types,
            abi: self.abi,
            handles: &mut Table,
            requests: &mut requests,
        })?;
        Ok(requests)
    }

    /// Lower something with allocations in these places.
    pub(crate) fn lower<R>(
        &mut self,
        places: &[u64],
        lower: impl FnOnce(&mut LowerContext<'_>) -> Result<R, Fault>,
    ) -> Result<R, Fault> {
        let mut cx = LowerContext {
            memory: &mut self.memory,
            types: self.types,
            abi: self.abi,
            handles: &mut Table,
            places: places.iter(),
        };
        let result = lower(&mut cx)?;
        assert_eq!(cx.places.len(), 0, "every allocation is used");
        Ok(result)
    }

    /// Lower to flat values.
    pub(crate) fn lower_flat(
        &mut self,
        places: &[u64],
        lower: impl FnOnce(&mut LowerContext<'_>, &mut FlatWriter<'_>) -> Result<(), Fault>,
    ) -> Result<Vec<u64>, Fault> {
        let mut place = [0; MAX_FLAT_PARAMS];
        let mut flat = FlatWriter::new(&mut place);
        self.lower(places, |cx| lower(cx, &mut flat))?;
        let length = flat.len();
        Ok(place[..length].to_vec())
    }

    /// Where an allocator that only grows puts these, from an address on.
    pub(crate) fn allocate(from: u64, requests: &[Request]) -> Vec<u64> {
        let mut end = from;
        let mut place = |request: &Request| {
            let at = end.next_multiple_of(request.align.into());
            end = at + u64::from(request.size);
            at
        };
        requests.iter().map(&mut place).collect()
    }

    pub(crate) fn size(&self, ty: TypeId) -> usize {
        self.types.layout(ty, self.abi.pointer).size as usize
    }
}
