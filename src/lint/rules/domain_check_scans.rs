//! Constraints on domains that tables use.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "domain-check-scans",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    match at.action() {
        Action::ConstrainDomain {
            domain,
            not_valid: false,
        } => vec![
            Problem::new(
                at.statement().span.clone(),
                format!("a constraint on the domain `{domain}` scans every table that uses it while nobody can write them"),
            )
            .why("measured: Share on every such table, held for a scan of each")
            .instead("add it `not valid`, and `alter domain … validate constraint` in a later migration"),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn a_constraint_that_is_not_validated_is_the_way_out() {
        catches(
            &RULE,
            &[
                "alter domain d add check (value > 0);",
                "alter domain d set not null;",
            ],
        );
        accepts(
            &RULE,
            &["alter domain d add constraint c check (value > 0) not valid;"],
        );
    }
}
