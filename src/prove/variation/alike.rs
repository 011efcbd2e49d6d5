//! What makes look-ups find something: a column that has what the look-up's rows have.

use std::collections::BTreeSet;

use super::company::Company;
use crate::prove::probe::ProbeContext;
use crate::prove::world::At;

/// Values of one column that another is given.
pub(super) const MOST_ALIKE: usize = 4;

/// Columns of a table that a look-up compares with its own, where no rows have a value in common: each with one that the
/// look-up has.
pub(super) fn alike(context: &ProbeContext<'_>, reader: usize) -> Company {
    let values = |at: &At| -> BTreeSet<&String> {
        let rows = context.world.tables[at.0].rows.iter();
        rows.filter_map(|row| row[at.1].as_ref()).collect()
    };
    let of_reader = context
        .hints
        .pairs
        .iter()
        .filter(|(of, _, _)| *of == reader);
    let found = of_reader.filter_map(|(_, one, two)| {
        let (own, other) = if one.0 == reader {
            (one, two)
        } else {
            (two, one)
        };
        let table = &context.world.tables[own.0];
        let is_meant = own.0 == reader && other.0 != reader && !table.key.contains(&own.1);
        let is_tenant = context.hints.tenants.contains(own);
        if !is_meant || is_tenant || !values(own).is_disjoint(&values(other)) {
            return None;
        }
        let value = values(other).into_iter().next()?;
        Some((*own, crate::sql::literal(value)))
    });
    found.collect()
}

/// The same companies, and each once more with what makes a look-up find something.
pub(super) fn with_alike(companies: &[Company], alike: &Company, at: At) -> Vec<Company> {
    let mut all = companies.to_vec();
    if alike.is_empty() {
        return all;
    }
    for company in companies.iter().chain([&Company::new()]) {
        let is_free =
            |(of, _): &&(At, String)| *of != at && company.iter().all(|(own, _)| own != of);
        let more: Vec<(At, String)> = alike.iter().filter(is_free).cloned().collect();
        if !more.is_empty() {
            all.push(company.iter().cloned().chain(more).collect());
        }
    }
    all
}
