//! `truncate` of a table that has rows.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "truncate-loses-rows",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::Truncate { tables, .. } = at.action() else {
        return Vec::new();
    };
    let Some(table) = tables.iter().find(|table| at.is_old(table)) else {
        return Vec::new();
    };
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("all rows of `{table}` are gone when this is committed"),
        )
        .why("it cannot be undone, triggers on `delete` do not run, and every environment loses its rows, not only the one in mind")
        .instead("keep a copy and allow this with the reason why nobody needs the rows"),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_table_of_the_same_file_has_nothing_to_lose() {
        catches(
            &RULE,
            &[
                "truncate t;",
                "create table u (a int); truncate u, t restart identity;",
            ],
        );
        accepts(&RULE, &["create temporary table t (a int); truncate t;"]);
    }
}
