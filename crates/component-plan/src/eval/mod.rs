//! Symbolic instantiation: definitions to a [`Plan`] (Explainer.md, "Component Definitions").
//!
//! A component is evaluated each time it is instantiated, with what it is given, so that all of its index spaces hold
//! concrete things: functions with their source, resource types with their identity. Scopes and instances are kept in
//! lists and referred to by number, which makes every value `Copy` and lets a closure refer to the scope that it is
//! itself in.
//!
//! Validation came before, so an index or a name that leads nowhere is our own mistake and is reported as such.

mod canon;
mod describe;
mod instantiate;
mod missing;
mod types;

use std::collections::HashMap;

use tambo_component_types::{FuncId, ResourceId, TypeId};
use wasmparser::{ComponentExternName, InstanceTypeDeclaration};

use crate::PlanError;
use crate::limits::{Budget, MAX_DEPTH};
use crate::parse::{Component, Definition, Program};
use crate::plan::{CoreDef, CoreInstanceId, Func, InstanceId, InstancePlan, ModuleId, Plan};

/// Evaluates the root of a program.
pub(crate) fn evaluate(program: &Program<'_>) -> Result<Plan, PlanError> {
    let root = program.components.len().checked_sub(1).ok_or_else(|| PlanError::bug("there is no root"))?;
    let name = program.components[root].name.map_or_else(|| "root".into(), label);
    let mut evaluator = Evaluator {
        program,
        plan: Plan::default(),
        budget: Budget::new(),
        scopes: Vec::new(),
        instances: Vec::new(),
        core_instances: Vec::new(),
        module_ids: vec![None; program.modules.len()],
        module_positions: Vec::new(),
        depth: 0,
    };
    evaluator.plan.instances.push(InstancePlan { parent: None, name });
    let exports = evaluator.component(Closure { component: root, scope: None }, None, InstanceId(0))?;
    evaluator.describe_exports(&exports)?;
    Ok(evaluator.plan)
}

struct Evaluator<'p> {
    program: &'p Program<'p>,
    plan: Plan,
    budget: Budget,
    scopes: Vec<Scope<'p>>,
    instances: Vec<Exports<'p>>,
    core_instances: Vec<CoreInstance<'p>>,
    /// By position in the program, for those that are instantiated.
    module_ids: Vec<Option<ModuleId>>,
    /// By id, their positions in the program.
    module_positions: Vec<usize>,
    /// Instantiations that are being evaluated.
    depth: usize,
}

/// A scope, by its place in the evaluator's list. Likewise the other two.
#[derive(Clone, Copy, Debug)]
struct ScopeRef(usize);

#[derive(Clone, Copy, Debug)]
struct InstanceRef(usize);

#[derive(Clone, Copy, Debug)]
struct CoreInstanceRef(usize);

/// The index spaces of a component, or of the type of an instance.
struct Scope<'p> {
    outer: Option<ScopeRef>,
    /// The component instance whose definitions these are.
    instance: InstanceId,
    modules: Vec<usize>,
    core_instances: Vec<CoreInstanceRef>,
    /// Core definitions by sort.
    core: [Vec<CoreDef>; 5],
    components: Vec<Closure>,
    instances: Vec<InstanceRef>,
    funcs: Vec<Func>,
    types: Vec<TypeValue<'p>>,
}

/// The sorts of core definitions that have values.
#[derive(Clone, Copy, Debug)]
enum CoreSort {
    Func,
    Table,
    Memory,
    Global,
    Tag,
}

/// Something with an index of the component level.
#[derive(Clone, Copy, Debug)]
enum Item<'p> {
    Func(Func),
    Instance(InstanceRef),
    Type(TypeValue<'p>),
    Component(Closure),
    Module(usize),
}

/// A component with the scope in which it is defined. A core module is its position in the program: it refers to
/// nothing outside of itself.
#[derive(Clone, Copy, Debug)]
struct Closure {
    component: usize,
    scope: Option<ScopeRef>,
}

#[derive(Clone, Copy, Debug)]
enum TypeValue<'p> {
    Resource(ResourceId),
    Value(TypeId),
    Func(FuncId),
    Instance(InstanceType<'p>),
    /// Of a component: nothing is ever made of it.
    Component,
}

/// The type of an instance, with the scope in which it is defined.
#[derive(Clone, Copy, Debug)]
struct InstanceType<'p> {
    declarations: &'p [InstanceTypeDeclaration<'p>],
    scope: ScopeRef,
}

/// What a component instance exports, in order.
#[derive(Default)]
struct Exports<'p> {
    items: Vec<(ComponentExternName<'p>, Item<'p>)>,
    by_name: HashMap<&'p str, usize>,
}

impl<'p> Exports<'p> {
    fn push(&mut self, name: ComponentExternName<'p>, item: Item<'p>) {
        self.by_name.insert(name.name, self.items.len());
        self.items.push((name, item));
    }

    fn get(&self, name: &str) -> Option<Item<'p>> {
        Some(self.items[*self.by_name.get(name)?].1)
    }
}

enum CoreInstance<'p> {
    Instantiated(CoreInstanceId),
    Exports(HashMap<&'p str, CoreDef>),
}

/// What a nested component is given for its imports.
type Args<'p> = HashMap<&'p str, Item<'p>>;

impl<'p> Evaluator<'p> {
    /// Evaluates a component's definitions for one instance of it. The root is given no arguments: its imports are the
    /// plan's.
    fn component(
        &mut self,
        closure: Closure,
        args: Option<&Args<'p>>,
        instance: InstanceId,
    ) -> Result<Exports<'p>, PlanError> {
        if self.depth == MAX_DEPTH {
            return Err(PlanError::unsupported(format!(
                "instantiations are nested more than {MAX_DEPTH} deep, which is the limit"
            )));
        }
        self.depth += 1;
        let program = self.program;
        let component = &program.components[closure.component];
        let scope = self.open_scope(closure.scope, instance);
        let mut exports = Exports::default();
        for (offset, definition) in &component.definitions {
            self.budget.spend(1)?;
            self.define(scope, component, definition, args, &mut exports)
                .map_err(|error| PlanError { offset: error.offset.or(Some(*offset)), ..error })?;
        }
        self.depth -= 1;
        Ok(exports)
    }

    fn define(
        &mut self,
        scope: ScopeRef,
        component: &'p Component<'p>,
        definition: &'p Definition<'p>,
        args: Option<&Args<'p>>,
        exports: &mut Exports<'p>,
    ) -> Result<(), PlanError> {
        match definition {
            Definition::Module(module) => self.push(scope, Item::Module(*module)),
            Definition::Component(nested) => {
                self.push(scope, Item::Component(Closure { component: *nested, scope: Some(scope) }));
            }
            Definition::CoreInstance(definition) => self.core_instance(scope, component, definition)?,
            Definition::Instance(definition) => self.instance(scope, component, definition)?,
            Definition::Alias(alias) => self.alias(scope, alias)?,
            Definition::Type(ty) => {
                let name = component.type_names.get(&(self.scope(scope).types.len() as u32)).copied();
                let ty = self.define_type(scope, ty, name)?;
                self.push(scope, Item::Type(ty));
            }
            Definition::Canon(canon) => self.canon(scope, canon)?,
            Definition::Import(import) => self.import(scope, import, args)?,
            Definition::Export(export) => {
                let item = self.item(scope, export.kind, export.index)?;
                let item = match &export.ty {
                    Some(ty) => self.ascribe(scope, item, ty)?,
                    None => item,
                };
                self.push(scope, item);
                self.budget.spend_text(export.name.name.len())?;
                exports.push(export.name, item);
            }
        }
        Ok(())
    }

    fn open_scope(&mut self, outer: Option<ScopeRef>, instance: InstanceId) -> ScopeRef {
        self.scopes.push(Scope {
            outer,
            instance,
            modules: Vec::new(),
            core_instances: Vec::new(),
            core: Default::default(),
            components: Vec::new(),
            instances: Vec::new(),
            funcs: Vec::new(),
            types: Vec::new(),
        });
        ScopeRef(self.scopes.len() - 1)
    }

    fn scope(&self, scope: ScopeRef) -> &Scope<'p> {
        &self.scopes[scope.0]
    }

    fn scope_mut(&mut self, scope: ScopeRef) -> &mut Scope<'p> {
        &mut self.scopes[scope.0]
    }

    fn push(&mut self, scope: ScopeRef, item: Item<'p>) {
        let scope = self.scope_mut(scope);
        match item {
            Item::Func(func) => scope.funcs.push(func),
            Item::Instance(instance) => scope.instances.push(instance),
            Item::Type(ty) => scope.types.push(ty),
            Item::Component(closure) => scope.components.push(closure),
            Item::Module(module) => scope.modules.push(module),
        }
    }

    fn add_instance(&mut self, exports: Exports<'p>) -> InstanceRef {
        self.instances.push(exports);
        InstanceRef(self.instances.len() - 1)
    }
}

/// What an index names.
fn at<T: Copy>(space: &[T], index: u32, what: &str) -> Result<T, PlanError> {
    space.get(index as usize).copied().ok_or_else(|| PlanError::bug(format!("there is no {what} {index}")))
}

/// A name from the bytes, cut to a length that messages can carry.
fn label(name: &str) -> String {
    name[..name.floor_char_boundary(crate::limits::MAX_LABEL)].into()
}
