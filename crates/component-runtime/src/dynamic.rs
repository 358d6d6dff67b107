//! Parameters and results whose types are known at run time only, in the place of typed ones.

use tambo_component_abi::typed::{LiftParams, LiftResult, LowerParams, LowerResult};
use tambo_component_abi::{
    Fault, FlatReader, FlatWriter, LiftContext, LowerContext, MatchContext, Mismatch, RequestContext, Val, dynamic,
};
use tambo_component_types::{FuncType, Pointer};

/// The parameters of a host function, or the arguments of a guest function.
#[derive(Clone, Debug)]
pub struct DynamicParams(pub Vec<Val>);

/// The result of a function.
#[derive(Clone, Debug)]
pub struct DynamicResult(pub Option<Val>);

impl LiftParams for DynamicParams {
    type At<'a> = Vec<Val>;

    fn matches(_: &MatchContext<'_>, _: &FuncType) -> Result<(), Mismatch> {
        Ok(())
    }

    fn lift<'m>(
        cx: &mut LiftContext<'m, '_>,
        func: &FuncType,
        max_flat: usize,
        flat: &mut FlatReader<'_>,
    ) -> Result<Vec<Val>, Fault> {
        dynamic::lift_params(cx, func, max_flat, flat)
    }
}

impl LiftResult for DynamicResult {
    type At<'a> = Self;

    fn matches(_: &MatchContext<'_>, _: &FuncType) -> Result<(), Mismatch> {
        Ok(())
    }

    fn lift<'m>(
        cx: &mut LiftContext<'m, '_>,
        func: &FuncType,
        max_flat: usize,
        flat: &mut FlatReader<'_>,
    ) -> Result<Self, Fault> {
        dynamic::lift_result(cx, func, max_flat, flat).map(Self)
    }
}

impl LowerParams for DynamicParams {
    fn matches(_: &MatchContext<'_>, _: &FuncType) -> Result<(), Mismatch> {
        Ok(())
    }

    fn plain(_: Pointer, _: usize) -> bool {
        false
    }

    fn requests(&self, cx: &mut RequestContext<'_>, func: &FuncType, max_flat: usize) -> Result<(), Mismatch> {
        dynamic::check_params(cx.types, func, &self.0)?;
        dynamic::offer_params(cx, func, &self.0)?;
        dynamic::request_params(cx, func, max_flat, &self.0)
    }

    fn lower(
        &self,
        cx: &mut LowerContext<'_>,
        func: &FuncType,
        max_flat: usize,
        flat: &mut FlatWriter<'_>,
    ) -> Result<(), Fault> {
        dynamic::lower_params(cx, func, max_flat, &self.0, flat)
    }
}

impl LowerResult for DynamicResult {
    const PLAIN: bool = false;

    fn matches(_: &MatchContext<'_>, _: &FuncType) -> Result<(), Mismatch> {
        Ok(())
    }

    fn requests(&self, cx: &mut RequestContext<'_>, func: &FuncType) -> Result<(), Mismatch> {
        dynamic::check_result(cx.types, func, self.0.as_ref())?;
        dynamic::offer_result(cx, func, self.0.as_ref())?;
        dynamic::request_result(cx, func, self.0.as_ref())
    }

    fn lower(
        &self,
        cx: &mut LowerContext<'_>,
        func: &FuncType,
        out_pointer: Option<u64>,
        flat: &mut FlatWriter<'_>,
    ) -> Result<(), Fault> {
        dynamic::lower_result(cx, func, self.0.as_ref(), out_pointer, flat)
    }
}
