//! Foreign keys that no index of the table supports.

use crate::lint::locks::parent_of;
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::{Action, ChangeKind, Constraint};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "foreign-key-without-index",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let (table, constraints): (&Name, Vec<&Constraint>) = match at.action() {
        Action::CreateTable(create) => (&create.table, create.all_constraints().collect()),
        Action::AlterTable { table, changes } => (
            table,
            changes
                .iter()
                .filter_map(|change| match &change.kind {
                    ChangeKind::AddConstraint(constraint) => Some(constraint),
                    _ => None,
                })
                .collect(),
        ),
        _ => return Vec::new(),
    };
    // The index may be made by the statement itself, before it or after it in this file.
    let mut schema = at.schema.only(table);
    for statement in &at.statements[at.index..] {
        let about = match &statement.action {
            Action::CreateTable(create) => &create.table,
            Action::AlterTable { table, .. } => table,
            Action::CreateIndex(create) => &create.table,
            _ => continue,
        };
        if about.is(table) {
            schema.apply(statement);
        }
    }
    let Some(known) = schema.table(table) else {
        return Vec::new();
    };
    constraints
        .into_iter()
        .filter_map(|constraint| {
            let parent = parent_of(constraint)?;
            // What is not enforced looks for no rows.
            if at.text(&constraint.span).to_ascii_lowercase().contains("not enforced") {
                return None;
            }
            (!known.has_index_on(&constraint.columns)).then(|| {
                let columns = constraint.columns.join(", ");
                Problem::new(
                    constraint.span.clone(),
                    format!("no index of `{table}` begins with ({columns}), the columns of this foreign key"),
                )
                .why(format!("every delete of a row of `{parent}`, and every change of its key, reads all of `{table}`"))
                .instead(format!("create an index on {table} ({columns})"))
                .settled_by(at.is_indexed_later(table, &constraint.columns))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn any_index_that_begins_with_the_columns_will_do() {
        catches(
            &RULE,
            &[
                "create table c (a int, p int references p);",
                "create table c (a int, p int references p); create index on c (a, p);",
                "create table c (a int, p int references p); create index on c (p) where p is not null;",
            ],
        );
        accepts(
            &RULE,
            &[
                "create table c (a int, p int references p); create index on c (p, a);",
                "create table c (a int, p int references p);\n-- V002__x.sql\n--! no-transaction\ncreate index concurrently on c (p);",
                "create table c (p int primary key references p);",
                "create table c (t int, p int, foreign key (t, p) references p, unique (p, t));",
            ],
        );
    }
}
