//! Functions around an address: the one that was compiled, and those that were inlined into it.

use gimli::{AttributeValue, DebuggingInformationEntry, UnitOffset, constants as dw};
use tambo_engine::Location;

use crate::demangle::demangle;
use crate::dwarf::{Bytes, Source};
use crate::entry;
use crate::lines::file;
use crate::work::Work;

type Entry<'a> = DebuggingInformationEntry<Bytes<'a>>;

/// How many entries a name may be away.
const HOPS: usize = 8;

/// How deep functions are inlined into one another, at most.
const DEEPEST: usize = 64;

/// A function, and where it was inlined.
pub(crate) struct Call {
    /// Its name.
    pub(crate) function: Option<String>,
    /// Where it is called, if it is inlined.
    pub(crate) from: Option<Location>,
}

/// The function that an address is in, then what is inlined there, from the outside in.
pub(crate) fn inlined(source: &Source<'_, '_>, address: u64, work: &mut Work) -> Option<Vec<Call>> {
    let mut entries = source.unit.entries_raw(None).ok()?;
    let mut chain: Vec<(isize, Entry<'_>)> = Vec::new();
    let mut entry = Entry::null();
    while !entries.is_empty() && chain.len() < DEEPEST {
        let depth = entries.next_depth();
        // Past the end of the function.
        if chain.first().is_some_and(|&(outermost, _)| depth <= outermost) {
            break;
        }
        let exists = entries.read_entry(&mut entry).ok()?;
        work.spend(1 + entry.attrs().len())?;
        let wanted = if chain.is_empty() { dw::DW_TAG_subprogram } else { dw::DW_TAG_inlined_subroutine };
        if !exists || entry.tag() != wanted || !entry::covers(source, &entry, address, work)? {
            continue;
        }
        while chain.last().is_some_and(|&(outer, _)| outer >= depth) {
            chain.pop();
        }
        chain.push((depth, entry.clone()));
    }
    Some(chain.iter().map(|(_, entry)| call(source, entry, work)).collect())
}

fn call<'a>(source: &Source<'_, 'a>, entry: &Entry<'a>, work: &mut Work) -> Call {
    let number = |name| entry.attr_value(name).and_then(|value| value.udata_value());
    let small = |name| number(name).and_then(|value| u32::try_from(value).ok()).filter(|&value| value != 0);
    let from = (entry.tag() == dw::DW_TAG_inlined_subroutine).then(|| Location {
        function: None,
        file: call_file(entry).and_then(|number| file(source, number, work)),
        line: small(dw::DW_AT_call_line),
        column: small(dw::DW_AT_call_column),
    });
    Call { function: name(source, entry, work, HOPS), from }
}

fn call_file(entry: &Entry<'_>) -> Option<u64> {
    match entry.attr_value(dw::DW_AT_call_file)? {
        AttributeValue::FileIndex(number) => Some(number),
        other => other.udata_value(),
    }
}

/// The name of a function, which may be told by the entry of what it is an instance of.
fn name<'a>(source: &Source<'_, 'a>, entry: &Entry<'a>, work: &mut Work, hops: usize) -> Option<String> {
    for attribute in [dw::DW_AT_linkage_name, dw::DW_AT_MIPS_linkage_name] {
        if let Some(name) = entry.attr_value(attribute).and_then(|name| source.text(name, work)) {
            return Some(demangle(&name));
        }
    }
    let origin = [dw::DW_AT_abstract_origin, dw::DW_AT_specification].iter().find_map(|&name| entry.attr_value(name));
    let hops = hops.checked_sub(1)?;
    let told = match origin {
        Some(AttributeValue::UnitRef(offset)) => name_at(source, offset, work, hops),
        Some(AttributeValue::DebugInfoRef(offset)) => name_elsewhere(source, offset, work, hops),
        _ => None,
    };
    told.or_else(|| entry.attr_value(dw::DW_AT_name).and_then(|name| source.text(name, work)))
}

fn name_at(source: &Source<'_, '_>, offset: UnitOffset, work: &mut Work, hops: usize) -> Option<String> {
    let entry = source.unit.entry(offset).ok()?;
    work.spend(1 + entry.attrs().len())?;
    name(source, &entry, work, hops)
}

/// In whichever unit it is.
fn name_elsewhere(
    source: &Source<'_, '_>,
    offset: gimli::DebugInfoOffset,
    work: &mut Work,
    hops: usize,
) -> Option<String> {
    let mut headers = source.dwarf.units();
    while let Ok(Some(header)) = headers.next() {
        work.spend(1)?;
        if let Some(offset) = offset.to_unit_offset(&header) {
            return name_at(&Source::open(source.dwarf, header, work)?, offset, work, hops);
        }
    }
    None
}
