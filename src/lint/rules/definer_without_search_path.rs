//! `security definer` functions whose names a caller can redirect.

use crate::lint::routines;
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::search_path::PINNED;
use crate::sql::tree::{Action, CreateRoutine};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "definer-without-search-path",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let routines = match at.action() {
        Action::CreateRoutine(routine) => vec![routine.clone()],
        Action::AlterRoutine(alter) => at.schema.routines.changed_by(alter),
        _ => return Vec::new(),
    };
    routines
        .iter()
        .filter(|routine| routine.security_definer && !at.is_decided_later(routine))
        .filter_map(|routine| problem(at, routine))
        .collect()
}

fn problem(at: &At<'_>, routine: &CreateRoutine) -> Option<Problem> {
    let weakness = routines::weakness(routine)?;
    let span = match &routine.search_path {
        Some((_, span)) => span.clone(),
        None => at.statement().span.clone(),
    };
    let name = &routine.name;
    let problem = Problem::new(
        span.clone(),
        format!("`{name}` runs with its owner's rights, and its {weakness}"),
    )
    .why("whoever may create a table, type, function or temporary object can make it use theirs")
    .instead(format!(
        "write `set search_path = {PINNED}` and every other name with its schema"
    ))
    .error();
    Some(if routines::is_empty_path(routine) {
        problem.mend(span, format!("set search_path = {PINNED}"))
    } else {
        problem
    })
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
            "security definer set search_path = \"$user\", pg_temp",
            "security definer set search_path from current",
            "set search_path = 'pg_catalog, pg_temp' security definer",
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
        catches(
            &RULE,
            &["create procedure p() language plpgsql security definer as $$ begin end $$;"],
        );
    }

    #[test]
    fn what_an_alter_makes_of_it_counts() {
        let made = function("security definer");
        accepts(
            &RULE,
            &[
                &format!("{made} alter function f() set search_path = pg_catalog, pg_temp;"),
                &format!(
                    "{made}\n-- V002__pin.sql\nalter function f set search_path to pg_catalog, pg_temp;"
                ),
                "alter function g(int) set search_path = '';",
                "alter function g(int) owner to postgres;",
            ],
        );
        let pinned = function("security definer set search_path = pg_catalog, pg_temp");
        catches(
            &RULE,
            &[
                &format!("{made} alter function f(int) set search_path = pg_catalog, pg_temp;"),
                &format!("{pinned}\n-- V002__open.sql\nalter function f() set search_path = '';"),
                &format!("{pinned} alter function f() reset search_path;"),
                &format!("{pinned} alter routine f() reset all;"),
                &format!("{} alter function f() security definer;", function("")),
                "alter function g(int) security definer set search_path = '';",
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
