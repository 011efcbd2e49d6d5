//! A required column without a default: it fails as soon as the table has a row.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::{Change, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "add-column-not-null",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    let is_empty = |change: &&Change| match &change.kind {
        ChangeKind::AddColumn(column) => {
            column.not_null && !column.default && !column.generated && !column.identity
        }
        _ => false,
    };
    changes
        .iter()
        .filter(is_empty)
        .map(|change| {
            Problem::new(
                change.span.clone(),
                format!("a required column without a default cannot be added to `{table}` once it has rows"),
            )
            .why("the server refuses it with SQLSTATE 23502 as soon as the table has one row; an empty test database does not notice")
            .instead("add it with a constant default, or nullable, fill it in batches, and set it not null later")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_default_or_an_empty_table_makes_it_possible() {
        catches(&RULE, &["alter table t add column a int not null;"]);
        accepts(
            &RULE,
            &[
                "alter table t add column a int not null default 0;",
                "alter table t add column a int generated always as identity;",
                "alter table t add column a int not null generated always as (1) stored;",
                "create table t (); alter table t add column a int not null;",
            ],
        );
    }
}
