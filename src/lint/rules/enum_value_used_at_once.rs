//! A new enum value used in the transaction that adds it.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "enum-value-used-at-once",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    if !at.in_transaction() {
        return Vec::new();
    }
    let text = at.text(&at.statement().span);
    at.before()
        .iter()
        .filter_map(|statement| match &statement.action {
            Action::AddEnumValue { name, value } => Some((name, value)),
            _ => None,
        })
        .filter(|(_, value)| text.contains(&format!("'{}'", value.replace('\'', "''"))))
        .filter(|_| !matches!(at.action(), Action::AddEnumValue { .. } | Action::Comment { .. }))
        .map(|(name, value)| {
            Problem::new(
                at.statement().span.clone(),
                format!("the value '{value}' of `{name}` cannot be used before the transaction that adds it is committed"),
            )
            .why("the server refuses it with SQLSTATE 55P04, \"unsafe use of new value\"")
            .instead("add the value in a migration of its own, and use it in the next one")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn the_next_migration_may_use_it() {
        let add = "alter type status add value 'held';";
        let using = "alter table t alter s set default 'held';";
        catches(&RULE, &[&format!("{add} {using}")]);
        accepts(
            &RULE,
            &[
                &format!("{add}\n-- V002__use.sql\n{using}"),
                &format!("--! no-transaction\n{add} {using}"),
                &format!("{add} alter type status add value 'lost' after 'held';"),
            ],
        );
    }
}
