//! Small files that would be much work.

use crate::dwarf::locate_within;
use crate::work::Work;

/// A module with a function, and these sections.
fn module(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let mut module = wat::parse_str("(module (func nop nop nop))").unwrap();
    for (name, content) in sections {
        let length = (name.len() + 1 + content.len()) as u32;
        module.push(0);
        // Five bytes of LEB128, whatever the length.
        module.extend((0..4).map(|group| (length >> (7 * group)) as u8 | 0x80));
        module.push((length >> 28) as u8);
        module.push(name.len() as u8);
        module.extend(name.as_bytes());
        module.extend(*content);
    }
    module
}

/// That all work is used up, and no place is found.
fn is_too_much(sections: &[(&str, &[u8])]) {
    let module = module(sections);
    let mut work = Work::of(100_000);
    let start = module.windows(3).position(|bytes| bytes == [1, 1, 1]).unwrap() as u64;
    assert_eq!(locate_within(&module, &[start], &mut work), [vec![]]);
    assert!(work.is_done());
}

/// The header of a unit, and its root with an offset into another section.
const UNIT: [u8; 16] = [12, 0, 0, 0, 4, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0];

#[test]
fn units_that_share_a_list_of_ranges() {
    // compile_unit, without children, DW_AT_ranges as DW_FORM_sec_offset.
    let abbreviations = [1, 0x11, 0, 0x55, 0x17, 0, 0, 0];
    for range in [[0xf0, 0xff, 0, 0, 0xf1, 0xff, 0, 0], [9, 0, 0, 0, 9, 0, 0, 0]] {
        is_too_much(&[
            (".debug_abbrev", &abbreviations),
            (".debug_info", &UNIT.repeat(1000)),
            (".debug_ranges", &[&range.repeat(1000)[..], &[0; 8]].concat()),
        ]);
    }
}

#[test]
fn units_that_share_abbreviations_without_end() {
    let endless = [&[1, 0x11, 0][..], &[0x55, 0x19].repeat(10_000)].concat();
    is_too_much(&[(".debug_abbrev", &endless), (".debug_info", &UNIT.repeat(1000))]);
}

#[test]
fn units_that_share_a_line_program() {
    // DW_AT_stmt_list, DW_AT_low_pc and DW_AT_high_pc as numbers in the abbreviation: all of the code.
    let abbreviations = [1, 0x11, 0, 0x10, 0x17, 0x11, 0x21, 0, 0x12, 0x21, 0xff, 0, 0, 0, 0];
    // Version 4, a header without directories and files, and instructions that do nothing.
    let header = [4, 0, 11, 0, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0];
    let idle = [0x0b; 10_000];
    let mut program = ((header.len() + idle.len()) as u32).to_le_bytes().to_vec();
    program.extend(header);
    program.extend(idle);
    is_too_much(&[(".debug_abbrev", &abbreviations), (".debug_info", &UNIT.repeat(1000)), (".debug_line", &program)]);
}

#[test]
fn too_large_a_header_is_not_read() {
    let abbreviations = [1, 0x11, 0, 0x10, 0x17, 0, 0, 0];
    let mut program = 4_000_000_u32.to_le_bytes().to_vec();
    program.extend([4, 0]);
    program.extend(3_000_000_u32.to_le_bytes());
    program.resize(4_000_004, 1);
    let module = module(&[(".debug_abbrev", &abbreviations), (".debug_info", &UNIT), (".debug_line", &program)]);
    let mut work = Work::of(100_000);
    assert_eq!(locate_within(&module, &[40], &mut work), [vec![]]);
    assert!(!work.is_done(), "it was neither read nor paid for");
}
