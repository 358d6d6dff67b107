//! From an offset in a core module to places in its source (<https://yurydelendik.github.io/webassembly-dwarf/>).

use std::collections::HashMap;
use std::sync::Arc;

use gimli::{
    AttributeValue, DebuggingInformationEntry, Dwarf, EndianSlice, LittleEndian, Reader as _, Section as _, Unit,
    UnitHeader, constants as dw,
};
use tambo_engine::Location;
use wasmparser::{Parser, Payload};

use crate::functions::inlined;
use crate::lines::{header_fits, line};
use crate::work::{LARGEST, Work};
use crate::{entry, functions};

pub(crate) type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// The source places of instructions, given as offsets from the start of a core module: for each, innermost inlined
/// function first, or nothing if the module does not tell. The functions in them are demangled.
pub fn locate(module: &[u8], offsets: &[u64]) -> Vec<Vec<Location>> {
    locate_within(module, offsets, &mut Work::new())
}

pub(crate) fn locate_within(module: &[u8], offsets: &[u64], work: &mut Work) -> Vec<Vec<Location>> {
    let mut found = vec![Vec::new(); offsets.len()];
    let Some((code, dwarf)) = sections(module) else { return found };
    let mut headers = dwarf.units();
    while let Ok(Some(header)) = headers.next() {
        if work.is_done() || found.iter().all(|found| !found.is_empty()) {
            break;
        }
        let Some(unit) = Source::open(&dwarf, header, work) else { continue };
        for (found, offset) in found.iter_mut().zip(offsets) {
            // Addresses are offsets from the start of the code section.
            if let (true, Some(address)) = (found.is_empty(), offset.checked_sub(code)) {
                *found = unit.places(address, work).unwrap_or_default();
            }
        }
    }
    found
}

/// Where the code section begins, and the sections with debug information; none if there are none.
fn sections(module: &[u8]) -> Option<(u64, Dwarf<Bytes<'_>>)> {
    let mut sections: HashMap<&str, &[u8]> = HashMap::new();
    let mut code = None;
    for payload in Parser::new(0).parse_all(module).map_while(Result::ok) {
        match payload {
            Payload::CodeSectionStart { unchecked_range, .. } => code = Some(unchecked_range.start),
            Payload::CustomSection(custom) if custom.name().starts_with(".debug_") => {
                sections.entry(custom.name()).or_insert(custom.data());
            }
            _ => {}
        }
    }
    if !sections.contains_key(".debug_info") {
        return None;
    }
    let section = |id: gimli::SectionId| {
        Ok::<_, gimli::Error>(EndianSlice::new(sections.get(id.name()).copied().unwrap_or_default(), LittleEndian))
    };
    Some((code?, Dwarf::load(section).ok()?))
}

/// A unit of debug information, which describes a file that was compiled.
pub(crate) struct Source<'d, 'a> {
    pub(crate) dwarf: &'d Dwarf<Bytes<'a>>,
    pub(crate) unit: Unit<Bytes<'a>>,
    root: DebuggingInformationEntry<Bytes<'a>>,
}

impl<'d, 'a> Source<'d, 'a> {
    /// None if it is malformed, or would be too much.
    pub(crate) fn open(dwarf: &'d Dwarf<Bytes<'a>>, header: UnitHeader<Bytes<'a>>, work: &mut Work) -> Option<Self> {
        work.spend(header.size_of_header())?;
        abbreviations_fit(dwarf, &header, work)?;
        let abbreviations = header.abbreviations(&dwarf.debug_abbrev).ok()?;
        let mut root = DebuggingInformationEntry::null();
        header.entries_raw(&abbreviations, None).ok()?.read_entry(&mut root).ok()?;
        work.spend(root.attrs().len())?;
        if let Some(AttributeValue::DebugLineRef(offset)) = root.attr_value(dw::DW_AT_stmt_list) {
            header_fits(dwarf, offset.0, work)?;
        }
        let unit = Unit::new_with_abbreviations(dwarf, header, Arc::new(abbreviations)).ok()?;
        let texts = [&unit.name, &unit.comp_dir];
        work.spend(texts.iter().filter_map(|text| text.as_ref()).map(|text| text.len()).sum())?;
        Some(Self { dwarf, unit, root })
    }

    /// Where an address is in the source; none if it is not in this unit.
    fn places(&self, address: u64, work: &mut Work) -> Option<Vec<Location>> {
        if !entry::covers(self, &self.root, address, work)? {
            return None;
        }
        // What is not told exactly is told as far as it goes.
        let calls = inlined(self, address, work).unwrap_or_default();
        let line = line(self, address, work);
        if calls.is_empty() && line.is_none() {
            return None;
        }
        let mut places = vec![line.unwrap_or_default()];
        for call in calls.into_iter().rev() {
            let functions::Call { function, from } = call;
            if let Some(place) = places.last_mut() {
                place.function = function;
            }
            places.extend(from);
        }
        Some(places)
    }

    /// A text that is part of the debug information, if it is one.
    pub(crate) fn text(&self, value: AttributeValue<Bytes<'a>>, work: &mut Work) -> Option<String> {
        let text = self.dwarf.attr_string(&self.unit, value).ok()?;
        work.spend(text.len())?;
        let text = text.slice();
        let text = &text[..text.len().min(crate::demangle::LONGEST_NAME)];
        Some(String::from_utf8_lossy(text).into_owned())
    }
}

/// Pay for the abbreviations of a unit, which are read as a whole; none if they are too long.
fn abbreviations_fit(dwarf: &Dwarf<Bytes<'_>>, header: &UnitHeader<Bytes<'_>>, work: &mut Work) -> Option<()> {
    let mut rest = *dwarf.debug_abbrev.reader();
    rest.skip(header.debug_abbrev_offset().0).ok()?;
    let all = rest.len().min(LARGEST);
    rest.truncate(all).ok()?;
    let complete = skip_abbreviations(&mut rest);
    work.spend(all - rest.len())?;
    complete
}

fn skip_abbreviations(rest: &mut Bytes<'_>) -> Option<()> {
    while rest.read_uleb128().ok()? != 0 {
        let (_tag, _has_children) = (rest.read_uleb128().ok()?, rest.read_u8().ok()?);
        loop {
            let (name, form) = (rest.read_uleb128().ok()?, rest.read_uleb128().ok()?);
            if form == u64::from(dw::DW_FORM_implicit_const.0) {
                rest.read_sleb128().ok()?;
            }
            if (name, form) == (0, 0) {
                break;
            }
        }
    }
    Some(())
}
