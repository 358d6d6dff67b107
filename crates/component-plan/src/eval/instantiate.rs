//! Instances, aliases and imports: what is linked to what (Explainer.md, "Instance Definitions", "Alias Definitions",
//! "Import and Export Definitions").

use std::collections::HashMap;

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentImport, ComponentInstance, ComponentOuterAliasKind, ExternalKind,
    Instance, InstantiationArg,
};

use super::types::Source;
use super::{Args, CoreInstance, CoreInstanceRef, CoreSort, Evaluator, Exports, Item, ScopeRef, at, label};
use crate::PlanError;
use crate::limits::{MAX_CORE_INSTANCES, MAX_INSTANCES, check_room};
use crate::parse::Component;
use crate::plan::{CoreDef, CoreInstanceId, CoreInstancePlan, CoreModule, InstanceId, InstancePlan, ModuleId, Named};

impl<'p> Evaluator<'p> {
    /// What an index of a sort of the component level names.
    pub(super) fn item(&self, scope: ScopeRef, kind: ComponentExternalKind, index: u32) -> Result<Item<'p>, PlanError> {
        let scope = self.scope(scope);
        Ok(match kind {
            ComponentExternalKind::Func => Item::Func(at(&scope.funcs, index, "func")?),
            ComponentExternalKind::Instance => Item::Instance(at(&scope.instances, index, "instance")?),
            ComponentExternalKind::Type => Item::Type(at(&scope.types, index, "type")?),
            ComponentExternalKind::Component => Item::Component(at(&scope.components, index, "component")?),
            ComponentExternalKind::Module => Item::Module(at(&scope.modules, index, "core module")?),
            ComponentExternalKind::Value => return Err(PlanError::unsupported("values are not supported yet")),
        })
    }

    /// A copy of a core definition, which is paid for.
    pub(super) fn core_def(&mut self, scope: ScopeRef, sort: CoreSort, index: u32) -> Result<CoreDef, PlanError> {
        let def = self.scope(scope).core[sort as usize].get(index as usize).cloned();
        let def = def.ok_or_else(|| PlanError::bug(format!("there is no core {sort:?} {index}")))?;
        self.pay_for(&def)?;
        Ok(def)
    }

    fn pay_for(&mut self, def: &CoreDef) -> Result<(), PlanError> {
        match def {
            CoreDef::Export { name, .. } => self.budget.spend_text(name.len()),
            CoreDef::Canon(_) => self.budget.spend(1),
        }
    }

    /// `component instance`: of a component, or made of what there is.
    pub(super) fn instance(
        &mut self,
        scope: ScopeRef,
        component: &'p Component<'p>,
        definition: &'p ComponentInstance<'p>,
    ) -> Result<(), PlanError> {
        let exports = match definition {
            ComponentInstance::Instantiate { component_index, args } => {
                args.iter().try_for_each(|arg| self.budget.spend_text(arg.name.len()))?;
                let closure = at(&self.scope(scope).components, *component_index, "component")?;
                let args = args.iter().map(|arg| Ok((arg.name, self.item(scope, arg.kind, arg.index)?)));
                let args: Args<'p> = args.collect::<Result<_, PlanError>>()?;
                let name = self.child_name(scope, component, closure.component)?;
                check_room(self.plan.instances.len(), MAX_INSTANCES, "component instances")?;
                let instance = InstanceId(self.plan.instances.len() as u32);
                let parent = Some(self.scope(scope).instance);
                self.plan.instances.push(InstancePlan { parent, name });
                self.component(closure, Some(&args), instance)?
            }
            ComponentInstance::FromExports(list) => {
                let mut exports = Exports::default();
                for export in list {
                    self.budget.spend_text(export.name.name.len())?;
                    exports.push(export.name, self.item(scope, export.kind, export.index)?);
                }
                exports
            }
        };
        let instance = self.add_instance(exports);
        self.push(scope, Item::Instance(instance));
        Ok(())
    }

    fn child_name(&mut self, scope: ScopeRef, component: &Component<'_>, child: usize) -> Result<String, PlanError> {
        let scope = self.scope(scope);
        let index = scope.instances.len() as u32;
        let own = component.instance_names.get(&index).copied().or(self.program.components[child].name);
        let own = own.map_or_else(|| index.to_string(), label);
        let name = format!("{}/{own}", self.plan.instances[scope.instance.index()].name);
        self.budget.spend_text(name.len())?;
        Ok(name)
    }

    /// `core instance`: of a core module, or made of what there is.
    pub(super) fn core_instance(
        &mut self,
        scope: ScopeRef,
        component: &'p Component<'p>,
        definition: &'p Instance<'p>,
    ) -> Result<(), PlanError> {
        let instance = match definition {
            Instance::Instantiate { module_index, args } => {
                args.iter().try_for_each(|arg| self.budget.spend_text(arg.name.len()))?;
                let position = at(&self.scope(scope).modules, *module_index, "core module")?;
                let imports = self.core_imports(scope, position, args)?;
                let name = component.module_names.get(module_index).copied();
                let module = self.module_id(position, name);
                check_room(self.plan.core_instances.len(), MAX_CORE_INSTANCES, "core instances")?;
                let id = CoreInstanceId(self.plan.core_instances.len() as u32);
                let instance = self.scope(scope).instance;
                self.plan.core_instances.push(CoreInstancePlan { module, instance, imports });
                CoreInstance::Instantiated(id)
            }
            Instance::FromExports(list) => {
                let mut exports = HashMap::new();
                for export in list {
                    self.budget.spend_text(export.name.len())?;
                    let def = self.core_def(scope, core_sort(export.kind), export.index)?;
                    exports.insert(export.name, def);
                }
                CoreInstance::Exports(exports)
            }
        };
        self.core_instances.push(instance);
        let instance = CoreInstanceRef(self.core_instances.len() - 1);
        self.scope_mut(scope).core_instances.push(instance);
        Ok(())
    }

    fn core_imports(
        &mut self,
        scope: ScopeRef,
        module: usize,
        args: &[InstantiationArg<'p>],
    ) -> Result<Vec<CoreDef>, PlanError> {
        let args = args.iter().map(|arg| Ok((arg.name, at(&self.scope(scope).core_instances, arg.index, "instance")?)));
        let args: HashMap<&str, CoreInstanceRef> = args.collect::<Result<_, PlanError>>()?;
        let program = self.program;
        let mut imports = Vec::new();
        for (module, field) in &program.modules[module].imports {
            self.budget.spend_text(module.len() + field.len())?;
            let missing = || PlanError::bug(format!("nothing is given for the core import {module:?} {field:?}"));
            imports.push(self.core_export(*args.get(module).ok_or_else(missing)?, field)?);
        }
        Ok(imports)
    }

    /// What a core instance exports under a name. Whether it does has been validated.
    fn core_export(&mut self, instance: CoreInstanceRef, name: &str) -> Result<CoreDef, PlanError> {
        let def = match &self.core_instances[instance.0] {
            CoreInstance::Instantiated(id) => CoreDef::Export { instance: *id, name: name.into() },
            CoreInstance::Exports(exports) => {
                let def = exports.get(name).cloned();
                def.ok_or_else(|| PlanError::bug(format!("a core instance does not export {name:?}")))?
            }
        };
        self.pay_for(&def)?;
        Ok(def)
    }

    fn module_id(&mut self, position: usize, name: Option<&str>) -> ModuleId {
        if let Some(id) = self.module_ids[position] {
            return id;
        }
        let module = &self.program.modules[position];
        let id = ModuleId(self.plan.modules.len() as u32);
        let name = name.or(module.name).map_or_else(|| format!("m{}", id.0), label);
        self.plan.modules.push(CoreModule { bytes: module.bytes.clone(), name });
        self.module_ids[position] = Some(id);
        self.module_positions.push(position);
        id
    }

    /// `alias`, in a component or in the type of an instance.
    pub(super) fn alias(&mut self, scope: ScopeRef, alias: &ComponentAlias<'p>) -> Result<(), PlanError> {
        match *alias {
            ComponentAlias::InstanceExport { instance_index, name, .. } => {
                let instance = at(&self.scope(scope).instances, instance_index, "instance")?;
                self.budget.spend_text(name.len())?;
                let item = self.instances[instance.0].get(name);
                let item = item.ok_or_else(|| PlanError::bug(format!("an instance does not export `{name}`")))?;
                self.push(scope, item);
            }
            ComponentAlias::CoreInstanceExport { kind, instance_index, name } => {
                let instance = at(&self.scope(scope).core_instances, instance_index, "core instance")?;
                let def = self.core_export(instance, name)?;
                self.scope_mut(scope).core[core_sort(kind) as usize].push(def);
            }
            ComponentAlias::Outer { kind, count, index } => {
                let mut from = scope;
                for _ in 0..count {
                    let outer = self.scope(from).outer;
                    from = outer.ok_or_else(|| PlanError::bug("an alias leads out of the root"))?;
                }
                let kind = match kind {
                    ComponentOuterAliasKind::CoreType => return Ok(()),
                    ComponentOuterAliasKind::CoreModule => ComponentExternalKind::Module,
                    ComponentOuterAliasKind::Type => ComponentExternalKind::Type,
                    ComponentOuterAliasKind::Component => ComponentExternalKind::Component,
                };
                let item = self.item(from, kind, index)?;
                self.push(scope, item);
            }
        }
        Ok(())
    }

    /// `import`: what the component is given or, of the root, what the plan imports.
    pub(super) fn import(
        &mut self,
        scope: ScopeRef,
        import: &ComponentImport<'p>,
        args: Option<&Args<'p>>,
    ) -> Result<(), PlanError> {
        let item = match args {
            Some(args) => {
                let name = import.name.name;
                self.budget.spend_text(name.len())?;
                let given = args.get(name).copied();
                let given = given.ok_or_else(|| PlanError::bug(format!("nothing is given for the import `{name}`")))?;
                self.ascribe(scope, given, &import.ty)?
            }
            None => {
                let name = import.name.full_name().into_owned();
                self.budget.spend_text(name.len())?;
                let item = self.of_type(scope, &import.ty, &Source::Imported(vec![name.clone()]))?;
                let implements = import.name.full_implements().map(Into::into);
                let described = self.describe_import(item)?;
                self.plan.imports.push(Named { name, implements, item: described });
                item
            }
        };
        self.push(scope, item);
        Ok(())
    }
}

fn core_sort(kind: ExternalKind) -> CoreSort {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => CoreSort::Func,
        ExternalKind::Table => CoreSort::Table,
        ExternalKind::Memory => CoreSort::Memory,
        ExternalKind::Global => CoreSort::Global,
        ExternalKind::Tag => CoreSort::Tag,
    }
}
