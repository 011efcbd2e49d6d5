//! Views that read with their owner's rights.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "view-without-security-invoker",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::CreateView(create) = at.action() else {
        return Vec::new();
    };
    let is_open = create.materialized || create.temporary || create.security_invoker;
    if is_open || !at.script.is_secured {
        return Vec::new();
    }
    let problem = Problem::new(
        at.statement().span.clone(),
        format!("`{}` shows every caller what its owner may see", create.view),
    )
    .why("policies and grants of the tables are checked against the view's owner: row-level security is bypassed")
    .instead("write `with (security_invoker = true)` behind the view's name");
    vec![if create.has_options {
        problem
    } else {
        problem.mend(
            create.options_at..create.options_at,
            " with (security_invoker = true)",
        )
    }]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches, mends};

    #[test]
    fn every_spelling_of_true_is_understood() {
        catches(
            &RULE,
            &[
                "create view v as select 1;",
                "create view v with (security_barrier) as select 1;",
                "create view v with (security_invoker = false) as select 1;",
            ],
        );
        accepts(
            &RULE,
            &[
                "create view v with (security_invoker) as select 1;",
                "create or replace view s.v with (security_barrier, security_invoker = on) as select 1;",
                "create temporary view v as select 1;",
                "create materialized view v as select 1;",
            ],
        );
    }

    #[test]
    fn the_option_is_added_behind_name_and_columns() {
        mends(
            &RULE,
            "create view s.v (a) as select 1;",
            "create view s.v (a) with (security_invoker = true) as select 1;",
        );
    }
}
