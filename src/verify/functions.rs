//! A function with its owner's rights looks up names only where its owner means them to be.

use super::{Rule, Scope, is_wanted, with_hint};
use crate::catalog::Function;
use crate::report::Check;

const RULE: Rule = Rule {
    key: "functions/pinned_search_path",
    name: "unpinned security definer",
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
        .filter(|function| function.security_definer && !function.sql_body)
        .filter_map(|function| Some(format!("{}: {}", function.label(), weakness(function)?)))
        .collect();
    let check = scope.none(&RULE, functions.len(), details);
    Some(with_hint(check, || {
        "add `set search_path = ''` to the function and qualify every name in it, or write its body in \
         SQL-standard form (`begin atomic … end`)"
            .to_owned()
    }))
}

/// How somebody could put an object of theirs in the way of the function.
fn weakness(function: &Function) -> Option<&'static str> {
    let Some(path) = function.setting("search_path") else {
        return Some("search_path is its caller's");
    };
    let schemas: Vec<&str> = path.split(',').map(str::trim).collect();
    if schemas.contains(&"\"$user\"") || schemas.contains(&"$user") {
        return Some("search_path depends on the user");
    }
    match schemas.as_slice() {
        [] | ["" | "\"\""] => None,
        [.., "pg_temp"] => None,
        // Unless it is named, pg_temp is searched first, and everybody may create in theirs.
        _ => Some(
            "search_path does not end in pg_temp, so a temporary table can stand in for a real one",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::deployed;

    const KEY: &str = "functions/pinned_search_path";

    #[test]
    fn a_security_definer_function_must_pin_where_names_are_looked_up() {
        let mut sample = deployed();
        assert_eq!(sample.passes(KEY).found, "none");
        sample.catalog.functions[0].security_definer = true;
        let check = sample.fails(KEY);
        assert_eq!(check.details, ["shop.touch(): search_path is its caller's"]);
        for (path, is_safe) in [
            ("\"\"", true),
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
    fn a_sql_standard_body_needs_no_search_path() {
        let mut sample = deployed();
        sample.catalog.functions[0].security_definer = true;
        sample.catalog.functions[0].sql_body = true;
        sample.passes(KEY);
    }
}
