//! The order in which tables are loaded: referenced ones first.

use crate::catalog::Catalog;
use crate::seed::dataset::{Dataset, Shape};

/// Positions of the filled tables, referenced ones first; tables in a circle come in the order of the file.
pub(super) fn load_order(data: &Dataset, catalog: &Catalog) -> Vec<usize> {
    let filled: Vec<usize> = (0..data.tables.len())
        .filter(|at| !matches!(data.tables[*at].shape, Shape::Existing(_)))
        .collect();
    let mut order: Vec<usize> = Vec::new();
    while order.len() < filled.len() {
        let ready = filled.iter().copied().find(|at| {
            !order.contains(at)
                && references(data, catalog, *at)
                    .all(|other| other == *at || order.contains(&other))
        });
        let next = ready.or_else(|| filled.iter().copied().find(|at| !order.contains(at)));
        order.extend(next);
    }
    order
}

/// The filled tables that a table's foreign keys point to.
pub(crate) fn references<'a>(
    data: &'a Dataset,
    catalog: &'a Catalog,
    at: usize,
) -> impl Iterator<Item = usize> + 'a {
    catalog
        .constraints
        .iter()
        .filter(move |constraint| constraint.relation == data.tables[at].name)
        .filter_map(|constraint| {
            let reference = constraint.references.as_ref()?;
            data.tables.iter().position(|table| {
                table.name == reference.relation && !matches!(table.shape, Shape::Existing(_))
            })
        })
}
