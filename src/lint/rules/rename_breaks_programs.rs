//! Renamed tables and columns.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "rename-breaks-programs",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter_map(|change| {
            let what = match &change.kind {
                ChangeKind::RenameColumn { from, .. } if !is_new(at, table, from) => {
                    format!("a column of `{table}`")
                }
                ChangeKind::MoveTable(_) => format!("`{table}`"),
                _ => return None,
            };
            Some((change.span.clone(), what))
        })
        .map(|(span, what)| {
            Problem::new(span, format!("renaming {what} breaks programs that use the old name"))
                .why("programs that are running while it is renamed were written before; there is no moment at which both names work")
                .instead("add the new name beside the old one (a column kept in step by a trigger, a view for a table), deploy, then drop the old one")
        })
        .collect()
}

/// Whether the file itself has added the column: nobody uses it yet.
fn is_new(at: &At<'_>, table: &Name, column: &str) -> bool {
    at.before().iter().any(|statement| {
        match &statement.action {
        Action::AlterTable { table: other, changes } => {
            other.is(table)
                && changes.iter().any(|change| {
                    matches!(&change.kind, ChangeKind::AddColumn(added) if added.name == column)
                })
        }
        _ => false,
    }
    })
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
                "alter table t set schema s;",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter table t rename constraint a to b;",
                "alter table t add column b_new int; alter table t rename column b_new to b;",
                "create table t (a int); alter table t rename column a to b;",
            ],
        );
    }
}
