//! The fused start function: what instantiating the core instances does after their active segments, in order.

use wasm_encoder::{Function, Instruction};

/// A step of the fused start function.
#[derive(Debug)]
pub(super) enum Step {
    /// Apply an element segment and drop it.
    Elements(Apply),
    /// Apply a data segment and drop it.
    Data(Apply),
    /// Call a start function.
    Call(u32),
}

/// A segment and where it goes.
#[derive(Debug)]
pub(super) struct Apply {
    pub(super) segment: u32,
    /// The table or memory.
    pub(super) target: u32,
    /// Instructions that make the address.
    pub(super) offset: Vec<u8>,
    /// The whole length of the segment.
    pub(super) count: u32,
}

/// How the image starts.
pub(super) enum Start {
    /// Not at all.
    Nothing,
    /// With a function that is there anyway.
    Existing(u32),
    /// With this one.
    Fused(Function),
}

/// The start of an image. Functions below `hosts` are imports, which engines treat in different ways as start functions.
pub(super) fn start(steps: &[Step], hosts: u32) -> Start {
    match steps {
        [] => Start::Nothing,
        [Step::Call(function)] if *function >= hosts => Start::Existing(*function),
        _ => Start::Fused(fused(steps)),
    }
}

fn fused(steps: &[Step]) -> Function {
    let mut function = Function::new([]);
    for step in steps {
        match step {
            Step::Call(callee) => {
                function.instruction(&Instruction::Call(*callee));
            }
            Step::Elements(apply) => {
                range(&mut function, apply);
                function.instruction(&Instruction::TableInit { elem_index: apply.segment, table: apply.target });
                function.instruction(&Instruction::ElemDrop(apply.segment));
            }
            Step::Data(apply) => {
                range(&mut function, apply);
                function.instruction(&Instruction::MemoryInit { mem: apply.target, data_index: apply.segment });
                function.instruction(&Instruction::DataDrop(apply.segment));
            }
        }
    }
    function.instruction(&Instruction::End);
    function
}

/// Where to, from where, how many. The address has the width of its memory or table already.
fn range(function: &mut Function, apply: &Apply) {
    function.raw(apply.offset.iter().copied());
    function.instruction(&Instruction::I32Const(0));
    function.instruction(&Instruction::I32Const(apply.count as i32));
}
