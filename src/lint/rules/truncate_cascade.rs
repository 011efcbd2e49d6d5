//! `truncate … cascade`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "truncate-cascade",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::Truncate { cascade: true, .. } = at.action() else {
        return Vec::new();
    };
    vec![
        Problem::new(
            at.statement().span.clone(),
            "this empties every table that refers to these, and every table that refers to those",
        )
        .why("which tables that are is decided by the foreign keys of the day")
        .instead("name every table that is to be emptied, without `cascade`"),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn naming_the_tables_is_the_way_out() {
        catches(&RULE, &["truncate t cascade;"]);
        accepts(&RULE, &["truncate t, u;"]);
    }
}
