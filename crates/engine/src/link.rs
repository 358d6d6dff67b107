//! Matching a module's imports with host functions: one rule and one wording for every backend.

use std::collections::HashMap;

use crate::{EngineError, ErrorStage, ExternKind, ExternType, Import};

/// For each import of a module, in order, the host function that answers it. An [`ErrorStage::Link`] error names the
/// import that has none, or one of another type. Host functions that the module does not import are left out.
pub fn resolve<'a, T>(wanted: &[ExternType], given: &'a [Import<T>]) -> Result<Vec<&'a Import<T>>, EngineError> {
    let by_name: HashMap<(&str, &str), &Import<T>> =
        given.iter().map(|import| ((&*import.module, &*import.name), import)).collect();
    wanted.iter().map(|import| resolve_one(import, &by_name)).collect()
}

fn resolve_one<'a, T>(
    wanted: &ExternType,
    given: &HashMap<(&str, &str), &'a Import<T>>,
) -> Result<&'a Import<T>, EngineError> {
    let ExternType { module, name, kind } = wanted;
    let fail = |why: String| Err(EngineError::new(ErrorStage::Link, format!("import `{module}` `{name}`: {why}")));
    let ExternKind::Func(ty) = kind else {
        return fail(format!("the module wants a {kind}, and the host gives functions only"));
    };
    match given.get(&(module.as_str(), name.as_str())) {
        None => fail(format!("the module wants {ty}, and the host has nothing of that name")),
        Some(import) if *import.linked_type() != *ty => {
            fail(format!("the module wants {ty}, and the host gives {}", import.linked_type()))
        }
        Some(import) => Ok(import),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Flow, FuncType, Suspends, ValueType};

    fn host(name: &'static str, ty: FuncType) -> Import<()> {
        Import {
            module: "host".into(),
            name: name.into(),
            ty,
            suspends: Suspends::No,
            memory: None,
            call: Arc::new(|_, _| Flow::Done),
        }
    }

    fn wanted(name: &str, kind: ExternKind) -> ExternType {
        ExternType { module: "host".into(), name: name.into(), kind }
    }

    #[test]
    fn imports_are_found_by_name_and_type() {
        let given = [host("a", FuncType::default()), host("b", FuncType::new([ValueType::I32], []))];
        let found = resolve(&[wanted("b", ExternKind::Func(given[1].ty.clone()))], &given).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, "b");
    }

    #[test]
    fn errors_name_the_import_and_both_types() {
        let given = [host("a", FuncType::new([ValueType::I32], []))];
        let message = |kind| resolve(&[wanted("a", kind)], &given).unwrap_err().message;
        let other = message(ExternKind::Func(FuncType::new([], [ValueType::I64])));
        assert_eq!(other, "import `host` `a`: the module wants func() -> i64, and the host gives func(i32)");
        let table = message(ExternKind::Table);
        assert_eq!(table, "import `host` `a`: the module wants a table, and the host gives functions only");
    }
}
