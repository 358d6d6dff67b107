//! The parameters and the result of a function (CanonicalABI.md, "Lifting and Lowering Values").
//!
//! `max_flat` is the number of flat values beyond which all values go through memory: `MAX_FLAT_PARAMS`,
//! `MAX_FLAT_ASYNC_PARAMS`, `MAX_FLAT_RESULTS`, as the function's options say.

use tambo_component_types::{FuncType, TypeId, Types};

use super::{check, lift_flat, load, lower_flat, requests, store};
use crate::mismatch::Step;
use crate::shape::{Cursor, Shape};
use crate::{
    Abi, Fault, FlatReader, FlatWriter, LiftContext, LowerContext, Mismatch, Request, RequestContext, Val, memory::bug,
};

fn shape_of(types: &Types, abi: Abi, values: impl Iterator<Item = TypeId>) -> Shape {
    values.map(|ty| Shape::of(types.layout(ty, abi.pointer))).fold(Shape::EMPTY, Shape::then).padded()
}

fn params(func: &FuncType) -> impl ExactSizeIterator<Item = TypeId> {
    func.params.iter().map(|param| param.ty)
}

/// Lift the parameters of a function. `flat` is left behind them.
pub fn lift_params(
    cx: &mut LiftContext<'_, '_>,
    func: &FuncType,
    max_flat: usize,
    flat: &mut FlatReader<'_>,
) -> Result<Vec<Val>, Fault> {
    let shape = shape_of(cx.types, cx.abi, params(func));
    cx.budget.charge(func.params.len() * size_of::<Val>())?;
    if shape.flat as usize <= max_flat {
        return params(func).map(|ty| lift_flat(cx, ty, flat)).collect();
    }
    let address = cx.flat_pointer(flat)?;
    let mut cursor = Cursor::new(cx.block(address, shape)?);
    let lift = |ty| {
        let at = cursor.next(Shape::of(cx.types.layout(ty, cx.abi.pointer)));
        load(cx, ty, at)
    };
    params(func).map(lift).collect()
}

/// Lift the result of a function, if it has one. `flat` is left behind it.
pub fn lift_result(
    cx: &mut LiftContext<'_, '_>,
    func: &FuncType,
    max_flat: usize,
    flat: &mut FlatReader<'_>,
) -> Result<Option<Val>, Fault> {
    let Some(ty) = func.result else { return Ok(None) };
    let shape = Shape::of(cx.types.layout(ty, cx.abi.pointer));
    if shape.flat as usize <= max_flat {
        return lift_flat(cx, ty, flat).map(Some);
    }
    let address = cx.flat_pointer(flat)?;
    let at = cx.block(address, shape)?;
    load(cx, ty, at).map(Some)
}

/// Whether the host may pass the handles in a value.
fn offer(cx: &mut RequestContext<'_>, ty: TypeId, val: &Val) -> Result<(), Mismatch> {
    if !cx.types.contains_handle(ty) {
        return Ok(());
    }
    val.each_handle(&mut |resource, passing| cx.handles.offer(resource, passing))
}

/// Whether the host may pass the handles in these arguments, which were [checked](check_params).
pub fn offer_params(cx: &mut RequestContext<'_>, func: &FuncType, args: &[Val]) -> Result<(), Mismatch> {
    func.params.iter().zip(args).try_for_each(|(param, val)| {
        offer(cx, param.ty, val).map_err(|error| error.within(Step::Parameter(param.name.to_string())))
    })
}

/// Whether the host may pass the handles in this result, which was [checked](check_result).
pub fn offer_result(cx: &mut RequestContext<'_>, func: &FuncType, result: Option<&Val>) -> Result<(), Mismatch> {
    let Some((ty, val)) = func.result.zip(result) else { return Ok(()) };
    offer(cx, ty, val).map_err(|error| error.within(Step::Result))
}

/// Whether these are arguments of a function.
pub fn check_params(types: &Types, func: &FuncType, args: &[Val]) -> Result<(), Mismatch> {
    if args.len() != func.params.len() {
        return Err(Mismatch::count("arguments", func.params.len(), args.len()));
    }
    func.params.iter().zip(args).try_for_each(|(param, val)| {
        check(types, param.ty, val).map_err(|error| error.within(Step::Parameter(param.name.to_string())))
    })
}

/// Whether this is a result of a function.
pub fn check_result(types: &Types, func: &FuncType, result: Option<&Val>) -> Result<(), Mismatch> {
    let outcome = match (func.result, result) {
        (None, None) => Ok(()),
        (Some(ty), Some(val)) => check(types, ty, val),
        (Some(ty), None) => Err(Mismatch::expected(types, ty, "nothing")),
        (None, Some(val)) => Err(Mismatch::new(format!("expected nothing, got {}", val.kind()))),
    };
    outcome.map_err(|error| error.within(Step::Result))
}

/// The allocations that arguments need, which were checked: first a block for all of them, if they are more than fit
/// flat.
pub fn request_params(
    cx: &mut RequestContext<'_>,
    func: &FuncType,
    max_flat: usize,
    args: &[Val],
) -> Result<(), Mismatch> {
    let shape = shape_of(cx.types, cx.abi, params(func));
    if shape.flat as usize > max_flat {
        cx.requests.push(Request { align: shape.align, size: shape.size });
    }
    func.params.iter().zip(args).try_for_each(|(param, val)| {
        requests(cx, param.ty, val).map_err(|error| error.within(Step::Parameter(param.name.to_string())))
    })
}

/// The allocations that a result needs, which was checked.
pub fn request_result(cx: &mut RequestContext<'_>, func: &FuncType, result: Option<&Val>) -> Result<(), Mismatch> {
    match (func.result, result) {
        (Some(ty), Some(val)) => requests(cx, ty, val).map_err(|error| error.within(Step::Result)),
        _ => Ok(()),
    }
}

/// Lower arguments, which were checked.
pub fn lower_params(
    cx: &mut LowerContext<'_>,
    func: &FuncType,
    max_flat: usize,
    args: &[Val],
    flat: &mut FlatWriter<'_>,
) -> Result<(), Fault> {
    if args.len() != func.params.len() {
        return Err(bug("a function is called with another number of arguments than it has parameters"));
    }
    let shape = shape_of(cx.types, cx.abi, params(func));
    if shape.flat as usize <= max_flat {
        return params(func).zip(args).try_for_each(|(ty, val)| lower_flat(cx, ty, val, flat));
    }
    let at = cx.take(shape.align, shape.size)?;
    flat.push(at as u64)?;
    let mut cursor = Cursor::new(at);
    params(func).zip(args).try_for_each(|(ty, val)| {
        let at = cursor.next(Shape::of(cx.types.layout(ty, cx.abi.pointer)));
        store(cx, ty, val, at)
    })
}

/// Lower a result, which was checked: to flat values, or, if the function has a parameter that says where results go, to
/// there.
pub fn lower_result(
    cx: &mut LowerContext<'_>,
    func: &FuncType,
    result: Option<&Val>,
    out_pointer: Option<u64>,
    flat: &mut FlatWriter<'_>,
) -> Result<(), Fault> {
    match (func.result, result, out_pointer) {
        (None, None, _) => Ok(()),
        (Some(ty), Some(val), None) => lower_flat(cx, ty, val, flat),
        (Some(ty), Some(val), Some(address)) => {
            let at = cx.block(address, Shape::of(cx.types.layout(ty, cx.abi.pointer)))?;
            store(cx, ty, val, at)
        }
        _ => Err(bug("a result is returned by a function that has none, or the other way round")),
    }
}

/// Whether a function's result goes through memory.
pub fn result_spills(types: &Types, func: &FuncType, abi: Abi, max_flat: usize) -> bool {
    func.result.is_some_and(|ty| Shape::of(types.layout(ty, abi.pointer)).flat as usize > max_flat)
}
