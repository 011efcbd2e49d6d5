//! Privileges that earlier files gave and this one takes.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "revoke-breaks-programs",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::Revoke(revoked) = at.action() else {
        return Vec::new();
    };
    let had = at.schema.old_grants().iter().find(|granted| {
        granted.on == revoked.on
            && granted
                .roles
                .iter()
                .any(|role| revoked.roles.contains(role))
    });
    let Some(had) = had else {
        return Vec::new();
    };
    let role = had.roles.iter().find(|role| revoked.roles.contains(role));
    let role = role.map_or("", String::as_str);
    vec![
        Problem::new(
            at.statement().span.clone(),
            format!("programs of `{role}` that use what this takes fail from now on"),
        )
        .why(format!("an earlier file grants `{}` to `{role}`", had.what))
        .instead("deploy programs that no longer need it first, then allow this with that reason"),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn only_what_an_earlier_file_gave_is_missed() {
        let grant = "grant select, insert on s.t to app, web;";
        catches(
            &RULE,
            &[&format!(
                "{grant}\n-- V002__x.sql\nrevoke insert on table s.t from web;"
            )],
        );
        accepts(
            &RULE,
            &[
                "revoke all on s.t from app;",
                &format!("{grant} revoke insert on s.t from app;"),
                &format!("{grant}\n-- V002__x.sql\nrevoke insert on s.u from app;"),
                &format!("{grant}\n-- V002__x.sql\nrevoke insert on s.t from other;"),
            ],
        );
    }
}
