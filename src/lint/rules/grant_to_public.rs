//! Grants to everybody.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "grant-to-public",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::Grant(grants) = at.action() else {
        return Vec::new();
    };
    if !grants.to_public {
        return Vec::new();
    }
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!(
                "`{}` is granted to every role of the server, present and future",
                grants.what
            ),
        )
        .why("a grant to public cannot be taken back from a single role")
        .instead("grant it to the roles that need it, in the system's policy file"),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn only_public_is_everybody() {
        catches(
            &RULE,
            &[
                "grant select on t to public;",
                "grant usage on schema s to app, PUBLIC;",
            ],
        );
        accepts(
            &RULE,
            &[
                "grant select on t to app;",
                "revoke all on t from public;",
                "grant select on public.t to app;",
            ],
        );
    }
}
