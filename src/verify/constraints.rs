//! No constraint is left `not valid` or `not enforced`: rows that break it may be there.

use super::{Rule, Scope, with_hint};
use crate::catalog::{Constraint, ConstraintKind};
use crate::report::Check;
use crate::sql;

const RULE: Rule = Rule {
    key: "constraints/validated",
    name: "validated constraints",
    expected: "every constraint",
    subject: "tables",
};

pub(super) fn check(scope: &Scope<'_>) -> Option<Check> {
    scope.of_tables(&RULE, || judge(scope))
}

fn judge(scope: &Scope<'_>) -> Check {
    // NOT NULL is a constraint only from version 18 on; counted only when it is one to name, the total is
    // the same on every version.
    let constraints: Vec<&Constraint> = scope
        .catalog
        .constraints
        .iter()
        .filter(|it| scope.owns(&it.relation) && !it.inherited)
        .filter(|it| it.kind != ConstraintKind::NotNull || !it.validated)
        .collect();
    let open: Vec<&&Constraint> = constraints.iter().filter(|it| !it.validated).collect();
    let details: Vec<String> = open
        .iter()
        .map(|it| {
            let name = sql::identifier(&it.name);
            if it.is_enforced() {
                format!(
                    "{name} on {}: not valid, older rows were never checked",
                    it.relation
                )
            } else {
                format!("{name} on {}: not enforced", it.relation)
            }
        })
        .collect();
    let found = format!("{}/{}", constraints.len() - open.len(), constraints.len());
    let check = scope.judged(&RULE, 1, found, details);
    with_hint(check, || {
        // The server refuses to validate what it does not enforce.
        let it = open.iter().find(|it| it.is_enforced()).or(open.first());
        let Some(it) = it else {
            return String::new();
        };
        let name = sql::identifier(&it.name);
        if it.is_enforced() {
            let object = if it.on_domain { "domain" } else { "table" };
            let relation = &it.relation;
            format!("run `alter {object} {relation} validate constraint {name}` in a new migration")
        } else {
            format!(
                "{name} is there for readers alone: drop it, or make it anew without `not enforced`, which looks at all rows"
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::deployed;

    const KEY: &str = "constraints/validated";

    #[test]
    fn a_constraint_that_was_never_validated_is_named() {
        let mut sample = deployed();
        assert_eq!(sample.passes(KEY).found, "2/2");
        sample.catalog.constraints[1].validated = false;
        let check = sample.fails(KEY);
        assert_eq!(check.found, "1/2");
        assert!(check.details[0].contains("orders_customer_id_fkey on shop.orders: not valid"));
        assert!(
            check
                .hint
                .unwrap()
                .contains("alter table shop.orders validate constraint orders_customer_id_fkey")
        );
        sample.catalog.constraints[1]
            .definition
            .push_str(" NOT ENFORCED");
        let check = sample.fails(KEY);
        assert!(check.details[0].ends_with("not enforced"));
        assert!(!check.hint.unwrap().contains("validate"));
    }
}
