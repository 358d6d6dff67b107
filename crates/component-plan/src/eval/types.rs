//! Types, and things that are known by their type only (Explainer.md, "Type Definitions").

use tambo_component_types::{Case, Field, FuncType, Pointer, ResourceId, Type, TypeId};
use wasmparser::{
    ComponentDefinedType, ComponentFuncType, ComponentType, ComponentTypeRef, ComponentValType,
    InstanceTypeDeclaration, PrimitiveValType, TypeBounds, ValType,
};

use super::{CoreSort, Evaluator, Exports, InstanceType, Item, ScopeRef, TypeValue, at, label};
use crate::PlanError;
use crate::limits::{MAX_NESTING, check_room};
use crate::plan::{Func, FuncSource, HostFuncId, HostFuncPlan, ResourceOrigin, ResourcePlan};

/// Where something comes from of which the type is known.
pub(super) enum Source<'p> {
    /// It is given. The type says which of its exports are to be seen.
    Given(Item<'p>),
    /// The root imports it under this path.
    Imported(Vec<String>),
}

impl<'p> Evaluator<'p> {
    /// Evaluates the definition of a type.
    pub(super) fn define_type(
        &mut self,
        scope: ScopeRef,
        ty: &'p ComponentType<'p>,
        name: Option<&str>,
    ) -> Result<TypeValue<'p>, PlanError> {
        Ok(match ty {
            ComponentType::Defined(ty) => TypeValue::Value(self.defined(scope, ty)?),
            ComponentType::Func(ty) => self.func_type(scope, ty)?,
            ComponentType::Component(_) => TypeValue::Component,
            ComponentType::Instance(declarations) => TypeValue::Instance(InstanceType { declarations, scope }),
            ComponentType::Resource { rep, dtor } => {
                let destructor = dtor.map(|index| self.core_def(scope, CoreSort::Func, index)).transpose()?;
                let instance = self.scope(scope).instance;
                let representation = if *rep == ValType::I64 { Pointer::Bits64 } else { Pointer::Bits32 };
                let own = name.map_or_else(|| format!("type{}", self.scope(scope).types.len()), label);
                let name = format!("{}#{own}", self.plan.instances[instance.index()].name);
                let origin = ResourceOrigin::Defined { instance, destructor, representation };
                TypeValue::Resource(self.resource(origin, name)?)
            }
        })
    }

    fn resource(&mut self, origin: ResourceOrigin, name: String) -> Result<ResourceId, PlanError> {
        self.budget.spend_text(name.len())?;
        let id = ResourceId(self.plan.resources.len() as u32);
        self.plan.resources.push(ResourcePlan { origin, name });
        Ok(id)
    }

    /// Something given, as a type shows it: of an instance only the exports that the type mentions. A function keeps
    /// its own type, a resource type its identity.
    pub(super) fn ascribe(
        &mut self,
        scope: ScopeRef,
        item: Item<'p>,
        ty: &ComponentTypeRef,
    ) -> Result<Item<'p>, PlanError> {
        self.of_type(scope, ty, &Source::Given(item))
    }

    /// Something of a type.
    pub(super) fn of_type(
        &mut self,
        scope: ScopeRef,
        ty: &ComponentTypeRef,
        source: &Source<'p>,
    ) -> Result<Item<'p>, PlanError> {
        if let ComponentTypeRef::Instance(index) = ty {
            let TypeValue::Instance(ty) = at(&self.scope(scope).types, *index, "type")? else {
                return Err(PlanError::bug(format!("type {index} is not that of an instance")));
            };
            return self.instance_of_type(ty, source);
        }
        match source {
            Source::Given(item) => Ok(*item),
            Source::Imported(path) => self.imported(scope, ty, path),
        }
    }

    fn imported(&mut self, scope: ScopeRef, ty: &ComponentTypeRef, path: &[String]) -> Result<Item<'p>, PlanError> {
        let name = || path.join("#");
        Ok(match ty {
            ComponentTypeRef::Func(index) => {
                let TypeValue::Func(ty) = at(&self.scope(scope).types, *index, "type")? else {
                    return Err(PlanError::bug(format!("type {index} is not that of a function")));
                };
                let id = HostFuncId(self.plan.host_funcs.len() as u32);
                self.plan.host_funcs.push(HostFuncPlan { path: path.to_vec(), ty });
                Item::Func(Func { ty, source: FuncSource::Host(id) })
            }
            ComponentTypeRef::Type(TypeBounds::Eq(index)) => Item::Type(at(&self.scope(scope).types, *index, "type")?),
            ComponentTypeRef::Type(TypeBounds::SubResource) => {
                let origin = ResourceOrigin::Imported { path: path.to_vec() };
                Item::Type(TypeValue::Resource(self.resource(origin, name())?))
            }
            ComponentTypeRef::Module(_) => return Err(not_importable("core module", &name())),
            ComponentTypeRef::Component(_) => return Err(not_importable("component", &name())),
            ComponentTypeRef::Value(_) => return Err(not_importable("value", &name())),
            ComponentTypeRef::Instance(_) => return Err(PlanError::bug("an instance is imported twice")),
        })
    }

    fn instance_of_type(&mut self, ty: InstanceType<'p>, source: &Source<'p>) -> Result<Item<'p>, PlanError> {
        let scope = self.open_scope(Some(ty.scope), self.scope(ty.scope).instance);
        let mut exports = Exports::default();
        for declaration in ty.declarations {
            self.budget.spend(1)?;
            match declaration {
                InstanceTypeDeclaration::CoreType(_) => {}
                InstanceTypeDeclaration::Type(ty) => {
                    let ty = self.define_type(scope, ty, None)?;
                    self.push(scope, Item::Type(ty));
                }
                InstanceTypeDeclaration::Alias(alias) => self.alias(scope, alias)?,
                InstanceTypeDeclaration::Export { name, ty } => {
                    self.budget.spend_text(name.name.len())?;
                    let inner = self.inner(source, name.name, &name.full_name())?;
                    let item = self.of_type(scope, ty, &inner)?;
                    self.push(scope, item);
                    exports.push(*name, item);
                }
            }
        }
        Ok(Item::Instance(self.add_instance(exports)))
    }

    /// The source of an instance's export.
    fn inner(&mut self, source: &Source<'p>, name: &str, full_name: &str) -> Result<Source<'p>, PlanError> {
        match source {
            Source::Given(Item::Instance(instance)) => {
                let item = self.instances[instance.0].get(name);
                let item = item.ok_or_else(|| PlanError::bug(format!("an instance does not export `{name}`")))?;
                Ok(Source::Given(item))
            }
            Source::Given(_) => Err(PlanError::bug("something else is given for an instance")),
            Source::Imported(path) => {
                check_room(path.len(), MAX_NESTING, "instances within each other")?;
                self.budget.spend_text(path.iter().map(String::len).sum::<usize>() + full_name.len())?;
                Ok(Source::Imported(path.iter().cloned().chain([full_name.into()]).collect()))
            }
        }
    }

    fn func_type(&mut self, scope: ScopeRef, ty: &ComponentFuncType<'p>) -> Result<TypeValue<'p>, PlanError> {
        let params = self.fields(scope, &ty.params)?;
        let result = ty.result.as_ref().map(|ty| self.val_type(scope, ty)).transpose()?;
        let ty = FuncType { is_async: ty.async_, params, result };
        Ok(TypeValue::Func(self.plan.types.intern_function(ty)))
    }

    fn intern(&mut self, ty: Type) -> Result<TypeId, PlanError> {
        self.plan
            .types
            .intern(ty)
            .map_err(|error| PlanError { offset: None, ..PlanError::invalid(0, error.to_string()) })
    }

    pub(super) fn val_type(&mut self, scope: ScopeRef, ty: &ComponentValType) -> Result<TypeId, PlanError> {
        match ty {
            ComponentValType::Primitive(ty) => self.intern(primitive(*ty)),
            ComponentValType::Type(index) => match at(&self.scope(scope).types, *index, "type")? {
                TypeValue::Value(id) => Ok(id),
                _ => Err(PlanError::bug(format!("type {index} is not one of values"))),
            },
        }
    }

    fn optional(&mut self, scope: ScopeRef, ty: &Option<ComponentValType>) -> Result<Option<TypeId>, PlanError> {
        ty.as_ref().map(|ty| self.val_type(scope, ty)).transpose()
    }

    fn resource_type(&self, scope: ScopeRef, index: u32) -> Result<ResourceId, PlanError> {
        match at(&self.scope(scope).types, index, "type")? {
            TypeValue::Resource(id) => Ok(id),
            _ => Err(PlanError::bug(format!("type {index} is not a resource type"))),
        }
    }

    /// The resource type that a canonical definition names.
    pub(super) fn resource_at(&self, scope: ScopeRef, index: u32) -> Result<ResourceId, PlanError> {
        self.resource_type(scope, index)
    }

    fn fields(&mut self, scope: ScopeRef, fields: &[(&str, ComponentValType)]) -> Result<Box<[Field]>, PlanError> {
        let fields = fields.iter().map(|(name, ty)| {
            self.budget.spend_text(name.len())?;
            Ok(Field { name: (*name).into(), ty: self.val_type(scope, ty)? })
        });
        fields.collect()
    }

    fn labels(&mut self, labels: &[&str]) -> Result<Box<[Box<str>]>, PlanError> {
        let labels = labels.iter().map(|&label| {
            self.budget.spend_text(label.len())?;
            Ok(label.into())
        });
        labels.collect()
    }

    fn defined(&mut self, scope: ScopeRef, ty: &ComponentDefinedType<'p>) -> Result<TypeId, PlanError> {
        use ComponentDefinedType as Defined;
        let ty = match ty {
            Defined::Primitive(ty) => primitive(*ty),
            Defined::Record(fields) => Type::Record(self.fields(scope, fields)?),
            Defined::Variant(cases) => {
                let cases = cases.iter().map(|case| {
                    self.budget.spend_text(case.name.len())?;
                    Ok(Case { name: case.name.into(), ty: self.optional(scope, &case.ty)? })
                });
                Type::Variant(cases.collect::<Result<_, PlanError>>()?)
            }
            Defined::List(element) => Type::List(self.val_type(scope, element)?),
            Defined::Map(key, value) => Type::Map(self.val_type(scope, key)?, self.val_type(scope, value)?),
            Defined::FixedLengthList(element, length) => Type::FixedList(self.val_type(scope, element)?, *length),
            Defined::Tuple(types) => {
                self.budget.spend(types.len())?;
                let types = types.iter().map(|ty| self.val_type(scope, ty));
                Type::Tuple(types.collect::<Result<_, PlanError>>()?)
            }
            Defined::Flags(names) => Type::Flags(self.labels(names)?),
            Defined::Enum(names) => Type::Enum(self.labels(names)?),
            Defined::Option(some) => Type::Option(self.val_type(scope, some)?),
            Defined::Result { ok, err } => {
                Type::Result { ok: self.optional(scope, ok)?, err: self.optional(scope, err)? }
            }
            Defined::Own(index) => Type::Own(self.resource_type(scope, *index)?),
            Defined::Borrow(index) => Type::Borrow(self.resource_type(scope, *index)?),
            Defined::Future(element) => Type::Future(self.optional(scope, element)?),
            Defined::Stream(element) => Type::Stream(self.optional(scope, element)?),
        };
        self.intern(ty)
    }
}

fn not_importable(what: &str, name: &str) -> PlanError {
    PlanError::unsupported(format!(
        "the component imports the {what} `{name}`, which is not supported; compose it with a component that has it"
    ))
}

fn primitive(ty: PrimitiveValType) -> Type {
    match ty {
        PrimitiveValType::Bool => Type::Bool,
        PrimitiveValType::S8 => Type::S8,
        PrimitiveValType::U8 => Type::U8,
        PrimitiveValType::S16 => Type::S16,
        PrimitiveValType::U16 => Type::U16,
        PrimitiveValType::S32 => Type::S32,
        PrimitiveValType::U32 => Type::U32,
        PrimitiveValType::S64 => Type::S64,
        PrimitiveValType::U64 => Type::U64,
        PrimitiveValType::F32 => Type::F32,
        PrimitiveValType::F64 => Type::F64,
        PrimitiveValType::Char => Type::Char,
        PrimitiveValType::String => Type::String,
        PrimitiveValType::ErrorContext => Type::ErrorContext,
    }
}
