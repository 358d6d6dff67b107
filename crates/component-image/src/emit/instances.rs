//! Which component instances need their `may_leave` and `may_enter` flags (CanonicalABI.md, "Component Instances",
//! "Embedding API").
//!
//! `may_leave` is clear only while a `realloc` or `post-return` of the instance runs. So it is kept only where a used
//! definition names one, and something that is used checks it.
//!
//! `may_enter` of an instance X is clear from the moment that X, or an instance inside of X, is called from outside of
//! X until that call returns. A check of it can fail only if a call into X from outside can be made meanwhile. The host
//! never calls a guest from within a call of the guest's, and all calls between guests are known: so X is tracked if
//! and only if some call from outside of X into it starts at an instance that calls can reach from X or from the
//! instances inside of X. What a table of functions may hold at run time does not matter, since the functions in it
//! are among those counted.

use tambo_component_plan::{InstanceId, Plan};

/// What is known of all component instances.
#[derive(Debug, Default)]
pub(super) struct Instances {
    /// Each instance with its ancestors, itself first.
    lineage: Vec<Vec<InstanceId>>,
    tracked: Vec<bool>,
    leave: Vec<bool>,
}

/// What the used definitions of a plan do.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// Calls from one instance to another.
    pub(super) calls: Vec<(InstanceId, InstanceId)>,
    /// Instances of which a `realloc` or `post-return` runs.
    pub(super) clears_leave: Vec<InstanceId>,
    /// Instances with a definition that may be called only while the instance may be left.
    pub(super) checks_leave: Vec<InstanceId>,
}

impl Instances {
    pub(super) fn new(plan: &Plan, uses: &Uses) -> Self {
        let lineage = lineages(plan);
        let count = lineage.len();
        let mark = |instances: &[InstanceId]| {
            let mut marks = vec![false; count];
            instances.iter().for_each(|instance| marks[instance.index()] = true);
            marks
        };
        let (clears, checks) = (mark(&uses.clears_leave), mark(&uses.checks_leave));
        let leave = clears.into_iter().zip(checks).map(|(clears, checks)| clears && checks).collect();
        let mut all = Self { lineage, tracked: vec![false; count], leave };
        all.track(&uses.calls);
        all
    }

    /// Whether `may_leave` of the instance is kept and checked.
    pub(super) fn may_be_left(&self, instance: InstanceId) -> bool {
        self.leave[instance.index()]
    }

    /// The instances whose `may_enter` is checked and cleared when one calls another, or the host does.
    pub(super) fn entering(&self, caller: Option<InstanceId>, callee: InstanceId) -> Vec<InstanceId> {
        self.entering_set(caller, callee).filter(|instance| self.tracked[instance.index()]).collect()
    }

    fn entering_set(&self, caller: Option<InstanceId>, callee: InstanceId) -> impl Iterator<Item = InstanceId> {
        let inside = caller.map_or(&[][..], |caller| &self.lineage[caller.index()][..]);
        self.lineage[callee.index()].iter().copied().filter(move |instance| !inside.contains(instance))
    }

    fn track(&mut self, calls: &[(InstanceId, InstanceId)]) {
        let mut next = vec![Vec::new(); self.lineage.len()];
        for &(from, to) in calls {
            next[from.index()].push(to);
        }
        let mut candidates: Vec<InstanceId> =
            calls.iter().flat_map(|&(from, to)| self.entering_set(Some(from), to)).collect();
        candidates.sort_unstable();
        candidates.dedup();
        for entered in candidates {
            let reached = self.reached(entered, &next);
            let again = calls.iter().any(|&(from, to)| {
                reached[from.index()] && self.entering_set(Some(from), to).any(|instance| instance == entered)
            });
            self.tracked[entered.index()] = again;
        }
    }

    /// What calls can reach from an instance and from those inside of it.
    fn reached(&self, from: InstanceId, next: &[Vec<InstanceId>]) -> Vec<bool> {
        let mut reached: Vec<bool> = self.lineage.iter().map(|lineage| lineage.contains(&from)).collect();
        let mut rest: Vec<usize> = (0..reached.len()).filter(|&index| reached[index]).collect();
        while let Some(index) = rest.pop() {
            for to in &next[index] {
                if !std::mem::replace(&mut reached[to.index()], true) {
                    rest.push(to.index());
                }
            }
        }
        reached
    }
}

fn lineages(plan: &Plan) -> Vec<Vec<InstanceId>> {
    let mut lineages: Vec<Vec<InstanceId>> = Vec::with_capacity(plan.instances.len());
    for (index, instance) in plan.instances.iter().enumerate() {
        let mut lineage = vec![InstanceId(index as u32)];
        if let Some(parent) = instance.parent {
            lineage.extend_from_slice(&lineages[parent.index()]);
        }
        lineages.push(lineage);
    }
    lineages
}
