//! Renamed tables and columns.

use crate::lint::rule::{At, Problem, Rule};
use crate::lint::statement::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "rename-breaks-programs",
    documentation: include_str!("../../../docs/lint/rename-breaks-programs.md"),
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let table = match at.action() {
        Action::AlterTable { table, .. } if at.is_old(table) => table,
        _ => return Vec::new(),
    };
    at.squawk("renaming-column")
        .into_iter()
        .map(|span| (span, format!("renaming a column of `{table}` breaks programs that use the old name")))
        .chain(
            at.squawk("renaming-table")
                .into_iter()
                .map(|span| (span, format!("renaming `{table}` breaks programs that use the old name"))),
        )
        .map(|(span, message)| {
            Problem::new(span, message)
                .why("programs that are running while it is renamed were written before; there is no moment at which both names work")
                .instead("add the new name beside the old one (a column kept in step by a trigger, a view for a table), deploy, then drop the old one")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn tables_and_columns_are_found_and_constraints_are_not() {
        catches(
            &RULE,
            &[
                "alter table t rename column a to b;",
                "alter table t rename to u;",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter table t rename constraint a to b;",
                "create table t (a int); alter table t rename column a to b;",
            ],
        );
    }
}
