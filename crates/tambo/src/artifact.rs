//! The precompiled file: an engine's artifact, followed by what it depends on and a checksum.
//!
//! ```text
//! artifact | fingerprint (UTF-8) | xxh3-128 of both | artifact length u64 | fingerprint length u32 | format u32 | magic
//! ```
//!
//! The artifact comes first and whole, so that an engine can map the file as it is. The checksum finds damage, not
//! malice: a precompiled file is native code and is trusted like any program (SECURITY.md).

use xxhash_rust::xxh3::xxh3_128;

use crate::{Error, ErrorKind};

const MAGIC: &[u8; 8] = b"\0tamboA\n";
const FORMAT: u32 = 1;
const FOOTER: usize = 16 + 8 + 4 + 4 + 8;

/// A precompiled file, taken apart.
pub(crate) struct Artifact<'a> {
    /// What the engine serialized.
    pub(crate) payload: &'a [u8],
    /// The engine, version, configuration and target that it was made for.
    pub(crate) fingerprint: &'a str,
}

/// Whether these bytes end like a precompiled file.
pub(crate) fn is_artifact(bytes: &[u8]) -> bool {
    bytes.ends_with(MAGIC)
}

/// Put a precompiled file together.
pub(crate) fn encode(payload: &[u8], fingerprint: &str) -> Vec<u8> {
    let mut file = Vec::with_capacity(payload.len() + fingerprint.len() + FOOTER);
    file.extend_from_slice(payload);
    file.extend_from_slice(fingerprint.as_bytes());
    let checksum = xxh3_128(&file);
    file.extend_from_slice(&checksum.to_le_bytes());
    file.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    file.extend_from_slice(&(fingerprint.len() as u32).to_le_bytes());
    file.extend_from_slice(&FORMAT.to_le_bytes());
    file.extend_from_slice(MAGIC);
    file
}

/// Take a precompiled file apart, and check that it is whole.
pub(crate) fn decode(file: &[u8]) -> Result<Artifact<'_>, Error> {
    let damaged =
        || Error::new(ErrorKind::Precompiled, "the precompiled file is damaged").with_hint("compile it again");
    let (body, footer) = file.split_at_checked(file.len().wrapping_sub(FOOTER)).ok_or_else(damaged)?;
    if !footer.ends_with(MAGIC) {
        return Err(Error::new(ErrorKind::Precompiled, "this is no precompiled file, or the damaged end of one")
            .with_hint("make one with `tambo compile`"));
    }
    let format = u32::from_le_bytes(field(footer, 28));
    if format != FORMAT {
        let message = format!("the precompiled file has format {format}, this Tambo reads format {FORMAT}");
        return Err(Error::new(ErrorKind::Precompiled, message).with_hint("compile it again with this version"));
    }
    let checksum = u128::from_le_bytes(field(footer, 0));
    let payload_len = u64::from_le_bytes(field(footer, 16));
    let fingerprint_len = u32::from_le_bytes(field(footer, 24));
    if payload_len.checked_add(u64::from(fingerprint_len)) != Some(body.len() as u64) || xxh3_128(body) != checksum {
        return Err(damaged());
    }
    let (payload, fingerprint) = body.split_at_checked(payload_len as usize).ok_or_else(damaged)?;
    let fingerprint = std::str::from_utf8(fingerprint).map_err(|_| damaged())?;
    Ok(Artifact { payload, fingerprint })
}

fn field<const N: usize>(footer: &[u8], at: usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&footer[at..at + N]);
    bytes
}

/// The error for a file that was made for something else than what runs now.
pub(crate) fn wrong_fingerprint(made_for: &str, here: &str) -> Error {
    Error::new(ErrorKind::Precompiled, format!("compiled for {made_for}, but this is {here}"))
        .with_hint("compile it again with `tambo compile`, with the options that it will run with")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_comes_apart_as_it_was_put_together() {
        let file = encode(b"payload", "engine 1");
        assert!(is_artifact(&file));
        let artifact = decode(&file).unwrap();
        assert_eq!((artifact.payload, artifact.fingerprint), (&b"payload"[..], "engine 1"));
    }

    #[test]
    fn damage_anywhere_is_found() {
        let file = encode(b"payload", "engine 1");
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x40;
            assert!(decode(&damaged).is_err(), "byte {at}");
        }
        for len in 0..file.len() {
            assert!(decode(&file[..len]).is_err(), "length {len}");
        }
    }
}
