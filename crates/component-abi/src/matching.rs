//! What Rust types are held against when functions are linked: the component's types, and which Rust types the host gave
//! to its resource types.

use std::any;
use std::collections::HashMap;

use tambo_component_types::{ResourceId, TypeId, Types};

use crate::Mismatch;

/// A Rust type that the host gave to one of its resource types, and that handles of it name.
#[derive(Clone, Copy, Debug)]
pub struct Marker {
    id: any::TypeId,
    name: &'static str,
}

impl Marker {
    /// This type.
    pub fn of<T: 'static>() -> Self {
        Self { id: any::TypeId::of::<T>(), name: any::type_name::<T>() }
    }
}

/// For each resource type of a component, the Rust type that the host gave it. The component's own have none, nor those
/// that the host defines without one.
pub type Markers = HashMap<ResourceId, Marker>;

/// What matching works with.
#[derive(Clone, Copy, Debug)]
pub struct MatchContext<'c> {
    /// The component's types.
    pub types: &'c Types,
    /// Which Rust types the host gave to its resource types.
    pub markers: &'c Markers,
}

impl MatchContext<'_> {
    /// Whether a handle of a Rust type can stand for one of a resource type.
    pub(crate) fn check_marker<T: 'static>(&self, ty: TypeId, resource: ResourceId) -> Result<(), Mismatch> {
        let wanted = Marker::of::<T>();
        let found = match self.markers.get(&resource) {
            Some(known) if known.id == wanted.id => return Ok(()),
            Some(known) => format!("is the host's `{}`", known.name),
            None => "has no Rust type".to_owned(),
        };
        let got = format!("a handle of `{}`; resource {} {found}", wanted.name, resource.0);
        Err(Mismatch::expected(self.types, ty, &got))
    }
}
