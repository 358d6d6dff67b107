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

/// How much is looked at to find which instances need `may_enter`: a component of 10,000 instances may have so many
/// calls between them that it would take minutes.
const MAX_STEPS: usize = 20_000_000;

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
        all.track(&uses.calls, MAX_STEPS);
        all
    }

    /// Whether `may_leave` of the instance is kept and checked.
    pub(super) fn may_be_left(&self, instance: InstanceId) -> bool {
        self.leave[instance.index()]
    }

    /// The instances whose `may_enter` is checked and cleared when one calls another, or the host does.
    pub(super) fn entering(&self, caller: Option<InstanceId>, callee: InstanceId) -> Vec<InstanceId> {
        let entered = self.entering_set(caller, callee).iter().copied();
        entered.filter(|instance| self.tracked[instance.index()]).collect()
    }

    /// The callee and its ancestors, up to the first that the caller is in too.
    fn entering_set(&self, caller: Option<InstanceId>, callee: InstanceId) -> &[InstanceId] {
        let outside = caller.map_or(&[][..], |caller| &self.lineage[caller.index()][..]);
        let callee = &self.lineage[callee.index()][..];
        // Both end with the root: what they share is at their ends.
        let shared = callee.iter().rev().zip(outside.iter().rev()).take_while(|(one, other)| one == other);
        &callee[..callee.len() - shared.count()]
    }

    fn track(&mut self, calls: &[(InstanceId, InstanceId)], steps: usize) {
        let mut calls = calls.to_vec();
        calls.sort_unstable();
        calls.dedup();
        let count = self.lineage.len();
        let mut search = Search { inside: vec![Vec::new(); count], calls: vec![Vec::new(); count], steps };
        for lineage in &self.lineage {
            if let &[instance, parent, ..] = &lineage[..] {
                search.inside[parent.index()].push(instance);
            }
        }
        let mut callers = vec![Vec::new(); count];
        for &(from, to) in &calls {
            search.calls[from.index()].push(to);
            for entered in self.entering_set(Some(from), to) {
                callers[entered.index()].push(from);
            }
        }
        for (index, callers) in callers.iter().enumerate().filter(|(_, callers)| !callers.is_empty()) {
            self.tracked[index] = search.comes_back(InstanceId(index as u32), callers);
        }
    }
}

/// Finds whether calls come back to where they started.
struct Search {
    /// For each instance, those directly inside of it.
    inside: Vec<Vec<InstanceId>>,
    /// For each instance, those that it calls.
    calls: Vec<Vec<InstanceId>>,
    /// How much may still be looked at.
    steps: usize,
}

impl Search {
    /// Whether calls from an instance, or from those inside of it, can reach one that calls into it from outside. If
    /// that takes too long to find out, they are said to: the flag is checked then, as it may always be.
    fn comes_back(&mut self, entered: InstanceId, callers: &[InstanceId]) -> bool {
        let mut is_caller = vec![false; self.calls.len()];
        callers.iter().for_each(|caller| is_caller[caller.index()] = true);
        let mut reached = vec![false; self.calls.len()];
        let mut own = vec![entered];
        let mut rest = Vec::new();
        while let Some(instance) = own.pop() {
            reached[instance.index()] = true;
            own.extend_from_slice(&self.inside[instance.index()]);
            rest.push(instance);
        }
        let Some(steps) = self.steps.checked_sub(rest.len()) else { return true };
        self.steps = steps;
        while let Some(instance) = rest.pop() {
            let calls = &self.calls[instance.index()];
            match self.steps.checked_sub(calls.len()) {
                Some(steps) if !is_caller[instance.index()] => self.steps = steps,
                _ => return true,
            }
            rest.extend(calls.iter().filter(|to| !std::mem::replace(&mut reached[to.index()], true)));
        }
        false
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The root, with 1 and 2 in it, and 3 in 1.
    fn tracked(calls: &[(u32, u32)], steps: usize) -> Vec<bool> {
        let lineage = [&[0][..], &[1, 0], &[2, 0], &[3, 1, 0]];
        let lineage = lineage.iter().map(|lineage| lineage.iter().copied().map(InstanceId).collect()).collect();
        let mut all = Instances { lineage, tracked: vec![false; 4], leave: Vec::new() };
        let calls: Vec<_> = calls.iter().map(|&(from, to)| (InstanceId(from), InstanceId(to))).collect();
        all.track(&calls, steps);
        all.tracked
    }

    #[test]
    fn an_instance_is_tracked_if_calls_can_come_back_to_it() {
        assert_eq!(tracked(&[(0, 1), (0, 2), (1, 2)], 100), [false; 4]);
        assert_eq!(tracked(&[(1, 2), (2, 1)], 100), [false, true, true, false]);
        // 3 calls out of 1, which is entered again on the way back.
        assert_eq!(tracked(&[(3, 2), (2, 3)], 100), [false, true, true, true]);
        // A parent calls its child, which calls it: that enters the child only, and from inside of the parent.
        assert_eq!(tracked(&[(1, 3), (3, 1)], 100), [false, false, false, true]);
    }

    #[test]
    fn what_cannot_be_found_out_in_time_is_tracked() {
        assert_eq!(tracked(&[(0, 1), (0, 2), (1, 2)], 0), [false, true, true, false]);
    }
}
