//! A function that runs with somebody else's rights looks up names only where its owner means them to be.

use super::{Rule, Scope, is_wanted, with_hint};
use crate::catalog::{Function, Name, ReferenceAction};
use crate::report::Check;
use crate::sql::search_path::{self, PINNED};

const RULE: Rule = Rule {
    key: "functions/pinned_search_path",
    name: "unpinned search path",
    expected: "none",
    subject: "functions",
};

pub(super) fn check(scope: &Scope<'_>) -> Option<Check> {
    let functions: Vec<&Function> = scope
        .catalog
        .functions
        .iter()
        .filter(|function| scope.owns(&function.name))
        .collect();
    let wanted = is_wanted(
        scope.system.expect.functions.as_ref(),
        &scope.declared.functions,
    );
    if functions.is_empty() && !wanted {
        return None;
    }
    let details = functions
        .iter()
        .filter(|function| !["c", "internal"].contains(&function.language.as_str()))
        .filter(|function| !function.sql_body)
        .filter_map(|function| {
            let weakness = search_path::weakness(function.setting("search_path"))?;
            let rights = rights(scope, function)?;
            Some(format!("{}: {weakness}{rights}", function.label()))
        })
        .collect();
    let check = scope.none(&RULE, functions.len(), details);
    Some(with_hint(check, || {
        format!(
            "add `set search_path = {PINNED}` to the function and qualify every other name in it, or write its body in \
             SQL-standard form (`begin atomic … end`)"
        )
    }))
}

/// Whose rights it runs with, where they are not its caller's.
fn rights(scope: &Scope<'_>, function: &Function) -> Option<String> {
    if function.security_definer {
        return Some(String::new());
    }
    let mut triggers = scope.catalog.triggers.iter();
    let trigger = triggers.find(|trigger| {
        trigger.function == function.name && is_acted_on(scope, &trigger.relation)
    })?;
    Some(format!(
        "; a foreign key with an action makes it run as the owner of {}",
        trigger.relation
    ))
}

/// Whether a foreign key changes or deletes rows of the table, which the server does as the table's owner.
fn is_acted_on(scope: &Scope<'_>, table: &Name) -> bool {
    let acts = |action| {
        !matches!(
            action,
            ReferenceAction::NoAction | ReferenceAction::Restrict
        )
    };
    let mut keys = scope.catalog.constraints.iter();
    keys.any(|key| {
        let reference = key.references.as_ref().filter(|_| key.relation == *table);
        reference.is_some_and(|it| acts(it.on_delete) || acts(it.on_update))
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::deployed;
    use crate::catalog::ReferenceAction;

    const KEY: &str = "functions/pinned_search_path";

    #[test]
    fn a_security_definer_function_must_pin_where_names_are_looked_up() {
        let mut sample = deployed();
        assert_eq!(sample.passes(KEY).found, "none");
        sample.catalog.functions[0].security_definer = true;
        let check = sample.fails(KEY);
        assert_eq!(check.details, ["shop.touch(): search_path is its caller's"]);
        for (path, is_safe) in [
            ("\"\"", false),
            ("pg_catalog, pg_temp", true),
            ("shop, pg_temp", true),
            ("shop", false),
            ("pg_temp, shop", false),
            ("\"$user\", public, pg_temp", false),
        ] {
            sample.catalog.functions[0].config = vec![("search_path".to_owned(), path.to_owned())];
            if is_safe {
                sample.passes(KEY);
            } else {
                sample.fails(KEY);
            }
        }
    }

    #[test]
    fn a_trigger_function_must_where_a_foreign_key_changes_its_table() {
        let mut sample = deployed();
        sample.passes(KEY);
        let key = sample.catalog.constraints.iter_mut();
        let mut keys = key.filter_map(|key| key.references.as_mut());
        keys.next().unwrap().on_delete = ReferenceAction::Cascade;
        let check = sample.fails(KEY);
        assert_eq!(
            check.details,
            [
                "shop.touch(): search_path is its caller's; a foreign key with an action makes it run as the owner of shop.orders"
            ]
        );
        assert!(
            check
                .hint
                .unwrap()
                .contains("set search_path = pg_catalog, pg_temp")
        );
        let path = vec![("search_path".to_owned(), "pg_catalog, pg_temp".to_owned())];
        sample.catalog.functions[0].config = path;
        sample.passes(KEY);
    }

    #[test]
    fn a_sql_standard_body_needs_no_search_path() {
        let mut sample = deployed();
        sample.catalog.functions[0].security_definer = true;
        sample.catalog.functions[0].sql_body = true;
        sample.passes(KEY);
    }
}
