//! Writes the types of an import into the outer component.

use tambo_component_plan::types::{FuncId, ResourceId, Type, TypeId};
use tambo_component_plan::{ImportItem, Named, TypeItem};
use wasm_encoder::{
    Alias, ComponentBuilder, ComponentDefinedTypeEncoder, ComponentExportKind, ComponentExternName,
    ComponentFuncTypeEncoder, ComponentOuterAliasKind, ComponentTypeRef, ComponentValType, InstanceType,
    PrimitiveValType, TypeBounds,
};

use crate::ComposeError;
use crate::imports::{Imports, Names, Place, path};

/// What several components want under one name: components by position.
type Wanted<'c> = [(usize, &'c Named<ImportItem>)];

/// Writes into the outer component, or into the innermost of the instance types that are open.
pub(crate) struct Writer<'w, 'c> {
    imports: &'w mut Imports<'c>,
    builder: &'w mut ComponentBuilder,
    frames: Vec<Frame>,
}

/// An instance type that is open, and the types in it.
struct Frame {
    ty: InstanceType,
    known: Names<u32>,
}

impl<'w, 'c> Writer<'w, 'c> {
    pub(crate) fn new(imports: &'w mut Imports<'c>, builder: &'w mut ComponentBuilder) -> Self {
        Self { imports, builder, frames: Vec::new() }
    }

    /// Write an item and name it. Its index, if it is in the outer component itself.
    pub(crate) fn item(&mut self, outside: &[String], wanted: &Wanted<'c>) -> Result<u32, ComposeError> {
        let Some(&(component, first)) = wanted.first() else { return Err(bug("nobody wants an import")) };
        match &first.item {
            ImportItem::Func(id) => {
                let ty = self.imports.known[component].plan.host_funcs[id.index()].ty;
                let ty = self.function(component, ty)?;
                Ok(self.name(first, ComponentTypeRef::Func(ty)))
            }
            ImportItem::Type(TypeItem::Resource(id)) => self.resource_item(outside, component, first, *id),
            ImportItem::Type(TypeItem::Value(id)) => {
                let ty = self.value(component, *id)?;
                let index = self.name(first, ComponentTypeRef::Type(TypeBounds::Eq(ty)));
                for (component, other) in wanted {
                    if let ImportItem::Type(TypeItem::Value(id)) = other.item {
                        self.remember_value(*component, id, index);
                    }
                }
                Ok(index)
            }
            ImportItem::Type(TypeItem::Func(id)) => {
                let ty = self.function(component, *id)?;
                Ok(self.name(first, ComponentTypeRef::Type(TypeBounds::Eq(ty))))
            }
            ImportItem::Type(TypeItem::Other) => Err(ComposeError::new(format!(
                "{:?}, an import of the type of a component or instance, can be composed only if something provides it",
                first.name
            ))),
            ImportItem::Instance(_) => self.instance(outside, first, wanted),
        }
    }

    fn instance(
        &mut self,
        outside: &[String],
        first: &'c Named<ImportItem>,
        wanted: &Wanted<'c>,
    ) -> Result<u32, ComposeError> {
        let mut parts: Vec<Vec<(usize, &'c Named<ImportItem>)>> = Vec::new();
        for (component, import) in wanted {
            let ImportItem::Instance(items) = &import.item else { continue };
            for item in items {
                match parts.iter_mut().find(|part| part[0].1.name == item.name) {
                    Some(known) => known.push((*component, item)),
                    None => parts.push(vec![(*component, item)]),
                }
            }
        }
        let mut inside = outside.to_vec();
        inside.push(first.name.clone());
        self.frames.push(Frame { ty: InstanceType::new(), known: Names::default() });
        // Types first: a part that one component adds may need the type that another one names.
        let is_type = |part: &&Vec<(usize, &'c Named<ImportItem>)>| matches!(part[0].1.item, ImportItem::Type(_));
        for part in parts.iter().filter(is_type).chain(parts.iter().filter(|part| !is_type(part))) {
            self.item(&inside, part)?;
        }
        let Some(frame) = self.frames.pop() else { return Err(bug("an instance type was closed twice")) };
        let ty = match self.frames.last_mut() {
            Some(around) => {
                let index = around.ty.type_count();
                around.ty.ty().instance(&frame.ty);
                index
            }
            None => self.builder.type_instance(None, &frame.ty),
        };
        let index = self.name(first, ComponentTypeRef::Instance(ty));
        if self.frames.is_empty() {
            self.remember_instance(index, &parts);
        }
        Ok(index)
    }

    /// Types of an imported instance can be had from it later on.
    fn remember_instance(&mut self, instance: u32, parts: &[Vec<(usize, &'c Named<ImportItem>)>]) {
        for (component, part) in parts.iter().flatten() {
            let place = Place::Export { instance, name: part.name.clone() };
            match part.item {
                ImportItem::Type(TypeItem::Value(id)) => {
                    self.imports.names.values.entry((*component, id)).or_insert(place);
                }
                ImportItem::Type(TypeItem::Resource(id)) => {
                    if let Some(path) = path(&self.imports.known[*component], id) {
                        self.imports.names.resources.entry(path.clone()).or_insert(place);
                    }
                }
                _ => {}
            }
        }
    }

    fn resource_item(
        &mut self,
        outside: &[String],
        component: usize,
        named: &Named<ImportItem>,
        id: ResourceId,
    ) -> Result<u32, ComposeError> {
        let known = &self.imports.known[component];
        let path = path(known, id).ok_or_else(|| bug("an import has a resource of its component"))?.clone();
        let is_new = path.split_last().is_some_and(|(name, around)| *name == named.name && around == outside);
        let bounds = if is_new { TypeBounds::SubResource } else { TypeBounds::Eq(self.resource(component, id)?) };
        let index = self.name(named, ComponentTypeRef::Type(bounds));
        match self.frames.last_mut() {
            Some(frame) => {
                frame.known.resources.insert(path, index);
            }
            None => {
                self.imports.names.resources.insert(path, Place::Index(index));
            }
        }
        Ok(index)
    }

    /// Import or export, as the level has it.
    fn name(&mut self, named: &Named<ImportItem>, ty: ComponentTypeRef) -> u32 {
        let implements = named.implements.clone().map(Into::into);
        let name = ComponentExternName { implements, ..named.name.as_str().into() };
        match self.frames.last_mut() {
            Some(frame) => {
                let index = frame.ty.type_count();
                frame.ty.export(name, ty);
                index
            }
            None => self.builder.import(name, ty),
        }
    }

    fn resource(&mut self, component: usize, id: ResourceId) -> Result<u32, ComposeError> {
        let path = path(&self.imports.known[component], id);
        let path = path.ok_or_else(|| bug("an import mentions a resource of its component"))?.clone();
        for (level, frame) in self.frames.iter().enumerate().rev() {
            if let Some(&index) = frame.known.resources.get(&path) {
                return Ok(self.reach(level + 1, index, |known, index| {
                    known.resources.insert(path.clone(), index);
                }));
            }
        }
        let place = self.imports.names.resources.get(&path).cloned().ok_or_else(|| served(&path))?;
        let index = self.outer_index(&place);
        self.imports.names.resources.insert(path.clone(), Place::Index(index));
        Ok(self.reach(0, index, |known, index| {
            known.resources.insert(path.clone(), index);
        }))
    }

    /// The index in the outer component of a type that an imported instance exports.
    fn outer_index(&mut self, place: &Place) -> u32 {
        match place {
            Place::Index(index) => *index,
            Place::Export { instance, name } => self.builder.alias_export(*instance, name, ComponentExportKind::Type),
        }
    }

    /// A type of an outer level as one of the innermost level. Level 0 is the component.
    fn reach(&mut self, level: usize, index: u32, remember: impl FnOnce(&mut Names<u32>, u32)) -> u32 {
        let distance = self.frames.len() - level;
        match self.frames.last_mut() {
            Some(frame) if distance > 0 => {
                let here = frame.ty.type_count();
                let count = distance as u32;
                frame.ty.alias(Alias::Outer { kind: ComponentOuterAliasKind::Type, count, index });
                remember(&mut frame.known, here);
                here
            }
            _ => index,
        }
    }

    fn remember_value(&mut self, component: usize, id: TypeId, index: u32) {
        match self.frames.last_mut() {
            Some(frame) => {
                frame.known.values.insert((component, id), index);
            }
            None => {
                self.imports.names.values.insert((component, id), Place::Index(index));
            }
        }
    }

    fn ty(&mut self, component: usize, id: TypeId) -> Result<ComponentValType, ComposeError> {
        match primitive(self.imports.known[component].plan.types.get(id)) {
            Some(primitive) => Ok(ComponentValType::Primitive(primitive)),
            None => self.value(component, id).map(ComponentValType::Type),
        }
    }

    /// The index of a value type here.
    fn value(&mut self, component: usize, id: TypeId) -> Result<u32, ComposeError> {
        let key = (component, id);
        for (level, frame) in self.frames.iter().enumerate().rev() {
            if let Some(&index) = frame.known.values.get(&key) {
                return Ok(self.reach(level + 1, index, |known, index| {
                    known.values.insert(key, index);
                }));
            }
        }
        if let Some(place) = self.imports.names.values.get(&key).cloned() {
            let index = self.outer_index(&place);
            self.imports.names.values.insert(key, Place::Index(index));
            return Ok(self.reach(0, index, |known, index| {
                known.values.insert(key, index);
            }));
        }
        let index = self.define(component, id)?;
        self.remember_value(component, id, index);
        Ok(index)
    }

    fn define(&mut self, component: usize, id: TypeId) -> Result<u32, ComposeError> {
        let known: &'c crate::composition::Known<'c> = &self.imports.known[component];
        let ty = known.plan.types.get(id);
        if let Some(primitive) = primitive(ty) {
            return Ok(self.defined(|encoder| encoder.primitive(primitive)));
        }
        let parts = crate::imports::parts(ty).into_iter().map(|part| self.ty(component, part));
        let parts: Vec<ComponentValType> = parts.collect::<Result<_, _>>()?;
        let mut parts = parts.into_iter();
        let mut next = |wanted: bool| if wanted { parts.next() } else { None };
        match ty {
            Type::Own(resource) => {
                let resource = self.resource(component, *resource)?;
                Ok(self.defined(|encoder| encoder.own(resource)))
            }
            Type::Borrow(resource) => {
                let resource = self.resource(component, *resource)?;
                Ok(self.defined(|encoder| encoder.borrow(resource)))
            }
            Type::Record(fields) => {
                let fields: Vec<_> = fields.iter().map(|field| &*field.name).zip(parts).collect();
                Ok(self.defined(|encoder| encoder.record(fields)))
            }
            Type::Variant(cases) => {
                let cases: Vec<_> = cases.iter().map(|case| (&*case.name, next(case.ty.is_some()))).collect();
                Ok(self.defined(|encoder| encoder.variant(cases)))
            }
            Type::Tuple(_) => {
                let types: Vec<_> = parts.collect();
                Ok(self.defined(|encoder| encoder.tuple(types)))
            }
            Type::Enum(labels) => Ok(self.defined(|encoder| encoder.enum_type(labels.iter().map(|label| &**label)))),
            Type::Flags(labels) => Ok(self.defined(|encoder| encoder.flags(labels.iter().map(|label| &**label)))),
            Type::Result { ok, err } => {
                let (ok, err) = (next(ok.is_some()), next(err.is_some()));
                Ok(self.defined(|encoder| encoder.result(ok, err)))
            }
            Type::Stream(of) => {
                let of = next(of.is_some());
                Ok(self.defined(|encoder| encoder.stream(of)))
            }
            Type::Future(of) => {
                let of = next(of.is_some());
                Ok(self.defined(|encoder| encoder.future(of)))
            }
            _ => {
                let (Some(first), second) = (next(true), next(true)) else { return Err(bug("a type has no parts")) };
                Ok(self.defined(|encoder| match (ty, second) {
                    (Type::Map(..), Some(value)) => encoder.map(first, value),
                    (Type::FixedList(_, length), _) => encoder.fixed_length_list(first, *length),
                    (Type::Option(_), _) => encoder.option(first),
                    _ => encoder.list(first),
                }))
            }
        }
    }

    fn defined(&mut self, write: impl FnOnce(ComponentDefinedTypeEncoder<'_>)) -> u32 {
        match self.frames.last_mut() {
            Some(frame) => {
                let index = frame.ty.type_count();
                write(frame.ty.ty().defined_type());
                index
            }
            None => {
                let (index, encoder) = self.builder.type_defined(None);
                write(encoder);
                index
            }
        }
    }

    fn function(&mut self, component: usize, id: FuncId) -> Result<u32, ComposeError> {
        let known: &'c crate::composition::Known<'c> = &self.imports.known[component];
        let ty = known.plan.types.function(id);
        let params = ty.params.iter().map(|param| Ok((&*param.name, self.ty(component, param.ty)?)));
        let params: Vec<(&str, ComponentValType)> = params.collect::<Result<_, ComposeError>>()?;
        let result = ty.result.map(|result| self.ty(component, result)).transpose()?;
        let write = |mut encoder: ComponentFuncTypeEncoder<'_>| {
            encoder.async_(ty.is_async).params(params).result(result);
        };
        Ok(match self.frames.last_mut() {
            Some(frame) => {
                let index = frame.ty.type_count();
                write(frame.ty.ty().function());
                index
            }
            None => {
                let (index, encoder) = self.builder.type_function(None);
                write(encoder);
                index
            }
        })
    }
}

fn primitive(ty: &Type) -> Option<PrimitiveValType> {
    Some(match ty {
        Type::Bool => PrimitiveValType::Bool,
        Type::S8 => PrimitiveValType::S8,
        Type::U8 => PrimitiveValType::U8,
        Type::S16 => PrimitiveValType::S16,
        Type::U16 => PrimitiveValType::U16,
        Type::S32 => PrimitiveValType::S32,
        Type::U32 => PrimitiveValType::U32,
        Type::S64 => PrimitiveValType::S64,
        Type::U64 => PrimitiveValType::U64,
        Type::F32 => PrimitiveValType::F32,
        Type::F64 => PrimitiveValType::F64,
        Type::Char => PrimitiveValType::Char,
        Type::String => PrimitiveValType::String,
        Type::ErrorContext => PrimitiveValType::ErrorContext,
        _ => return None,
    })
}

fn served(path: &[String]) -> ComposeError {
    let owner = path.first().map_or("", String::as_str);
    ComposeError::new(format!("an import that is left mentions the resource {}, which is provided", path.join("/")))
        .with_hint(format!("provide that import too, or do not provide {owner:?}"))
}

fn bug(what: &str) -> ComposeError {
    ComposeError::new(format!("bug in tambo, please report it: {what}"))
}
