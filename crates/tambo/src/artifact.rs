//! The precompiled file: an engine's artifact, followed by what it depends on and a checksum.
//!
//! ```text
//! artifact | tables | fingerprint (UTF-8)
//! | artifact length u64 | tables length u64 | fingerprint length u32 | kind u32
//! | xxh3-128 of all before | format u32 | magic
//! ```
//!
//! The artifact comes first and whole, so that an engine can map the file as it is. The kind says whether it is a module
//! or the image of a component, which has tables. The checksum finds damage, not malice: a precompiled file is native
//! code and is trusted like any program (SECURITY.md).

use xxhash_rust::xxh3::xxh3_128;

use crate::{Error, ErrorKind};

const MAGIC: &[u8; 8] = b"\0tamboA\n";
const FORMAT: u32 = 2;
const LENGTHS: usize = 8 + 8 + 4 + 4;
const SEAL: usize = 16 + 4 + 8;
/// Where the kind is, from the end of the file.
const KIND_FROM_END: usize = SEAL + 4;

const MODULE: u32 = 0;
const COMPONENT: u32 = 1;

/// A precompiled file, taken apart.
pub(crate) struct Artifact<'a> {
    /// What the engine serialized.
    pub(crate) payload: &'a [u8],
    /// What a component needs beside it; none if it is a module.
    pub(crate) tables: Option<&'a [u8]>,
    /// The engine, version, configuration and target that it was made for.
    pub(crate) fingerprint: &'a str,
}

impl<'a> Artifact<'a> {
    /// The engine's part, if this is a module.
    pub(crate) fn module(&self) -> Result<&'a [u8], Error> {
        match self.tables {
            None => Ok(self.payload),
            Some(_) => Err(Error::new(ErrorKind::Precompiled, "this precompiled file holds a component, not a module")
                .with_hint("load it with `Runtime::load_precompiled_component`")),
        }
    }

    /// The engine's part and the tables, if this is a component.
    pub(crate) fn component(&self) -> Result<(&'a [u8], &'a [u8]), Error> {
        self.tables.map(|tables| (self.payload, tables)).ok_or_else(|| {
            Error::new(ErrorKind::Precompiled, "this precompiled file holds a module, not a component")
                .with_hint("load it with `Runtime::load_precompiled`")
        })
    }

    /// An error if it was made for something else than what runs now.
    pub(crate) fn check_fingerprint(&self, here: &str) -> Result<(), Error> {
        if self.fingerprint == here {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Precompiled, differences(self.fingerprint, here)).with_hint(
            "compile it again with `tambo compile`, with the options that it will run with: interrupts are on with \
             --timeout (and in `tambo serve`), fuel with --fuel, backtraces unless there is --no-backtrace",
        ))
    }
}

/// Which parts of two fingerprints differ, in words. Their hashes say nothing to people, and differ with every other part.
fn differences(there: &str, here: &str) -> String {
    let is_hash = |part: &str| part.starts_with("hash ");
    let (there, here): (Vec<&str>, Vec<&str>) = (there.split(", ").collect(), here.split(", ").collect());
    if there.len() != here.len() {
        return format!("compiled for {}, but this is {}", there.join(", "), here.join(", "));
    }
    let differing = there.into_iter().zip(here).filter(|(there, here)| there != here && !is_hash(there));
    let (there, here): (Vec<&str>, Vec<&str>) = differing.unzip();
    if there.is_empty() {
        return "compiled for another processor, or for the engine in another configuration".to_owned();
    }
    format!("compiled for {}, but this is {}", there.join(", "), here.join(", "))
}

/// Whether these bytes end like a precompiled file.
pub(crate) fn is_artifact(bytes: &[u8]) -> bool {
    bytes.ends_with(MAGIC)
}

/// Whether a file with this end is precompiled, and holds a component.
pub(crate) fn is_component(end: &[u8]) -> bool {
    let kind = end.len().checked_sub(KIND_FROM_END).and_then(|at| end[at..].first_chunk());
    is_artifact(end) && kind == Some(&COMPONENT.to_le_bytes())
}

/// Put a precompiled file together.
pub(crate) fn encode(payload: &[u8], tables: Option<&[u8]>, fingerprint: &str) -> Vec<u8> {
    let kind = if tables.is_some() { COMPONENT } else { MODULE };
    let tables = tables.unwrap_or_default();
    let mut file = Vec::with_capacity(payload.len() + tables.len() + fingerprint.len() + LENGTHS + SEAL);
    file.extend_from_slice(payload);
    file.extend_from_slice(tables);
    file.extend_from_slice(fingerprint.as_bytes());
    file.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    file.extend_from_slice(&(tables.len() as u64).to_le_bytes());
    file.extend_from_slice(&(fingerprint.len() as u32).to_le_bytes());
    file.extend_from_slice(&kind.to_le_bytes());
    let checksum = xxh3_128(&file);
    file.extend_from_slice(&checksum.to_le_bytes());
    file.extend_from_slice(&FORMAT.to_le_bytes());
    file.extend_from_slice(MAGIC);
    file
}

/// Take a precompiled file apart, and check that it is whole.
pub(crate) fn decode(file: &[u8]) -> Result<Artifact<'_>, Error> {
    let (sealed, seal) = split_end(file, SEAL).ok_or_else(damaged)?;
    if !seal.ends_with(MAGIC) {
        return Err(Error::new(ErrorKind::Precompiled, "this is no precompiled file, or the damaged end of one")
            .with_hint("make one with `tambo compile`"));
    }
    let format = u32::from_le_bytes(field(seal, 16));
    if format != FORMAT {
        let message = format!("the precompiled file has format {format}, this Tambo reads format {FORMAT}");
        return Err(Error::new(ErrorKind::Precompiled, message).with_hint("compile it again with this version"));
    }
    if xxh3_128(sealed) != u128::from_le_bytes(field(seal, 0)) {
        return Err(damaged());
    }
    split(sealed).ok_or_else(damaged)
}

/// The parts of what the checksum covers.
fn split(sealed: &[u8]) -> Option<Artifact<'_>> {
    let (body, lengths) = split_end(sealed, LENGTHS)?;
    let length = |at| usize::try_from(u64::from_le_bytes(field(lengths, at))).ok();
    let (payload, rest) = body.split_at_checked(length(0)?)?;
    let (tables, fingerprint) = rest.split_at_checked(length(8)?)?;
    if fingerprint.len() as u64 != u64::from(u32::from_le_bytes(field(lengths, 16))) {
        return None;
    }
    let tables = match u32::from_le_bytes(field(lengths, 20)) {
        MODULE if tables.is_empty() => None,
        COMPONENT => Some(tables),
        _ => return None,
    };
    Some(Artifact { payload, tables, fingerprint: std::str::from_utf8(fingerprint).ok()? })
}

pub(crate) fn damaged() -> Error {
    Error::new(ErrorKind::Precompiled, "the precompiled file is damaged").with_hint("compile it again")
}

fn split_end(bytes: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(bytes.len().checked_sub(length)?)
}

fn field<const N: usize>(footer: &[u8], at: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&footer[at..at + N]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both() -> [Vec<u8>; 2] {
        [encode(b"payload", None, "engine 1"), encode(b"payload", Some(b"tables"), "engine 1")]
    }

    #[test]
    fn a_file_comes_apart_as_it_was_put_together() {
        for (file, tables) in both().iter().zip([None, Some(&b"tables"[..])]) {
            assert!(is_artifact(file));
            let artifact = decode(file).unwrap();
            assert_eq!((artifact.payload, artifact.fingerprint), (&b"payload"[..], "engine 1"));
            assert_eq!(artifact.tables, tables);
            assert_eq!(is_component(file), tables.is_some());
            assert_eq!(is_component(&file[file.len() - KIND_FROM_END..]), tables.is_some());
        }
    }

    #[test]
    fn a_module_is_not_taken_for_a_component() {
        let [module, component] = both();
        let [module, component] = [decode(&module).unwrap(), decode(&component).unwrap()];
        assert_eq!(module.module().unwrap(), b"payload");
        assert_eq!(component.component().unwrap(), (&b"payload"[..], &b"tables"[..]));
        assert!(module.component().unwrap_err().message().contains("holds a module"));
        assert!(component.module().unwrap_err().message().contains("holds a component"));
        assert!(module.check_fingerprint("engine 1").is_ok());
        assert!(module.check_fingerprint("engine 2").is_err());
    }

    #[test]
    fn what_differs_is_told() {
        let print = |version, fuel, hash| format!("wasmtime {version}, x86_64-linux, fuel {fuel}, hash {hash}");
        let told = |there: &str, here: &str| differences(there, here);
        assert_eq!(
            told(&print(47, "off", 1), &print(48, "off", 2)),
            "compiled for wasmtime 47, but this is wasmtime 48"
        );
        assert_eq!(told(&print(48, "off", 1), &print(48, "on", 2)), "compiled for fuel off, but this is fuel on");
        assert!(told(&print(48, "off", 1), &print(48, "off", 2)).contains("another processor"));
        assert_eq!(
            told("wasmtime 47 abc", &print(48, "off", 1)),
            format!("compiled for wasmtime 47 abc, but this is {}", print(48, "off", 1))
        );
    }

    #[test]
    fn damage_anywhere_is_found() {
        for file in both() {
            for at in 0..file.len() {
                let mut damaged = file.clone();
                damaged[at] ^= 0x40;
                assert!(decode(&damaged).is_err(), "byte {at}");
            }
            for len in 0..file.len() {
                assert!(decode(&file[..len]).is_err(), "length {len}");
                assert!(!is_component(&file[..len]), "length {len}");
            }
        }
    }
}
