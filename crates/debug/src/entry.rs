//! Entries of debug information: which addresses they are about.

use gimli::{AttributeValue, DebuggingInformationEntry, constants as dw};

use crate::dwarf::{Bytes, Source};
use crate::work::Work;

/// Whether an entry is about an address. None if that would be too much work.
pub(crate) fn covers<'a>(
    source: &Source<'_, 'a>,
    entry: &DebuggingInformationEntry<Bytes<'a>>,
    address: u64,
    work: &mut Work,
) -> Option<bool> {
    if let Some(ranges) = entry.attr_value(dw::DW_AT_ranges) {
        return in_ranges(source, ranges, address, work);
    }
    let bound = |name| {
        let value = entry.attr_value(name)?;
        let address = source.dwarf.attr_address(&source.unit, value).ok()?;
        Some((address, value))
    };
    // Some tools write the lower bound as a plain number.
    let low = bound(dw::DW_AT_low_pc).and_then(|(address, value)| address.or_else(|| value.udata_value()));
    let Some(low) = low else { return Some(false) };
    let high = match bound(dw::DW_AT_high_pc) {
        Some((Some(high), _)) => Some(high),
        Some((None, length)) => length.udata_value().and_then(|length| low.checked_add(length)),
        None => None,
    };
    Some(high.is_some_and(|high| (low..high).contains(&address)))
}

fn in_ranges<'a>(
    source: &Source<'_, 'a>,
    ranges: AttributeValue<Bytes<'a>>,
    address: u64,
    work: &mut Work,
) -> Option<bool> {
    let Ok(Some(offset)) = source.dwarf.attr_ranges_offset(&source.unit, ranges) else { return Some(false) };
    // The list is paid for as it stands, since entries that mean nothing are passed over in silence.
    let Ok(mut raw) = source.dwarf.raw_ranges(&source.unit, offset) else { return Some(false) };
    while let Ok(Some(_)) = raw.next() {
        work.spend(1)?;
    }
    let Ok(mut ranges) = source.dwarf.ranges(&source.unit, offset) else { return Some(false) };
    while let Ok(Some(range)) = ranges.next() {
        if (range.begin..range.end).contains(&address) {
            return Some(true);
        }
    }
    Some(false)
}
