//! `drop column`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::ChangeKind;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "drop-column",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Some((table, changes)) = at.changes_of_old() else {
        return Vec::new();
    };
    changes
        .iter()
        .filter(|change| matches!(change.kind, ChangeKind::DropColumn { .. }))
        .map(|change| {
            Problem::new(change.span.clone(), format!("dropping a column of `{table}` loses its values and breaks whoever still reads it"))
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
