//! `security definer` functions whose names a caller can redirect.

use crate::lint::rule::{At, Problem, Rule};
use crate::lint::statement::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "definer-without-search-path",
    documentation: include_str!("../../../docs/lint/definer-without-search-path.md"),
    check,
};

/// Names are looked up in the server's own schema first and in temporary ones last.
const SAFE: &str = "pg_catalog, pg_temp";

fn check(at: &At<'_>) -> Vec<Problem> {
    let Action::CreateRoutine(routine) = at.action() else {
        return Vec::new();
    };
    // The names of an SQL-standard body were resolved when it was created.
    if !routine.security_definer || routine.standard_body {
        return Vec::new();
    }
    let name = &routine.name;
    let Some((path, span)) = &routine.search_path else {
        return vec![
            Problem::new(
                at.statement().span.clone(),
                format!("`{name}` runs with its owner's rights and its caller's search path"),
            )
            .why("whoever may create a table, function or temporary object can make the function use it")
            .instead(format!("add `set search_path = {SAFE}` and write every other name with its schema")),
        ];
    };
    let path: String = path
        .trim_start_matches("search_path")
        .trim_start_matches([' ', '='])
        .trim_start_matches("to ")
        .replace([' ', '"'], "");
    if path.ends_with(",pg_temp") && !path.starts_with("pg_temp") {
        return Vec::new();
    }
    if path == "''" {
        return vec![
            Problem::new(
                span.clone(),
                format!("an empty search path still looks into `{name}`'s caller's temporary schema first"),
            )
            .why("measured: with `set search_path = ''` a temporary domain or type called `text` is found before pg_catalog's, and its check runs with the owner's rights")
            .instead(format!("write `set search_path = {SAFE}`"))
            .mend(span.clone(), format!("set search_path = {SAFE}")),
        ];
    }
    vec![
        Problem::new(
            span.clone(),
            format!("the search path of `{name}` looks into its caller's temporary schema first"),
        )
        .why("pg_temp is searched first for tables and types unless the path names it")
        .instead("end the path with `pg_temp`: it is then searched last"),
    ]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches, mends};

    fn function(options: &str) -> String {
        format!(
            "create function f() returns int language plpgsql {options} as $$ begin return 1; end $$;"
        )
    }

    #[test]
    fn only_a_path_that_ends_in_pg_temp_is_safe() {
        for options in [
            "security definer",
            "security definer set search_path = ''",
            "security definer set search_path to ''",
            "security definer set search_path = public",
            "security definer set search_path = pg_temp, public",
        ] {
            catches(&RULE, &[&function(options)]);
        }
        for options in [
            "",
            "set search_path = ''",
            "security definer set search_path = pg_catalog, pg_temp",
            "security definer set search_path to pg_catalog, app, pg_temp",
        ] {
            accepts(&RULE, &[&function(options)]);
        }
        accepts(
            &RULE,
            &[
                "create function f() returns int language sql security definer return 1;",
                "create function f() returns int language sql security definer begin atomic select 1; end;",
            ],
        );
    }

    #[test]
    fn an_empty_path_is_mended() {
        mends(
            &RULE,
            &function("security definer set search_path = ''"),
            &function("security definer set search_path = pg_catalog, pg_temp"),
        );
    }
}
