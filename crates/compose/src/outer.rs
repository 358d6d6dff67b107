//! The outer component: instances in an order in which each comes after what it needs.

use tambo_component_plan::{ExportItem, ImportItem, Named, features, names};
use wasm_encoder::{ComponentBuilder, ComponentExportKind, ComponentExternName};
use wasmparser::Validator;

use crate::composition::{Known, read};
use crate::imports::{Imports, Leftover};
use crate::{ComposeError, Composition, Export, Instance, Source};

/// Make one component out of several. Each has a name, for messages.
pub fn compose(composition: &Composition, components: &[(String, Vec<u8>)]) -> Result<Vec<u8>, ComposeError> {
    let known = read(components)?;
    let mut outer = Outer { composition, known: &known, indices: vec![None; composition.instances.len()] };
    let wasm = outer.build()?;
    let mut validator = Validator::new_with_features(features());
    validator.validate_all(&wasm).map_err(|error| {
        ComposeError::new(format!("the composition is not a valid component: {}", error.message())).with_hint(
            "an import may have got an export of another type, or a type of an inner instance is in an export",
        )
    })?;
    Ok(wasm)
}

struct Outer<'c> {
    composition: &'c Composition,
    known: &'c [Known<'c>],
    /// The index of each instance in the outer component.
    indices: Vec<Option<u32>>,
}

impl<'c> Outer<'c> {
    fn build(&mut self) -> Result<Vec<u8>, ComposeError> {
        self.check()?;
        let order = self.order()?;
        let mut builder = ComponentBuilder::default();
        let nested: Vec<u32> =
            self.known.iter().map(|known| builder.component_raw(Some(known.name), known.bytes)).collect();
        let mut imports = Imports::new(self.known, self.leftovers());
        imports.declare(&mut builder)?;
        for position in order {
            let instance = &self.composition.instances[position];
            let mut arguments = Vec::new();
            for import in &self.known[instance.component].plan.imports {
                let (kind, index) = match given(instance, &import.name) {
                    Some((_, source)) => self.alias(&mut builder, source, &import.name)?,
                    None => imports.get(&import.name)?,
                };
                arguments.push((import.name.as_str(), kind, index));
            }
            let index = builder.instantiate(Some(&instance.name), nested[instance.component], arguments);
            self.indices[position] = Some(index);
        }
        self.export(&mut builder)?;
        builder.append_names();
        Ok(builder.finish())
    }

    /// What is named must be there.
    fn check(&self) -> Result<(), ComposeError> {
        for instance in &self.composition.instances {
            let component = self.component(instance)?;
            for (import, source) in &instance.with {
                if !component.plan.imports.iter().any(|known| names::compatible(&known.name, import)) {
                    let message =
                        format!("instance {:?}: {} does not import {import:?}", instance.name, component.name);
                    return Err(ComposeError::new(message).with_hint(list("it imports", &component.plan.imports)));
                }
                self.find(source, import)?;
            }
        }
        Ok(())
    }

    fn component(&self, instance: &Instance) -> Result<&'c Known<'c>, ComposeError> {
        let component = self.known.get(instance.component);
        component.ok_or_else(|| ComposeError::new(format!("instance {:?} has no component", instance.name)))
    }

    fn position(&self, name: &str) -> Result<usize, ComposeError> {
        let position = self.composition.instances.iter().position(|instance| instance.name == name);
        position.ok_or_else(|| {
            let known: Vec<&str> = self.composition.instances.iter().map(|instance| instance.name.as_str()).collect();
            ComposeError::new(format!("there is no instance {name:?}"))
                .with_hint(format!("the instances are: {}", known.join(", ")))
        })
    }

    /// The instance of a source, and the export that fits best.
    fn find(&self, source: &Source, wanted: &str) -> Result<(usize, &'c Named<ExportItem>), ComposeError> {
        let position = self.position(&source.instance)?;
        let component = self.component(&self.composition.instances[position])?;
        let wanted = source.export.as_deref().unwrap_or(wanted);
        let export = names::best(wanted, component.plan.exports.iter(), |export| &export.name).ok_or_else(|| {
            let message = format!("instance {:?}: {} does not export {wanted:?}", source.instance, component.name);
            ComposeError::new(message).with_hint(list("it exports", &component.plan.exports))
        })?;
        Ok((position, export))
    }

    /// Positions of instances, each after those that it takes from.
    fn order(&self) -> Result<Vec<usize>, ComposeError> {
        let mut needs = Vec::new();
        for instance in &self.composition.instances {
            let of = instance.with.iter().map(|(_, source)| self.position(&source.instance));
            needs.push(of.collect::<Result<Vec<usize>, _>>()?);
        }
        let mut order: Vec<usize> = Vec::new();
        while order.len() < needs.len() {
            let ready =
                |position: &usize| !order.contains(position) && needs[*position].iter().all(|n| order.contains(n));
            match (0..needs.len()).find(ready) {
                Some(position) => order.push(position),
                None => {
                    let stuck = (0..needs.len()).filter(|position| !order.contains(position));
                    let names: Vec<&str> =
                        stuck.map(|position| self.composition.instances[position].name.as_str()).collect();
                    return Err(ComposeError::new(format!(
                        "instances need each other in a circle: {}",
                        names.join(", ")
                    ))
                    .with_hint("a component is instantiated after what it imports; break the circle"));
                }
            }
        }
        Ok(order)
    }

    /// Imports that no instance serves, in the order in which they are met.
    fn leftovers(&self) -> Vec<Leftover<'c>> {
        let mut leftovers: Vec<Leftover<'c>> = Vec::new();
        for instance in &self.composition.instances {
            let component = instance.component;
            for import in &self.known[component].plan.imports {
                if given(instance, &import.name).is_some() {
                    continue;
                }
                match leftovers.iter_mut().find(|leftover| leftover.name == import.name) {
                    Some(known) if known.wanted.iter().all(|(other, _)| *other != component) => {
                        known.wanted.push((component, import));
                    }
                    Some(_) => {}
                    None => leftovers.push(Leftover { name: &import.name, wanted: vec![(component, import)] }),
                }
            }
        }
        leftovers
    }

    fn alias(
        &self,
        builder: &mut ComponentBuilder,
        source: &Source,
        wanted: &str,
    ) -> Result<(ComponentExportKind, u32), ComposeError> {
        let (position, export) = self.find(source, wanted)?;
        let instance = self.indices[position].ok_or_else(|| {
            ComposeError::new(format!(
                "bug in tambo, please report it: {:?} is used before it is made",
                source.instance
            ))
        })?;
        let kind = export_kind(&export.item);
        Ok((kind, builder.alias_export(instance, &export.name, kind)))
    }

    fn export(&self, builder: &mut ComponentBuilder) -> Result<(), ComposeError> {
        let mut wanted: Vec<(&str, Source, Option<String>)> = Vec::new();
        for export in &self.composition.exports {
            match export {
                Export::One { name, source } => {
                    let (_, found) = self.find(source, name)?;
                    wanted.push((name, source.clone(), found.implements.clone()));
                }
                Export::All(instance) => {
                    let position = self.position(instance)?;
                    for export in &self.component(&self.composition.instances[position])?.plan.exports {
                        let source = Source { instance: instance.clone(), export: Some(export.name.clone()) };
                        wanted.push((&export.name, source, export.implements.clone()));
                    }
                }
            }
        }
        for (position, (name, source, implements)) in wanted.iter().enumerate() {
            if wanted[..position].iter().any(|(other, ..)| other == name) {
                return Err(ComposeError::new(format!("{name:?} would be exported twice"))
                    .with_hint("export single names in the table [exports]"));
            }
            let (kind, index) = self.alias(builder, source, name)?;
            let name = ComponentExternName { implements: implements.clone().map(Into::into), ..(*name).into() };
            builder.export(name, kind, index, None);
        }
        Ok(())
    }
}

/// What an instance is given for an import.
fn given<'c>(instance: &'c Instance, import: &str) -> Option<&'c (String, Source)> {
    let exact = instance.with.iter().find(|(name, _)| name == import);
    exact.or_else(|| instance.with.iter().find(|(name, _)| names::compatible(import, name)))
}

fn export_kind(item: &ExportItem) -> ComponentExportKind {
    match item {
        ExportItem::Func(_) => ComponentExportKind::Func,
        ExportItem::Instance(_) => ComponentExportKind::Instance,
        ExportItem::Type(_) => ComponentExportKind::Type,
        ExportItem::Module => ComponentExportKind::Module,
        ExportItem::Component => ComponentExportKind::Component,
    }
}

pub(crate) fn import_kind(item: &ImportItem) -> ComponentExportKind {
    match item {
        ImportItem::Func(_) => ComponentExportKind::Func,
        ImportItem::Instance(_) => ComponentExportKind::Instance,
        ImportItem::Type(_) => ComponentExportKind::Type,
    }
}

fn list<T>(what: &str, named: &[Named<T>]) -> String {
    let names: Vec<&str> = named.iter().map(|named| named.name.as_str()).collect();
    format!("{what}: {}", if names.is_empty() { "nothing".to_owned() } else { names.join(", ") })
}
