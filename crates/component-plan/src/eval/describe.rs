//! What the root imports and exports, as the plan has it.

use std::collections::HashSet;

use tambo_component_types::ResourceId;

use super::{Evaluator, Exports, InstanceRef, Item, TypeValue};
use crate::PlanError;
use crate::limits::{MAX_NESTING, check_room};
use crate::plan::{ExportItem, FuncSource, ImportItem, Named, ResourceOrigin, TypeItem};

impl<'p> Evaluator<'p> {
    pub(super) fn describe_import(&mut self, item: Item<'p>) -> Result<ImportItem, PlanError> {
        Ok(match item {
            Item::Func(func) => match func.source {
                FuncSource::Host(id) => ImportItem::Func(id),
                FuncSource::Lift(_) => return Err(PlanError::bug("a lifted function is imported")),
            },
            Item::Type(ty) => ImportItem::Type(type_item(ty)),
            Item::Instance(instance) => {
                let mut members = Vec::new();
                for position in 0..self.instances[instance.0].items.len() {
                    let (name, implements, item) = self.member(instance, position)?;
                    members.push(Named { name, implements, item: self.describe_import(item)? });
                }
                ImportItem::Instance(members)
            }
            Item::Component(_) | Item::Module(_) => return Err(PlanError::bug("code is imported")),
        })
    }

    /// Fills in the plan's exports, and names resource types by them.
    pub(super) fn describe_exports(&mut self, exports: &Exports<'p>) -> Result<(), PlanError> {
        let mut named = HashSet::new();
        for (name, item) in &exports.items {
            let implements = name.full_implements().map(Into::into);
            let name = name.full_name().into_owned();
            self.budget.spend_text(name.len())?;
            let item = self.describe_export(*item, &mut vec![name.clone()], &mut named)?;
            self.plan.exports.push(Named { name, implements, item });
        }
        Ok(())
    }

    fn describe_export(
        &mut self,
        item: Item<'p>,
        path: &mut Vec<String>,
        named: &mut HashSet<ResourceId>,
    ) -> Result<ExportItem, PlanError> {
        check_room(path.len(), MAX_NESTING, "instances within each other")?;
        Ok(match item {
            Item::Func(func) => ExportItem::Func(func),
            Item::Type(ty) => {
                if let TypeValue::Resource(id) = ty {
                    self.name_resource(id, path, named)?;
                }
                ExportItem::Type(type_item(ty))
            }
            Item::Instance(instance) => {
                let mut members = Vec::new();
                for position in 0..self.instances[instance.0].items.len() {
                    let (name, implements, item) = self.member(instance, position)?;
                    path.push(name.clone());
                    let item = self.describe_export(item, path, named)?;
                    path.pop();
                    members.push(Named { name, implements, item });
                }
                ExportItem::Instance(members)
            }
            Item::Component(_) => ExportItem::Component,
            Item::Module(_) => ExportItem::Module,
        })
    }

    /// The first name under which the root exports a resource type is its name.
    fn name_resource(
        &mut self,
        id: ResourceId,
        path: &[String],
        named: &mut HashSet<ResourceId>,
    ) -> Result<(), PlanError> {
        let plan = &mut self.plan.resources[id.0 as usize];
        if matches!(plan.origin, ResourceOrigin::Defined { .. }) && named.insert(id) {
            plan.name = path.join("#");
            self.budget.spend_text(plan.name.len())?;
        }
        Ok(())
    }

    /// A member of an instance: its name, what it implements, and the item; paid for.
    fn member(
        &mut self,
        instance: InstanceRef,
        position: usize,
    ) -> Result<(String, Option<String>, Item<'p>), PlanError> {
        let (name, item) = self.instances[instance.0].items[position];
        let implements: Option<String> = name.full_implements().map(Into::into);
        let name = name.full_name().into_owned();
        self.budget.spend_text(name.len() + implements.as_ref().map_or(0, String::len))?;
        Ok((name, implements, item))
    }
}

fn type_item(ty: TypeValue<'_>) -> TypeItem {
    match ty {
        TypeValue::Resource(id) => TypeItem::Resource(id),
        TypeValue::Value(id) => TypeItem::Value(id),
        TypeValue::Func(id) => TypeItem::Func(id),
        TypeValue::Instance(_) | TypeValue::Component => TypeItem::Other,
    }
}
