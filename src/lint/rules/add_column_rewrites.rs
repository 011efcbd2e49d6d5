//! New columns whose value must be computed for every row.

use crate::lint::rule::{At, Problem, Rule};
use crate::lint::statement::ChangeKind;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "add-column-rewrites",
    documentation: include_str!("../../../docs/lint/add-column-rewrites.md"),
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    let volatile = at.squawk("adding-field-with-default");
    changes
        .iter()
        .filter_map(|change| {
            let ChangeKind::AddColumn(column) = &change.kind else {
                return None;
            };
            let why = if column.identity || column.kind.contains("serial") {
                "an identity column takes a new number for every row"
            } else if column.generated_stored {
                "a stored generated column is computed for every row"
            } else if column.default
                && volatile
                    .iter()
                    .any(|span| change.span.start <= span.start && span.start < change.span.end)
            {
                "a volatile default is computed for every row"
            } else {
                return None;
            };
            Some(
                Problem::new(
                    change.span.clone(),
                    format!("adding `{}` writes `{table}` anew while nobody can read or write it", column.name),
                )
                .why(format!("{why}: measured AccessExclusive for a rewrite of the table and all its indexes"))
                .instead("add the column nullable, set the default for new rows in a second statement, and fill old rows in batches"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn every_way_to_compute_a_value_for_each_row_is_found() {
        catches(
            &RULE,
            &[
                "alter table t add column a float default random();",
                "alter table t add column a uuid default gen_random_uuid();",
                "alter table t add column a bigserial;",
                "alter table t add column a int generated always as identity;",
                "alter table t add column a int generated always as (b * 2) stored;",
                "alter table t add column a int default 1, add column b float default random();",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter table t add column a int default 1;",
                "alter table t add column a timestamptz default now();",
                "alter table t add column a timestamptz default current_timestamp;",
                "alter table t add column a int generated always as (b * 2) virtual;",
                "create table t (); alter table t add column a float default random();",
            ],
        );
    }
}
