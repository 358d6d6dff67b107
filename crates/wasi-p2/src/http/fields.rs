//! `fields`.

use tambo_component_linker::bindings::{Borrow, Own};
use tambo_engine::Trap;

use super::errors::too_large;
use super::{FieldsFailure, FieldsObject, taken};
use crate::P2;
use crate::bindings::wasi::http::types::{Fields, HostFields};

impl P2 {
    /// Fields that a guest gives away.
    pub(super) fn take_fields(&mut self, fields: &Own<Fields>) -> Result<tambo_kernel::http::Fields, Trap> {
        Ok(taken(self.http.fields.remove(fields.rep()))?.fields)
    }

    fn add_fields(&mut self, fields: tambo_kernel::http::Fields) -> Own<Fields> {
        Own::new(self.http.fields.add(FieldsObject { fields, _parent: None }))
    }

    fn fields_mut(&mut self, fields: &Borrow<Fields>) -> Result<&mut tambo_kernel::http::Fields, Trap> {
        Ok(&mut self.http.fields.get_mut(fields.rep())?.fields)
    }
}

impl HostFields for P2 {
    fn new(&mut self) -> Result<Own<Fields>, Trap> {
        let fields = self.host.http.fields();
        Ok(self.add_fields(fields))
    }

    fn from_list(&mut self, entries: Vec<(&str, &[u8])>) -> Result<Own<Fields>, FieldsFailure> {
        let mut fields = self.host.http.fields();
        for (name, value) in entries {
            fields.append(name, value)?;
        }
        Ok(self.add_fields(fields))
    }

    fn get(&mut self, fields: Borrow<Fields>, name: &str) -> Result<Vec<Vec<u8>>, Trap> {
        Ok(self.http.fields.get(fields.rep())?.fields.get(name).map(<[u8]>::to_vec).collect())
    }

    fn has(&mut self, fields: Borrow<Fields>, name: &str) -> Result<bool, Trap> {
        Ok(self.http.fields.get(fields.rep())?.fields.has(name))
    }

    fn set(&mut self, fields: Borrow<Fields>, name: &str, value: Vec<&[u8]>) -> Result<(), FieldsFailure> {
        Ok(self.fields_mut(&fields)?.set(name, value)?)
    }

    fn delete(&mut self, fields: Borrow<Fields>, name: &str) -> Result<(), FieldsFailure> {
        Ok(self.fields_mut(&fields)?.delete(name)?)
    }

    fn append(&mut self, fields: Borrow<Fields>, name: &str, value: &[u8]) -> Result<(), FieldsFailure> {
        Ok(self.fields_mut(&fields)?.append(name, value)?)
    }

    fn entries(&mut self, fields: Borrow<Fields>) -> Result<Vec<(String, Vec<u8>)>, Trap> {
        let entries = self.http.fields.get(fields.rep())?.fields.entries();
        Ok(entries.map(|(name, value)| (name.to_owned(), value.to_vec())).collect())
    }

    fn clone(&mut self, fields: Borrow<Fields>) -> Result<Own<Fields>, Trap> {
        let copy = self.http.fields.get(fields.rep())?.fields.to_mutable().map_err(|_| too_large())?;
        Ok(self.add_fields(copy))
    }

    fn drop(&mut self, fields: Own<Fields>) -> Result<(), Trap> {
        self.take_fields(&fields).map(drop)
    }
}
