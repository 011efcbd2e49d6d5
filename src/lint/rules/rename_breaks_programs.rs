//! What is called by another name from now on: tables and columns, views, functions, types and their values, schemas.

use std::ops::Range;

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind, Rename, Renamed};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "rename-breaks-programs",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let problem = |span: Range<usize>, what: String| {
        Problem::new(span, format!("renaming {what} breaks programs that use the old name"))
            .why("programs that are running while it is renamed were written before; there is no moment at which both names work")
    };
    let whole = at.statement().span.clone();
    match at.action() {
        Action::AlterTable { .. } => in_table(at, &problem),
        Action::MoveView { view, .. } if at.is_old(view) => vec![
            problem(whole, format!("the view `{view}`"))
                .instead("create the new view beside the old one, deploy, then drop the old one"),
        ],
        Action::Rename(Rename {
            kind,
            name,
            renamed,
        }) if at.is_old(name) => {
            let (what, instead) = match renamed {
                Renamed::Whole(_) => (
                    format!("the {kind} `{name}`"),
                    "make what is needed under the new name beside the old one, deploy, then drop the old one",
                ),
                Renamed::Value(value) => (
                    format!("the value '{value}' of `{name}`"),
                    "add the new value, deploy programs that write it and read both, change the rows, and leave the old value where it is",
                ),
                Renamed::Attribute(attribute) => (
                    format!("the attribute `{attribute}` of `{name}`"),
                    "add the new attribute beside the old one, deploy, then drop the old one",
                ),
            };
            vec![problem(whole, what).instead(instead)]
        }
        _ => Vec::new(),
    }
}

fn in_table(at: &At<'_>, problem: &dyn Fn(Range<usize>, String) -> Problem) -> Vec<Problem> {
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
            problem(span, what)
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
                "alter schema s rename to x;",
                "alter view v rename to w;",
                "alter materialized view v set schema x;",
                "alter function f(int) rename to g;",
                "alter procedure f() set schema x;",
                "alter sequence q rename to r;",
                "alter type m rename to n;",
                "alter type m rename value 'a' to 'b';",
                "alter type m rename attribute a to b;",
                "alter domain d set schema x;",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter table t rename constraint a to b;",
                "alter table t add column b_new int; alter table t rename column b_new to b;",
                "create table t (a int); alter table t rename column a to b;",
                "create type m as enum ('a'); alter type m rename value 'a' to 'b';",
                "create function f() returns int language sql return 1; alter function f() rename to g;",
                "alter index i rename to j;",
                "alter sequence q owned by none;",
                "alter function f() owner to current_user;",
            ],
        );
    }
}
