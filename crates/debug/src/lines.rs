//! Line programs: which line an address comes from, and what files are called.

use gimli::{ColumnType, Dwarf, LineProgramHeader, Reader as _, Section as _};
use tambo_engine::Location;

use crate::dwarf::{Bytes, Source};
use crate::work::{LARGEST, Work};

/// A row that lasts until the next one.
#[derive(Clone, Copy)]
struct Row {
    address: u64,
    file: u64,
    line: Option<u32>,
    column: Option<u32>,
}

/// Pay for the header of a line program, which is read as a whole; none if it is too large.
pub(crate) fn header_fits(dwarf: &Dwarf<Bytes<'_>>, offset: usize, work: &mut Work) -> Option<()> {
    let mut header = *dwarf.debug_line.reader();
    header.skip(offset).ok()?;
    let (_, format) = header.read_initial_length().ok()?;
    if header.read_u16().ok()? >= 5 {
        let _sizes_of_addresses = header.read_u16().ok()?;
    }
    let length = header.read_length(format).ok()?;
    if length > LARGEST {
        return None;
    }
    work.spend(length)
}

/// The place of an address, as far as the line program tells.
pub(crate) fn line(source: &Source<'_, '_>, address: u64, work: &mut Work) -> Option<Location> {
    let program = source.unit.line_program.clone()?;
    // Rows take a byte each, at least.
    work.spend(program.header().unit_length())?;
    let mut rows = program.rows();
    let mut last: Option<Row> = None;
    let row = loop {
        let (_, row) = rows.next_row().ok()??;
        match last {
            Some(last) if (last.address..row.address()).contains(&address) => break last,
            _ => {}
        }
        let column = match row.column() {
            ColumnType::LeftEdge => None,
            ColumnType::Column(column) => u32::try_from(column.get()).ok(),
        };
        let line = row.line().and_then(|line| u32::try_from(line.get()).ok());
        let row_here = Row { address: row.address(), file: row.file_index(), line, column };
        last = (!row.end_sequence()).then_some(row_here);
    };
    Some(Location { function: None, file: file(source, row.file, work), line: row.line, column: row.column })
}

/// The path of a file by its number, from the root or from where the compiler ran.
pub(crate) fn file(source: &Source<'_, '_>, number: u64, work: &mut Work) -> Option<String> {
    let header: &LineProgramHeader<_> = source.unit.line_program.as_ref()?.header();
    let file = header.file(number)?;
    let mut path = match &source.unit.comp_dir {
        Some(directory) => directory.to_string_lossy().chars().take(crate::demangle::LONGEST_NAME).collect(),
        None => String::new(),
    };
    work.spend(path.len())?;
    // The first one is where the compiler ran.
    if file.directory_index() != 0
        && let Some(directory) = file.directory(header)
    {
        join(&mut path, &source.text(directory, work)?);
    }
    join(&mut path, &source.text(file.path_name(), work)?);
    Some(path)
}

fn join(path: &mut String, part: &str) {
    if part.starts_with('/') {
        path.clear();
    } else if !path.is_empty() && !path.ends_with('/') {
        path.push('/');
    }
    path.push_str(part);
}
