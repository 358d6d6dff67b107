//! Calls that lend handles (CanonicalABI.md, `Task.num_borrows`, `Subtask.lenders`).
//!
//! A scope is both halves of such a call: it counts the borrowed handles that the callee has not dropped yet, and it
//! remembers the handles of the caller that must stay until the call ends. Scopes nest as calls do, and a scope ends
//! only when its borrowed handles are gone, so a scope's depth identifies it for as long as a handle mentions it.

use tambo_component_abi::Fault;
use tambo_component_plan::InstanceId;

#[derive(Clone, Copy, Debug)]
struct Scope {
    borrows: u32,
    /// Its loans are those of the list from here on.
    first_loan: usize,
}

/// A handle that is lent: its table and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loan {
    /// The table.
    pub instance: InstanceId,
    /// The index in it.
    pub handle: u32,
}

/// The scopes of a store that are open.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    open: Vec<Scope>,
    loans: Vec<Loan>,
}

impl Scopes {
    /// Open one.
    #[inline]
    pub fn enter(&mut self) {
        self.open.push(Scope { borrows: 0, first_loan: self.loans.len() });
    }

    /// Close the innermost one: its loans, which are to be given back. Traps if a borrowed handle was not dropped.
    #[inline]
    pub fn exit(&mut self) -> Result<impl ExactSizeIterator<Item = Loan>, Fault> {
        let scope = self.open.pop().ok_or_else(none_open)?;
        if scope.borrows > 0 {
            return Err(Fault::new("borrow handles still remain at the end of the call"));
        }
        Ok(self.loans.drain(scope.first_loan..))
    }

    /// A handle is lent for the innermost scope.
    #[inline]
    pub fn lend(&mut self, loan: Loan) {
        self.loans.push(loan);
    }

    /// A borrowed handle is made for the innermost scope: the scope's depth.
    #[inline]
    pub fn borrow(&mut self) -> Result<u32, Fault> {
        let depth = self.open.len() as u32;
        let scope = self.open.last_mut().ok_or_else(none_open)?;
        scope.borrows += 1;
        Ok(depth - 1)
    }

    /// A borrowed handle of this scope was dropped.
    #[inline]
    pub fn dropped(&mut self, depth: u32) {
        if let Some(scope) = self.open.get_mut(depth as usize) {
            scope.borrows = scope.borrows.saturating_sub(1);
        }
    }
}

#[cold]
fn none_open() -> Fault {
    Fault::new("bug in tambo, please report it: a handle was lent outside of a call")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_ends_when_its_borrows_are_gone() {
        let mut scopes = Scopes::default();
        scopes.enter();
        let outer = scopes.borrow().unwrap();
        scopes.enter();
        let inner = scopes.borrow().unwrap();
        assert_eq!((outer, inner), (0, 1));
        scopes.dropped(outer);
        scopes.dropped(inner);
        assert_eq!(scopes.exit().unwrap().len(), 0);
        scopes.borrow().unwrap();
        assert_eq!(scopes.exit().err().unwrap().0, "borrow handles still remain at the end of the call");
    }

    #[test]
    fn each_scope_gives_back_its_own_loans() {
        let mut scopes = Scopes::default();
        let loan = |handle| Loan { instance: InstanceId(0), handle };
        scopes.enter();
        scopes.lend(loan(1));
        scopes.enter();
        scopes.lend(loan(2));
        scopes.lend(loan(3));
        assert_eq!(scopes.exit().unwrap().collect::<Vec<_>>(), [loan(2), loan(3)]);
        assert_eq!(scopes.exit().unwrap().collect::<Vec<_>>(), [loan(1)]);
        assert!(scopes.exit().is_err() && scopes.borrow().is_err());
    }
}
