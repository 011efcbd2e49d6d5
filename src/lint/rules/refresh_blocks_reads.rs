//! `refresh materialized view` without `concurrently`.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "refresh-blocks-reads",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    match at.action() {
        Action::RefreshView {
            view,
            concurrently: false,
        } if at.is_old(view) => vec![
            Problem::new(
                at.statement().span.clone(),
                format!("refreshing `{view}` keeps its readers out until the query has run"),
            )
            .why("measured: AccessExclusive on the view for the whole refresh")
            .instead(
                "give the view a unique index and write `refresh materialized view concurrently`",
            ),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_view_of_the_same_file_has_no_readers() {
        catches(&RULE, &["refresh materialized view v;"]);
        accepts(
            &RULE,
            &[
                "refresh materialized view concurrently v;",
                "create materialized view v as select 1 with no data; refresh materialized view v;",
            ],
        );
    }
}
