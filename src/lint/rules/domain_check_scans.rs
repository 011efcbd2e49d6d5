//! Constraints on domains that tables use.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "domain-check-scans",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::ConstrainDomain {
        domain,
        not_valid: false,
    } = at.action()
    else {
        return Vec::new();
    };
    let columns = at.schema.columns_of(domain);
    let mut old = columns
        .iter()
        .map(|(table, _)| &table.name)
        .filter(|table| at.is_old(table));
    // Of a domain that the files make, they also tell who uses it.
    let is_unused = at.schema.domain(&domain.name).is_some() && old.next().is_none();
    if is_unused {
        return Vec::new();
    }
    let validates = at
        .text(&at.statement().span)
        .to_ascii_lowercase()
        .contains("validate");
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("a constraint on the domain `{domain}` scans every table that uses it while nobody can write them"),
        )
        .why("measured: Share on every such table, held for a scan of each")
        .instead(match validates {
            true => "run it when nobody writes, alone in its migration; `not valid` alone already holds for new values",
            false => "add it `not valid`: it then holds for new values and reads nothing; validating it later scans under the same lock, at an hour of your choice",
        }),
    ]
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
                "alter domain d validate constraint c;",
            ],
        );
        accepts(
            &RULE,
            &[
                "alter domain d add constraint c check (value > 0) not valid;",
                "create domain d as int; alter domain d add check (value > 0);",
            ],
        );
    }
}
