//! A line of text for each call, as `strace` writes them: `fd_read(5, [4096]) = 17`.
//!
//! Everything comes from the table of functions: what a parameter is says how it is shown. A call that parks the
//! guest is shown once, when it ends. What a guest makes the host print is bounded and escaped.

use std::fmt::Write as _;
use std::sync::Arc;

use tambo_engine::{Call, Flow, HostData, Import, Slot, Trap, TrapKind};
use tambo_kernel::fs::FileKind;

use crate::P1;
use crate::abi::{
    self, ADVICE_NAMES, CLOCK_NAMES, EVENT_CLOCK, EVENT_FD_READ, FDSTAT_SIZE, FILETYPE_NAMES, IOVEC_SIZE, Layout,
    PRESTAT_SIZE, SIGNAL_NAMES,
};
use crate::errno::Errno;
use crate::memory::{Memory, field_u32, field_u64};
use crate::table::{Function, Kind, Parameter, functions};

/// The most bytes of one string or buffer that are shown.
const SHOWN_BYTES: usize = 64;
/// The most elements of one list that are shown.
const SHOWN_ELEMENTS: usize = 8;

/// Where lines go.
#[derive(Clone)]
pub struct TraceSink {
    write: Arc<dyn Fn(&str) + Send + Sync>,
    durations: bool,
}

impl TraceSink {
    /// A sink that is given each line, without a line break.
    pub fn new(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { write: Arc::new(write), durations: false }
    }

    /// Show how long each call took on the guest's monotonic clock, its waits included.
    pub fn with_durations(mut self) -> Self {
        self.durations = true;
        self
    }
}

/// The beginning of the line of a call that is pending, and when the call was tried first.
pub(crate) struct PendingLine {
    text: String,
    began: u64,
    sink: TraceSink,
}

impl PendingLine {
    /// The guest was ended while the call waited.
    pub(crate) fn cut_short(self, trap: &Trap) {
        (self.sink.write)(&format!("{} = ? ({trap})", self.text));
    }
}

/// Every function of both module names, each telling `sink` of its calls.
pub fn traced<T>(sink: TraceSink) -> Vec<Import<T>>
where
    T: HostData + AsMut<P1>,
{
    let traced = |function: &'static Function| {
        let sink = sink.clone();
        function.import_as(move |call: &mut Call<'_, T>, slots: &mut [Slot]| {
            trace(function, &sink, call.data.as_mut(), call.memory, slots)
        })
    };
    functions().map(traced).collect()
}

fn trace(function: &Function, sink: &TraceSink, p1: &mut P1, memory: &mut [u8], slots: &mut [Slot]) -> Flow {
    let mut line = p1.traced.take().unwrap_or_else(|| PendingLine {
        text: call_text(function, &Memory::new(memory), slots),
        began: if sink.durations { p1.host.system.monotonic.now() } else { 0 },
        sink: sink.clone(),
    });
    let arguments = slots.to_vec();
    let flow = function.call(p1, memory, slots);
    let outcome = slots.first().map_or(0, |slot| u32::from(*slot));
    match &flow {
        Flow::Pending => {
            p1.traced = Some(line);
            return flow;
        }
        Flow::Trap(trap) if matches!(trap.kind, TrapKind::Exit(_)) => line.text.push_str(" = ?"),
        // Formatting into a string cannot fail, here and below.
        Flow::Trap(trap) => _ = write!(line.text, " = ? ({trap})"),
        Flow::Done if outcome == 0 => line.text.push_str(&result_text(function, &Memory::new(memory), &arguments)),
        Flow::Done => match Errno::from_number(outcome) {
            Some(errno) => _ = write!(line.text, " = {} ({})", errno.name(), errno.message()),
            None => _ = write!(line.text, " = {outcome}"),
        },
    }
    if sink.durations {
        _ = write!(line.text, " [{}]", duration(p1.host.system.monotonic.now().saturating_sub(line.began)));
    }
    (sink.write)(&line.text);
    flow
}

/// A duration to three digits or so: `950ns`, `12.3µs`, `4.5ms`, `6.7s`.
fn duration(nanoseconds: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", nanoseconds / unit, nanoseconds % unit / (unit / 10));
    match nanoseconds {
        0..1_000 => format!("{nanoseconds}ns"),
        1_000..1_000_000 => tenths(1_000) + "µs",
        1_000_000..1_000_000_000 => tenths(1_000_000) + "ms",
        _ => tenths(1_000_000_000) + "s",
    }
}

/// The call and its arguments, as they are before it.
fn call_text(function: &Function, memory: &Memory<'_>, slots: &[Slot]) -> String {
    let mut text = format!("{}(", function.name);
    let mut first = true;
    for (index, (parameter, slot)) in function.parameters.iter().zip(slots).enumerate() {
        let next = slots.get(index + 1).map_or(0, |slot| u32::from(*slot));
        let Some(shown) = argument_text(parameter, *slot, next, function.layout, memory, slots) else { continue };
        if !first {
            text.push_str(", ");
        }
        first = false;
        text.push_str(&shown);
    }
    text.push(')');
    text
}

/// One argument; none if it is shown with another, or as the result.
fn argument_text(
    parameter: &Parameter,
    slot: Slot,
    next: u32,
    layout: &Layout,
    memory: &Memory<'_>,
    slots: &[Slot],
) -> Option<String> {
    let number = u32::from(slot);
    Some(match parameter.kind {
        Kind::Length
        | Kind::SubscriptionCount
        | Kind::OutHidden
        | Kind::OutU32
        | Kind::OutU64
        | Kind::OutRoFlags
        | Kind::OutFilestat
        | Kind::OutFdstat
        | Kind::OutPrestat => return None,
        Kind::Fd => (number as i32).to_string(),
        Kind::ExitCode => number.to_string(),
        Kind::Text => bytes_text(memory, number, next),
        Kind::Buffer => format!("[{next}]"),
        Kind::ReadList => list_text(memory, number, next, |_, len| len.to_string()),
        Kind::WriteList => list_text(memory, number, next, |pointer, len| bytes_text(memory, pointer, len)),
        Kind::Subscriptions => {
            subscriptions_text(memory, layout, number, slots.get(2).map_or(0, |&count| count.into()))
        }
        Kind::LookupFlags => flags_text::<abi::LookupFlags>(number),
        Kind::OFlags => flags_text::<abi::OFlags>(number),
        Kind::FdFlags => flags_text::<abi::FdFlags>(number),
        Kind::FstFlags => flags_text::<abi::FstFlags>(number),
        Kind::RiFlags => flags_text::<abi::RiFlags>(number),
        Kind::SiFlags => flags_text::<abi::SiFlags>(number),
        Kind::SdFlags => flags_text::<abi::SdFlags>(number),
        Kind::ClockId => name_text(CLOCK_NAMES, number),
        Kind::Advice => name_text(ADVICE_NAMES, number),
        Kind::Signal => name_text(SIGNAL_NAMES, number),
        Kind::Whence => {
            layout.whence.get(number as usize).map_or_else(|| number.to_string(), |it| it.name().to_owned())
        }
        Kind::Rights => format!("{:#x}", u64::from(slot)),
        Kind::U64 => u64::from(slot).to_string(),
        Kind::Delta => i64::from(slot).to_string(),
    })
}

/// What a successful call wrote through its pointers, or 0 if there is nothing to show.
fn result_text(function: &Function, memory: &Memory<'_>, arguments: &[Slot]) -> String {
    let mut shown = Vec::new();
    for (parameter, slot) in function.parameters.iter().zip(arguments) {
        let pointer = u32::from(*slot);
        let text = match parameter.kind {
            Kind::OutU32 => memory.read(pointer).map(|bytes| u32::from_le_bytes(bytes).to_string()),
            Kind::OutU64 => memory.read(pointer).map(|bytes| u64::from_le_bytes(bytes).to_string()),
            Kind::OutRoFlags => {
                memory.read(pointer).map(|bytes| flags_text::<abi::RoFlags>(u16::from_le_bytes(bytes).into()))
            }
            Kind::OutFilestat => memory.bytes(pointer, function.layout.filestat_size).map(|record| {
                let size = field_u64(record, function.layout.size_offset);
                format!("{{{}, {size} bytes}}", filetype_text(record.get(16)))
            }),
            Kind::OutFdstat => memory.bytes(pointer, FDSTAT_SIZE).map(|record| {
                let flags = flags_text::<abi::FdFlags>(field_u32(record, 0) >> 16);
                format!(
                    "{{{}, {flags}, {:#x}, {:#x}}}",
                    filetype_text(record.first()),
                    field_u64(record, 8),
                    field_u64(record, 16)
                )
            }),
            Kind::OutPrestat => memory.bytes(pointer, PRESTAT_SIZE).map(|record| match field_u32(record, 0) {
                abi::PREOPEN_DIR => format!("{{dir, {}}}", field_u32(record, 4)),
                tag => format!("{{{tag}}}"),
            }),
            _ => continue,
        };
        shown.extend(text);
    }
    if shown.is_empty() { " = 0".to_owned() } else { format!(" = {}", shown.join(", ")) }
}

fn filetype_text(number: Option<&u8>) -> &'static str {
    let number = number.copied().unwrap_or_else(|| abi::filetype(FileKind::Unknown));
    FILETYPE_NAMES.get(number as usize).copied().unwrap_or("?")
}

fn name_text(names: &[&str], number: u32) -> String {
    names.get(number as usize).map_or_else(|| number.to_string(), |name| (*name).to_owned())
}

/// The names of flags, joined; bits without one as a number.
fn flags_text<F>(raw: u32) -> String
where
    F: bitflags::Flags,
    F::Bits: TryFrom<u32> + Into<u64>,
{
    let Ok(bits) = F::Bits::try_from(raw) else { return format!("{raw:#x}") };
    let flags = F::from_bits_retain(bits);
    let mut names: Vec<String> = flags.iter_names().map(|(name, _)| name.to_owned()).collect();
    let unknown = u64::from(raw) & !F::all().bits().into();
    if unknown != 0 || names.is_empty() {
        names.push(if unknown == 0 { "0".to_owned() } else { format!("{unknown:#x}") });
    }
    names.join("|")
}

/// A string or the bytes of a buffer, quoted, escaped and cut.
fn bytes_text(memory: &Memory<'_>, pointer: u32, len: u32) -> String {
    let shown = len.min(SHOWN_BYTES as u32);
    let (Ok(bytes), Ok(())) = (memory.bytes(pointer, shown), memory.check(pointer, len)) else {
        return format!("{pointer:#x}?");
    };
    let mut text = String::from("\"");
    for chunk in bytes.utf8_chunks() {
        text.extend(chunk.valid().escape_debug());
        for byte in chunk.invalid() {
            _ = write!(text, "\\x{byte:02x}");
        }
    }
    text.push('"');
    if shown < len {
        text.push('…');
    }
    text
}

fn list_text(memory: &Memory<'_>, pointer: u32, count: u32, show: impl Fn(u32, u32) -> String) -> String {
    let shown = count.min(SHOWN_ELEMENTS as u32);
    let Ok(records) = memory.bytes(pointer, shown * IOVEC_SIZE) else { return format!("{pointer:#x}?") };
    let records = records.chunks_exact(IOVEC_SIZE as usize);
    let mut parts: Vec<_> = records.map(|record| show(field_u32(record, 0), field_u32(record, 4))).collect();
    if shown < count {
        parts.push("…".to_owned());
    }
    format!("[{}]", parts.join(", "))
}

fn subscriptions_text(memory: &Memory<'_>, layout: &Layout, pointer: u32, count: u32) -> String {
    let shown = count.min(SHOWN_ELEMENTS as u32);
    let Ok(records) = memory.bytes(pointer, shown * layout.subscription_size) else { return format!("{pointer:#x}?") };
    let part = |record: &[u8]| {
        let clock = record.get(layout.clock_offset as usize..).unwrap_or_default();
        match record.get(8).copied() {
            Some(EVENT_CLOCK) => {
                let at = if field_u32(clock, 24) & 1 == 1 { "at" } else { "in" };
                format!("{} {at} {}", name_text(CLOCK_NAMES, field_u32(clock, 0)), duration(field_u64(clock, 8)))
            }
            Some(EVENT_FD_READ) => format!("read {}", field_u32(record, 16) as i32),
            _ => format!("write {}", field_u32(record, 16) as i32),
        }
    };
    let mut parts: Vec<_> = records.chunks_exact(layout.subscription_size as usize).map(part).collect();
    if shown < count {
        parts.push("…".to_owned());
    }
    format!("[{}]", parts.join(", "))
}
