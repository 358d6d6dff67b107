//! The parameters and the result of a function (CanonicalABI.md, "Lifting and Lowering Values"), typed.
//!
//! `max_flat` is the number of flat values beyond which all values go through memory: `MAX_FLAT_PARAMS`,
//! `MAX_FLAT_ASYNC_PARAMS`, `MAX_FLAT_RESULTS`, as the function's options say.

use tambo_component_types::{FuncType, Pointer, TypeId};

use super::{Lower, Param};
use crate::mismatch::Step;
use crate::shape::Shape;
use crate::{
    Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, Request, RequestContext,
    memory::bug,
};

/// The parameters of a host function: a tuple of [`Param`]s.
pub trait LiftParams: 'static {
    /// What the function is called with.
    type At<'a>;

    /// Whether these are the parameters of such a function.
    fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch>;

    /// Lift them (`lift_flat_values`). `flat` is left behind them.
    fn lift<'m>(
        cx: &mut LiftContext<'m, '_>,
        func: &FuncType,
        max_flat: usize,
        flat: &mut FlatReader<'_>,
    ) -> Result<Self::At<'m>, Fault>;
}

/// The result of a guest function: `()` or a [`Param`] in a tuple of one.
pub trait LiftResult: 'static {
    /// What the call returns.
    type At<'a>;

    /// Whether this is the result of such a function.
    fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch>;

    /// Lift it (`lift_flat_values`).
    fn lift<'m>(
        cx: &mut LiftContext<'m, '_>,
        func: &FuncType,
        max_flat: usize,
        flat: &mut FlatReader<'_>,
    ) -> Result<Self::At<'m>, Fault>;
}

/// The arguments of a guest function: a tuple of [`Lower`] values.
pub trait LowerParams {
    /// Whether these are the parameters of such a function.
    fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch>;

    /// Whether no call needs [`LowerParams::requests`], for they are empty and nothing can be wrong.
    fn plain(pointer: Pointer, max_flat: usize) -> bool;

    /// The allocations that they need: first a block for all of them, if they are more than fit flat.
    fn requests(&self, cx: &mut RequestContext<'_>, func: &FuncType, max_flat: usize) -> Result<(), Mismatch>;

    /// Lower them (`lower_flat_values`).
    fn lower(
        &self,
        cx: &mut LowerContext<'_>,
        func: &FuncType,
        max_flat: usize,
        flat: &mut FlatWriter<'_>,
    ) -> Result<(), Fault>;
}

/// The result of a host function: `()` or a [`Lower`] value in a tuple of one.
pub trait LowerResult {
    /// Whether this is the result of such a function.
    fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch>;

    /// Whether no call needs [`LowerResult::requests`].
    const PLAIN: bool;

    /// The allocations that it needs.
    fn requests(&self, cx: &mut RequestContext<'_>, func: &FuncType) -> Result<(), Mismatch>;

    /// Lower it (`lower_flat_values`): to flat values, or, if the function has a parameter that says where results go,
    /// to there.
    fn lower(
        &self,
        cx: &mut LowerContext<'_>,
        func: &FuncType,
        out_pointer: Option<u64>,
        flat: &mut FlatWriter<'_>,
    ) -> Result<(), Fault>;
}

/// Whether values of this shape go through memory.
#[inline]
pub(super) fn spills(shape: Shape, max_flat: usize) -> bool {
    shape.flat as usize > max_flat
}

/// The type of a parameter.
#[inline]
pub(super) fn param(func: &FuncType, index: usize) -> Result<TypeId, Fault> {
    let param = func.params.get(index).ok_or_else(|| bug("a function has fewer parameters than its Rust type"))?;
    Ok(param.ty)
}

/// The allocation for values that go through memory.
pub(super) fn block_request(shape: Shape) -> Request {
    Request { align: shape.align, size: shape.size }
}

/// Whether a function has so many parameters.
pub(super) fn check_count(func: &FuncType, count: usize) -> Result<(), Mismatch> {
    if func.params.len() == count {
        return Ok(());
    }
    Err(Mismatch::count("parameters", func.params.len(), count))
}

/// Whether a parameter is of a Rust type; where not, with its name.
pub(super) fn check_param(
    cx: &MatchContext<'_>,
    func: &FuncType,
    index: usize,
    matches: fn(&MatchContext<'_>, TypeId) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    let Some(param) = func.params.get(index) else { return Err(Mismatch::new("there is no such parameter")) };
    matches(cx, param.ty).map_err(|error| error.within(Step::Parameter(param.name.to_string())))
}

#[inline]
fn result(func: &FuncType) -> Result<TypeId, Fault> {
    func.result.ok_or_else(|| bug("a function has no result, but its Rust type has"))
}

fn check_result(
    cx: &MatchContext<'_>,
    func: &FuncType,
    matches: fn(&MatchContext<'_>, TypeId) -> Result<(), Mismatch>,
) -> Result<(), Mismatch> {
    match func.result {
        Some(ty) => matches(cx, ty).map_err(|error| error.within(Step::Result)),
        None => Err(Mismatch::new("the function has no result: its Rust type should be `()`")),
    }
}

fn check_no_result(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
    match func.result {
        None => Ok(()),
        Some(ty) => Err(Mismatch::expected(cx.types, ty, "`()`, no result").within(Step::Result)),
    }
}

impl LiftResult for () {
    type At<'a> = ();

    fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
        check_no_result(cx, func)
    }

    fn lift<'m>(
        _: &mut LiftContext<'m, '_>,
        _: &FuncType,
        _: usize,
        _: &mut FlatReader<'_>,
    ) -> Result<Self::At<'m>, Fault> {
        Ok(())
    }
}

impl<T: Param> LiftResult for (T,) {
    type At<'a> = (T::At<'a>,);

    fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
        check_result(cx, func, T::matches)
    }

    #[inline(always)]
    fn lift<'m>(
        cx: &mut LiftContext<'m, '_>,
        func: &FuncType,
        max_flat: usize,
        flat: &mut FlatReader<'_>,
    ) -> Result<Self::At<'m>, Fault> {
        use super::Lift;
        let (ty, shape) = (result(func)?, T::SHAPE.of(cx.abi.pointer));
        if spills(shape, max_flat) {
            let address = cx.flat_pointer(flat)?;
            let at = cx.block(address, shape)?;
            return Ok((T::At::load(cx, ty, at)?,));
        }
        Ok((T::At::lift_flat(cx, ty, flat)?,))
    }
}

impl LowerResult for () {
    const PLAIN: bool = true;

    fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
        check_no_result(cx, func)
    }

    fn requests(&self, _: &mut RequestContext<'_>, _: &FuncType) -> Result<(), Mismatch> {
        Ok(())
    }

    fn lower(
        &self,
        _: &mut LowerContext<'_>,
        _: &FuncType,
        _: Option<u64>,
        _: &mut FlatWriter<'_>,
    ) -> Result<(), Fault> {
        Ok(())
    }
}

impl<T: Lower> LowerResult for (T,) {
    const PLAIN: bool = T::PLAIN;

    fn matches(cx: &MatchContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
        check_result(cx, func, T::matches)
    }

    #[inline]
    fn requests(&self, cx: &mut RequestContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
        let Some(ty) = func.result else { return Err(Mismatch::new("the function has no result")) };
        self.0.requests(cx, ty).map_err(|error| error.within(Step::Result))
    }

    #[inline(always)]
    fn lower(
        &self,
        cx: &mut LowerContext<'_>,
        func: &FuncType,
        out_pointer: Option<u64>,
        flat: &mut FlatWriter<'_>,
    ) -> Result<(), Fault> {
        let ty = result(func)?;
        match out_pointer {
            Some(address) => {
                let at = cx.block(address, T::SHAPE.of(cx.abi.pointer))?;
                self.0.store(cx, ty, at)
            }
            None => self.0.lower_flat(cx, ty, flat),
        }
    }
}
