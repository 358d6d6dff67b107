//! Fields: headers and trailers as guests make and read them, checked and bounded (`wasi:http/types.fields`).
//!
//! Names are compared without their case and sent in lower case, as HTTP/2 and HTTP/3 must; a guest that lists its fields
//! finds them as it spelled them.

use std::rc::Rc;

use http::HeaderMap;
use http::header::{self, HeaderName, HeaderValue};

use super::names::{self, check_name, check_value};
use super::spelling::{Full, Spellings};
use super::{Account, remove_hop_by_hop};

/// What a guest is told about a change of fields that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldsError {
    /// A name that is no token, or a value with control characters.
    InvalidSyntax,
    /// The name is the host's.
    Forbidden,
    /// These fields cannot be changed.
    Immutable,
    /// More fields, or larger ones, than the budget has.
    TooLarge,
}

/// An ordered list of names and values. A clone shares them until one of both is changed.
pub struct Fields {
    map: Rc<HeaderMap>,
    spellings: Rc<Spellings>,
    /// The sum of the lengths of names and values.
    bytes: usize,
    is_mutable: bool,
    account: Rc<Account>,
}

impl Fields {
    /// No fields, to be changed.
    pub fn new(account: &Rc<Account>) -> Self {
        Self { map: Rc::default(), spellings: Rc::default(), bytes: 0, is_mutable: true, account: account.clone() }
    }

    /// The fields of a message that came in, without what is about its connection; immutable. Who received them has
    /// bounded them.
    pub fn received(mut map: HeaderMap, account: &Rc<Account>) -> Self {
        remove_hop_by_hop(&mut map);
        let bytes = map.iter().map(|(name, value)| size(name, value)).sum();
        account.charge_received(bytes);
        Self { map: Rc::new(map), spellings: Rc::default(), bytes, is_mutable: false, account: account.clone() }
    }

    /// The names and values.
    pub fn map(&self) -> &HeaderMap {
        &self.map
    }

    /// The names as the guest spelled them, and the values, in the order in which they are sent.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.spellings.spell(&self.map).map(|(name, value)| (name, value.as_bytes()))
    }

    /// How many entries there are: what a guest's list of them needs room for.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The values of a name; none if it is not valid.
    pub fn get(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let values = HeaderName::from_bytes(name.as_bytes()).ok().map(|name| self.map.get_all(name));
        values.into_iter().flatten().map(HeaderValue::as_bytes)
    }

    /// Whether a name has any value.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).next().is_some()
    }

    /// Replace all values of a name. Changes nothing if it fails.
    pub fn set<'a>(&mut self, name: &str, values: impl IntoIterator<Item = &'a [u8]>) -> Result<(), FieldsError> {
        let spelled = name;
        let name = self.changeable(name)?;
        let limit = self.account.budget.fields as usize;
        let mut checked = Vec::new();
        for value in values {
            if checked.len() == limit {
                return Err(FieldsError::TooLarge);
            }
            checked.push(value_of(&name, value, checked.is_empty())?);
        }
        let former = self.map.get_all(&name).iter().count();
        let former_bytes: usize = self.map.get_all(&name).iter().map(|value| size(&name, value)).sum();
        let bytes: usize = checked.iter().map(|value| size(&name, value)).sum();
        self.resize(self.map.len() - former + checked.len(), self.bytes - former_bytes + bytes)?;
        Rc::make_mut(&mut self.spellings).set(&name, spelled, checked.len())?;
        let map = Rc::make_mut(&mut self.map);
        map.remove(&name);
        for value in checked {
            map.try_append(name.clone(), value).map_err(|_| FieldsError::TooLarge)?;
        }
        Ok(())
    }

    /// Add a value to a name.
    pub fn append(&mut self, name: &str, value: &[u8]) -> Result<(), FieldsError> {
        let spelled = name;
        let name = self.changeable(name)?;
        let value = value_of(&name, value, !self.map.contains_key(&name))?;
        self.resize(self.map.len() + 1, self.bytes + size(&name, &value))?;
        let before = || self.map.get_all(&name).iter().count();
        Rc::make_mut(&mut self.spellings).append(&name, spelled, before)?;
        Rc::make_mut(&mut self.map).try_append(name, value).map_err(|_| FieldsError::TooLarge)?;
        Ok(())
    }

    /// Remove all values of a name.
    pub fn delete(&mut self, name: &str) -> Result<(), FieldsError> {
        self.set(name, [])
    }

    /// Forbid further changes.
    pub fn freeze(&mut self) {
        self.is_mutable = false;
    }

    /// The same fields, to be changed. Fails if there is no room for both.
    pub fn to_mutable(&self) -> Result<Self, FieldsError> {
        self.share(true)
    }

    /// The same fields, not to be changed. Fails if there is no room for both.
    pub fn to_immutable(&self) -> Result<Self, FieldsError> {
        self.share(false)
    }

    fn share(&self, is_mutable: bool) -> Result<Self, FieldsError> {
        // Charged at once, although they are one until the first change.
        if !self.account.charge(self.bytes) {
            return Err(FieldsError::TooLarge);
        }
        let (map, spellings) = (self.map.clone(), self.spellings.clone());
        Ok(Self { map, spellings, bytes: self.bytes, is_mutable, account: self.account.clone() })
    }

    /// The map itself, to be sent.
    pub fn into_map(mut self) -> HeaderMap {
        match Rc::get_mut(&mut self.map) {
            Some(map) => std::mem::take(map),
            None => (*self.map).clone(),
        }
    }

    /// The length that `content-length` announces.
    pub fn content_length(&self) -> Option<u64> {
        self.map.get(header::CONTENT_LENGTH).and_then(names::content_length)
    }

    fn changeable(&self, name: &str) -> Result<HeaderName, FieldsError> {
        if !self.is_mutable {
            return Err(FieldsError::Immutable);
        }
        if name.len() > self.account.budget.field_bytes {
            return Err(FieldsError::TooLarge);
        }
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| FieldsError::InvalidSyntax)?;
        check_name(&name)?;
        Ok(name)
    }

    /// Make room for so many entries and bytes in all, before they are there.
    fn resize(&mut self, entries: usize, bytes: usize) -> Result<(), FieldsError> {
        let budget = &self.account.budget;
        if entries > budget.fields as usize || bytes > budget.field_bytes {
            return Err(FieldsError::TooLarge);
        }
        match bytes.checked_sub(self.bytes) {
            Some(more) if !self.account.charge(more) => return Err(FieldsError::TooLarge),
            Some(_) => {}
            None => self.account.release(self.bytes - bytes),
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl From<Full> for FieldsError {
    fn from(_: Full) -> Self {
        Self::TooLarge
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        self.account.release(self.bytes);
    }
}

/// What an entry is counted as: its text, and what a list needs for it (RFC 9113 section 6.5.2 counts the same).
fn size(name: &HeaderName, value: &HeaderValue) -> usize {
    name.as_str().len() + value.len() + 32
}

fn value_of(name: &HeaderName, value: &[u8], is_first: bool) -> Result<HeaderValue, FieldsError> {
    let value = HeaderValue::from_bytes(value).map_err(|_| FieldsError::InvalidSyntax)?;
    check_value(name, &value, is_first)?;
    Ok(value)
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
