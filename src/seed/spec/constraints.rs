//! What constraints of the catalog say of a column: where it refers to, which texts it may hold.

use super::header::Header;
use crate::catalog::{Catalog, ConstraintKind, Name};

/// The table and column that a column refers to. Of a key of several columns, the tenant's is left aside, and of the
/// rest the last is the one that refers: the others must agree with it.
pub(super) fn foreign_key(
    catalog: &Catalog,
    table: &Name,
    column: &str,
    header: &Header,
) -> Option<(Name, String)> {
    let tenant = header.tenant_column.as_deref();
    let mut found = None;
    for constraint in catalog
        .constraints
        .iter()
        .filter(|constraint| constraint.relation == *table)
    {
        let Some(reference) = &constraint.references else {
            continue;
        };
        let own: Vec<(&String, &String)> = constraint
            .columns
            .iter()
            .zip(&reference.columns)
            .filter(|(own, _)| Some(own.as_str()) != tenant)
            .collect();
        let Some((last, target)) = own.last() else {
            continue;
        };
        if last.as_str() == column
            && found
                .as_ref()
                .is_none_or(|(_, _, width)| own.len() > *width)
        {
            found = Some((reference.relation.clone(), (*target).clone(), own.len()));
        }
    }
    found.map(|(relation, target, _)| (relation, target))
}

/// The texts that a check of the form `column in (…)` lets pass.
pub(super) fn labels(catalog: &Catalog, table: &Name, column: &str) -> Option<Vec<String>> {
    catalog.constraints.iter().find_map(|constraint| {
        let is_meant = constraint.relation == *table
            && constraint.kind == ConstraintKind::Check
            && constraint.columns == [column];
        let definition = is_meant.then_some(constraint.definition.as_str())?;
        let rest = definition.strip_prefix("CHECK ((")?.trim_start_matches('(');
        let rest = rest.strip_prefix(&crate::sql::identifier(column))?;
        let (own, list) = rest.split_once("= ANY (")?;
        // Not what a function or an operator makes of it, as a key of JSON; a cast says nothing new.
        let cast = own.trim().trim_start_matches(')');
        if !cast.is_empty() && !cast.starts_with("::") {
            return None;
        }
        let simple = !definition.contains(" OR ") && !definition.contains(" AND ");
        let labels = crate::sql::literals_of(list);
        (simple && !labels.is_empty()).then_some(labels)
    })
}
