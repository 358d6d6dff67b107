//! One place where values cross between host and guest, with everything about it that is known before it runs.

use std::sync::Arc;

use tambo_component_abi::{Abi, Encoding};
use tambo_component_plan::{self as plan, InstanceId, LiftId, Options, Plan};
use tambo_component_types::{FuncId, FuncType, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, Type, TypeId, Types};

/// A lowered import or a lifted export.
#[derive(Clone, Debug)]
pub struct Site {
    /// The plan, whose types are meant.
    pub plan: Arc<Plan>,
    /// The function, as messages name it.
    pub name: String,
    /// The component-level type.
    pub ty: FuncType,
    /// The same, in the plan's types.
    pub id: FuncId,
    /// The parameters' types.
    pub params: Box<[TypeId]>,
    /// How values lie in the guest's memory.
    pub abi: Abi,
    /// The guest's instance.
    pub instance: InstanceId,
    /// How many flat parameters there are, as far as they do not go through memory.
    pub flat_params: Option<usize>,
    /// Whether the result goes through memory.
    pub result_in_memory: bool,
    /// Whether a scope is needed for what the parameters lend.
    pub scoped: bool,
    /// Whether an import takes owned handles.
    pub owns: bool,
}

impl Site {
    /// A lowered import. What it lends can be noticed only if it takes owned handles too: see
    /// [`InstanceHandles::lends`](crate::resources::InstanceHandles::lends).
    pub fn import(plan: &Arc<Plan>, name: String, id: FuncId, options: &Options, instance: InstanceId) -> Self {
        let mut site = Self::new(plan, name, id, options, instance);
        let types = &plan.types;
        let lends = site.params.iter().any(|&ty| types.contains_borrow(ty));
        site.owns = site.params.iter().any(|&ty| contains_own(types, ty));
        site.scoped = lends && site.owns;
        site
    }

    /// A lifted export. A borrowed handle becomes the representation if the instance defines all types of which one is
    /// passed, and then nothing can be left over.
    pub fn export(plan: &Arc<Plan>, name: String, lift: LiftId) -> Self {
        let lift = &plan.lifts[lift.index()];
        let mut site = Self::new(plan, name, lift.ty, &lift.options, lift.instance);
        site.scoped = site.params.iter().any(|&ty| plan.types.contains_borrow(ty));
        site
    }

    fn new(plan: &Arc<Plan>, name: String, id: FuncId, options: &Options, instance: InstanceId) -> Self {
        let types = &plan.types;
        let ty = types.function(id).clone();
        let abi = Abi { encoding: encoding(options.encoding), pointer: options.pointer };
        let params: Box<[TypeId]> = ty.params.iter().map(|param| param.ty).collect();
        // Validation has refused types that are too large.
        let layout = types.tuple_layout(&params, abi.pointer).ok();
        let flat_params = layout.and_then(|layout| layout.flat).map(|flat| flat.len());
        let flat_params = flat_params.filter(|&flat| flat <= MAX_FLAT_PARAMS);
        let result_flat = |ty| types.layout(ty, abi.pointer).flat.as_ref().map_or(usize::MAX, |flat| flat.len());
        let result_in_memory = ty.result.is_some_and(|ty| result_flat(ty) > MAX_FLAT_RESULTS);
        let plan = plan.clone();
        Self { plan, name, ty, id, params, abi, instance, flat_params, result_in_memory, scoped: false, owns: false }
    }

    /// The component's types.
    #[inline]
    pub fn types(&self) -> &Types {
        &self.plan.types
    }
}

/// How strings lie in memory.
pub fn encoding(encoding: plan::Encoding) -> Encoding {
    match encoding {
        plan::Encoding::Utf8 => Encoding::Utf8,
        plan::Encoding::Utf16 => Encoding::Utf16,
        plan::Encoding::Latin1OrUtf16 => Encoding::Latin1OrUtf16,
    }
}

/// Whether an owned handle occurs in it.
fn contains_own(types: &Types, ty: TypeId) -> bool {
    let own = |ty: &TypeId| contains_own(types, *ty);
    types.contains_handle(ty)
        && match types.get(ty) {
            Type::Own(_) => true,
            Type::List(element) | Type::FixedList(element, _) | Type::Option(element) => own(element),
            Type::Map(key, value) => own(key) || own(value),
            Type::Record(fields) => fields.iter().any(|field| own(&field.ty)),
            Type::Tuple(parts) => parts.iter().any(own),
            Type::Variant(cases) => cases.iter().any(|case| case.ty.as_ref().is_some_and(own)),
            Type::Result { ok, err } => ok.iter().chain(err).any(own),
            _ => false,
        }
}
