//! Proposals for several columns at once, and the question whether a combination of them makes checks hold.

use std::collections::BTreeMap;

use super::check::{Check, base};
use super::clock::{DAY, NOW};
use super::propose::{Asked, Proposal};
use super::rows::SOME;
use crate::catalog::Catalog;
use crate::seed::dataset;
use crate::sql::identifier;

/// Combinations that are tried for one check.
const MOST_TRIED: usize = 6000;

/// Places in lists of these sizes, those near the beginnings first.
pub(super) fn combinations(sizes: &[usize]) -> Vec<Vec<usize>> {
    fn add(sizes: &[usize], left: usize, chosen: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
        let Some((size, rest)) = sizes.split_first() else {
            if left == 0 {
                all.push(chosen.clone());
            }
            return;
        };
        let room: usize = rest.iter().map(|size| size - 1).sum();
        for place in left.saturating_sub(room)..=left.min(size - 1) {
            if all.len() >= MOST_TRIED {
                return;
            }
            chosen.push(place);
            add(rest, left - place, chosen, all);
            chosen.pop();
        }
    }
    let most: usize = sizes.iter().map(|size| size - 1).sum();
    let mut all = Vec::new();
    // All at their beginning is what fails already.
    for total in 1..=most {
        add(sizes, total, &mut Vec::new(), &mut all);
    }
    all
}

/// Whether all checks hold for some rows of the file, on each of the days, with other values in the chosen columns.
pub(super) fn question_of(
    catalog: &Catalog,
    table: &dataset::Table,
    checks: &[&Check],
    asked: &[Asked],
    options: &[Vec<Proposal>],
    chosen: &[usize],
) -> String {
    let mut changed: BTreeMap<&str, &Proposal> = BTreeMap::new();
    for ((column, options), choice) in asked.iter().zip(options).zip(chosen) {
        if *choice > 0 {
            changed.insert(&column.name, &options[choice - 1]);
        }
    }
    let kept: Vec<String> = catalog
        .columns_of(&table.name)
        .filter(|column| !changed.contains_key(column.name.as_str()))
        .map(|column| identifier(&column.name))
        .chain([DAY.to_owned(), NOW.to_owned()])
        .collect();
    let mut sql = format!("(select {} from pg_temp.{SOME}) as kept", kept.join(", "));
    // Each after those that it follows; what goes round in a circle is a question that fails.
    let mut left: Vec<&str> = changed.keys().copied().collect();
    while let Some(place) = left.iter().position(|name| {
        !changed[name]
            .reads
            .iter()
            .any(|read| left.contains(&read.as_str()))
    }) {
        let name = left.remove(place);
        let column = catalog
            .columns_of(&table.name)
            .find(|column| column.name == name);
        let data_type = column.map_or_else(String::new, |column| {
            base(catalog, column).unwrap_or_else(|| column.data_type.clone())
        });
        let samples: Vec<String> = changed[name]
            .samples
            .iter()
            .map(|sample| format!("(({sample})::{data_type})"))
            .collect();
        sql.push_str(&format!(
            " cross join lateral (values {}) as made_{} ({})",
            samples.join(", "),
            left.len(),
            identifier(name)
        ));
    }
    if !left.is_empty() {
        return "select false".to_owned();
    }
    let mut conditions: Vec<String> = checks
        .iter()
        .map(|check| format!("({}) is not false", check.condition))
        .collect();
    let not_null = asked.iter().filter(|column| !column.nullable);
    conditions.extend(not_null.map(|column| format!("{} is not null", identifier(&column.name))));
    format!(
        "select pg_catalog.bool_and({}) from {sql}",
        conditions.join(" and ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_begin_near_what_is_there() {
        assert_eq!(
            combinations(&[2, 3]),
            [[0, 1], [1, 0], [0, 2], [1, 1], [1, 2]]
        );
        assert_eq!(combinations(&[1]), Vec::<Vec<usize>>::new());
        assert_eq!(combinations(&[50; 6]).len(), MOST_TRIED);
    }
}
