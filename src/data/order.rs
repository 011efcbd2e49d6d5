//! Tables that others refer to come first.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, Name};

/// The order in which tables are filled. Those of a circle keep the order that they are given in.
pub(super) fn order(catalog: &Catalog, tables: &[Name]) -> Vec<usize> {
    let mut done: BTreeSet<&Name> = BTreeSet::new();
    let mut order = Vec::new();
    while order.len() < tables.len() {
        let waits = |name: &Name| {
            catalog.constraints.iter().any(|constraint| {
                let target = constraint.references.as_ref().map(|to| &to.relation);
                constraint.relation == *name
                    && target.is_some_and(|target| {
                        target != name && tables.contains(target) && !done.contains(target)
                    })
            })
        };
        let left = || (0..tables.len()).filter(|at| !done.contains(&tables[*at]));
        let Some(next) = left()
            .find(|at| !waits(&tables[*at]))
            .or_else(|| left().next())
        else {
            break;
        };
        done.insert(&tables[next]);
        order.push(next);
    }
    order
}
