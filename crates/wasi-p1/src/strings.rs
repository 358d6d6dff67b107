//! Arguments and environment, packed the way a guest reads them: strings with a NUL after each, one after another.

use tambo_kernel::{Error, Result};

use crate::memory::Memory;

pub(crate) struct Strings {
    packed: Vec<u8>,
    offsets: Vec<u32>,
}

impl Strings {
    /// The program's arguments. [`Error::Invalid`] if one has a NUL inside, [`Error::Overflow`] beyond 32 bits.
    pub(crate) fn arguments(arguments: &[String]) -> Result<Self> {
        let mut strings = Self { packed: Vec::new(), offsets: Vec::new() };
        for argument in arguments {
            strings.push(&[argument])?;
        }
        Ok(strings)
    }

    /// The environment. As for arguments; and [`Error::Invalid`] if a name is empty or has a `=` inside.
    pub(crate) fn environment(environment: &[(String, String)]) -> Result<Self> {
        let mut strings = Self { packed: Vec::new(), offsets: Vec::new() };
        for (name, value) in environment {
            if name.is_empty() || name.contains('=') {
                return Err(Error::Invalid);
            }
            strings.push(&[name, "=", value])?;
        }
        Ok(strings)
    }

    fn push(&mut self, parts: &[&str]) -> Result<()> {
        self.offsets.push(u32::try_from(self.packed.len()).map_err(|_| Error::Overflow)?);
        for part in parts {
            if part.contains('\0') {
                return Err(Error::Invalid);
            }
            self.packed.extend_from_slice(part.as_bytes());
        }
        self.packed.push(0);
        u32::try_from(self.packed.len()).map(|_| ()).map_err(|_| Error::Overflow)
    }

    /// Write how many there are and how many bytes they take.
    pub(crate) fn write_sizes(&self, memory: &mut Memory<'_>, count: u32, bytes: u32) -> Result<()> {
        memory.write_u32(count, self.offsets.len() as u32)?;
        memory.write_u32(bytes, self.packed.len() as u32)
    }

    /// Write the strings to `buffer` and a pointer to each to `pointers`.
    pub(crate) fn write(&self, memory: &mut Memory<'_>, pointers: u32, buffer: u32) -> Result<()> {
        memory.range(pointers, self.offsets.len() as u64 * 4)?;
        memory.bytes_mut(buffer, self.packed.len() as u32)?.copy_from_slice(&self.packed);
        let mut pointer = pointers;
        for offset in &self.offsets {
            // A memory of more than 32 bits lets both ranges cross what a pointer reaches.
            memory.write_u32(pointer, buffer.checked_add(*offset).ok_or(Error::Fault)?)?;
            pointer = pointer.wrapping_add(4);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_guest_could_not_read_back_is_refused() {
        let environment = |name: &str, value: &str| Strings::environment(&[(name.into(), value.into())]).err();
        assert_eq!(environment("A", "x=y"), None);
        assert_eq!(environment("A", "a\0b"), Some(Error::Invalid));
        assert_eq!(environment("A\0", "b"), Some(Error::Invalid));
        assert_eq!(environment("A=B", "c"), Some(Error::Invalid));
        assert_eq!(environment("", "c"), Some(Error::Invalid));
        assert_eq!(Strings::arguments(&["a\0".into()]).err(), Some(Error::Invalid));
    }

    #[test]
    fn pointers_lead_to_strings() {
        let strings = Strings::arguments(&["prog".into(), String::new(), "é".into()]).unwrap();
        let mut bytes = vec![0xaa; 100];
        let mut memory = Memory::new(&mut bytes);
        strings.write_sizes(&mut memory, 90, 94).unwrap();
        assert_eq!((memory.read(90), memory.read(94)), (Ok(3u32.to_le_bytes()), Ok(9u32.to_le_bytes())));
        strings.write(&mut memory, 1, 50).unwrap();
        assert_eq!(memory.read(9), Ok(56u32.to_le_bytes()));
        assert_eq!(memory.bytes(50, 10), Ok(&b"prog\0\0\xc3\xa9\0\xaa"[..]));
        assert_eq!(strings.write(&mut memory, 1, 92), Err(Error::Fault));
        assert_eq!(strings.write(&mut memory, 89, 0), Err(Error::Fault));
    }
}
