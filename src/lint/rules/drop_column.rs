//! `drop column`.

use crate::lint::rule::{At, Problem, Rule};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "drop-column",
    documentation: include_str!("../../../docs/lint/drop-column.md"),
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let table = match at.action() {
        crate::lint::statement::Action::AlterTable { table, .. } if at.is_old(table) => table,
        _ => return Vec::new(),
    };
    at.squawk("ban-drop-column")
        .into_iter()
        .map(|span| {
            Problem::new(span, format!("dropping a column of `{table}` loses its values and breaks whoever still reads it"))
                .why("programs that are running while it is dropped were written before; `select *` and prepared statements fail too")
                .instead("deploy programs that no longer use the column first, then allow this with that reason")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_dropped_column_is_found() {
        catches(&RULE, &["alter table t drop column a;"]);
        accepts(
            &RULE,
            &[
                "alter table t drop constraint a;",
                "create table t (a int); alter table t drop column a;",
            ],
        );
    }
}
