//! Moves the start section of a module into an export.
//!
//! An engine runs a start function while it instantiates: before the host could bind the guest's memory, and where
//! no engine can park. So the section is taken out and the function is exported as [`EXPORT`] instead; a backend
//! calls it from [`Instance::start`](crate::Instance::start). Only sections before the code section change size, so
//! offsets within the code section, which DWARF uses, stay valid.

use std::borrow::Cow;
use std::ops::Range;

use wasm_encoder::{ExportKind, ExportSection, RawSection};
use wasmparser::{ExternalKind, Parser, Payload};

use crate::{EngineError, ErrorStage};

/// The export that takes the place of the start section.
pub const EXPORT: &str = "tambo:start";

/// The module without its start section; borrowed as it is if it has none, which is the usual case.
///
/// The bytes need not be valid: whatever cannot be parsed here is left for the engine's validator to refuse.
pub fn lift_start(wasm: &[u8]) -> Result<Cow<'_, [u8]>, EngineError> {
    let Some(function) = start_function(wasm) else { return Ok(Cow::Borrowed(wasm)) };
    let mut out = wasm.get(..8).unwrap_or_default().to_vec();
    let mut exported = false;
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload.map_err(malformed)?;
        match &payload {
            Payload::StartSection { .. } => {
                if !exported {
                    append(&mut out, &exports_with(None, function)?);
                    exported = true;
                }
            }
            Payload::ExportSection(exports) => {
                append(&mut out, &exports_with(Some(exports.clone()), function)?);
                exported = true;
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    if !exported && follows_start(id) {
                        append(&mut out, &exports_with(None, function)?);
                        exported = true;
                    }
                    append(&mut out, &RawSection { id, data: section(wasm, range) });
                }
            }
        }
    }
    Ok(Cow::Owned(out))
}

fn start_function(wasm: &[u8]) -> Option<u32> {
    Parser::new(0).parse_all(wasm).map_while(Result::ok).find_map(|payload| match payload {
        Payload::StartSection { func, .. } => Some(func),
        _ => None,
    })
}

/// Element, code, data and data-count sections come after the start section's place.
fn follows_start(id: u8) -> bool {
    matches!(id, 9..=12)
}

fn exports_with(
    existing: Option<wasmparser::ExportSectionReader<'_>>,
    start: u32,
) -> Result<ExportSection, EngineError> {
    let mut section = ExportSection::new();
    for export in existing.into_iter().flatten() {
        let export = export.map_err(malformed)?;
        let kind = match export.kind {
            ExternalKind::Func | ExternalKind::FuncExact => ExportKind::Func,
            ExternalKind::Table => ExportKind::Table,
            ExternalKind::Memory => ExportKind::Memory,
            ExternalKind::Global => ExportKind::Global,
            ExternalKind::Tag => ExportKind::Tag,
        };
        section.export(export.name, kind, export.index);
    }
    section.export(EXPORT, ExportKind::Func, start);
    Ok(section)
}

fn section(wasm: &[u8], range: Range<u64>) -> &[u8] {
    wasm.get(range.start as usize..range.end as usize).unwrap_or_default()
}

fn append(out: &mut Vec<u8>, section: &impl wasm_encoder::Section) {
    section.append_to(out);
}

fn malformed(error: wasmparser::BinaryReaderError) -> EngineError {
    EngineError::new(ErrorStage::Compile, format!("malformed module: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lifted(text: &str) -> (Vec<u8>, Vec<u8>) {
        let wasm = wat::parse_str(text).unwrap();
        let out = lift_start(&wasm).unwrap().into_owned();
        wasmparser::validate(&out).unwrap();
        (wasm, out)
    }

    fn export_names(wasm: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(wasm) {
            if let Payload::ExportSection(exports) = payload.unwrap() {
                names.extend(exports.into_iter().map(|export| export.unwrap().name.to_owned()));
            }
        }
        names
    }

    #[test]
    fn a_module_without_start_is_untouched() {
        let (wasm, out) = lifted("(module (func (export \"f\")))");
        assert_eq!(wasm, out);
    }

    #[test]
    fn the_start_function_becomes_an_export() {
        for text in [
            "(module (func $s) (start $s))",
            "(module (func $s) (start $s) (export \"s\" (func $s)))",
            "(module (memory 1) (func $s) (start $s) (data (i32.const 0) \"x\"))",
            "(module (table 1 funcref) (func $s) (start $s) (elem (i32.const 0) $s))",
        ] {
            let (_, out) = lifted(text);
            assert!(start_function(&out).is_none(), "{text}");
            assert_eq!(export_names(&out).last().unwrap(), EXPORT, "{text}");
        }
    }
}
