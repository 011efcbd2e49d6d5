//! Every view runs with its reader's rights, so that policies hold behind it too.

use super::{Rule, Scope, is_wanted, with_hint};
use crate::catalog::{Relation, RelationKind};
use crate::report::Check;

const RULE: Rule = Rule {
    key: "views/security_invoker",
    name: "security_invoker",
    expected: "on every view",
    subject: "views",
};

pub(super) fn check(scope: &Scope<'_>) -> Option<Check> {
    // Without any row-level security, a view passes none by.
    let is_secured = scope.system.policy.is_some()
        || scope.system.expect.row_level_security.is_some()
        || scope.catalog.tables().any(|table| table.row_security);
    if !is_secured {
        return None;
    }
    let views: Vec<&Relation> = scope
        .catalog
        .relations
        .iter()
        .filter(|relation| relation.kind == RelationKind::View && scope.owns(&relation.name))
        .collect();
    if views.is_empty() && !is_wanted(scope.system.expect.views.as_ref(), &scope.declared.views) {
        return None;
    }
    let offenders: Vec<&&Relation> = views
        .iter()
        .filter(|view| !view.has_option("security_invoker"))
        .collect();
    let first = offenders.first().map(|view| view.name.to_string());
    let details = offenders
        .iter()
        .map(|view| {
            format!(
                "{}: reads with the rights of its owner, {}",
                view.name, view.owner
            )
        })
        .collect();
    let check = scope.every(&RULE, views.len(), details);
    Some(with_hint(check, || {
        format!(
            "write `create or replace view {} with (security_invoker = true) as …` in its file in views/{}/, then {}",
            first.unwrap_or_default(),
            scope.system.name,
            scope.migrate()
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::super::sample::deployed;
    use crate::catalog::RelationKind;

    const KEY: &str = "views/security_invoker";

    #[test]
    fn a_view_with_its_owners_rights_is_named() {
        let mut sample = deployed();
        assert_eq!(sample.passes(KEY).found, "1/1");
        for off in [None, Some("false"), Some("off"), Some("0")] {
            let view = sample
                .catalog
                .relations
                .iter_mut()
                .find(|relation| relation.kind == RelationKind::View)
                .unwrap();
            view.options = off
                .map(|value| ("security_invoker".to_owned(), value.to_owned()))
                .into_iter()
                .collect();
            let check = sample.fails(KEY);
            assert_eq!(
                check.details,
                ["shop.open_orders: reads with the rights of its owner, ann"]
            );
        }
    }

    #[test]
    fn no_view_fails_only_where_there_should_be_one() {
        let mut sample = deployed();
        sample
            .catalog
            .relations
            .retain(|relation| relation.kind != RelationKind::View);
        assert_eq!(sample.fails(KEY).found, "no views to check");
        sample.system.expect.views = None;
        sample.fails(KEY);
        sample.declared.views = None;
        sample.omits(KEY);
    }

    #[test]
    fn without_any_row_level_security_nothing_is_passed_by() {
        let mut sample = deployed();
        sample.system.expect.row_level_security = None;
        sample.system.policy = None;
        for relation in &mut sample.catalog.relations {
            relation.options.clear();
            relation.row_security = false;
        }
        sample.omits(KEY);
    }
}
