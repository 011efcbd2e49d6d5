//! Trigger functions whose names whoever changes a row can redirect.

use crate::lint::routines;
use crate::lint::rule::{At, Problem, Rule};
use crate::sql::search_path::PINNED;
use crate::sql::tree::{Action, ChangeKind, Constraint, ConstraintKind, CreateRoutine};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "trigger-without-search-path",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let open = |routine: &&CreateRoutine| {
        // One with its owner's rights is another rule's.
        routine.is_trigger && !routine.security_definer && !at.is_decided_later(routine)
    };
    match at.action() {
        Action::CreateRoutine(routine) => {
            let found = Some(routine).filter(open);
            found
                .and_then(|it| of_function(at, it))
                .into_iter()
                .collect()
        }
        Action::AlterRoutine(alter) => {
            let changed = at.schema.routines.changed_by(alter);
            let found = changed.iter().filter(open);
            found.filter_map(|it| of_function(at, it)).collect()
        }
        Action::Trigger {
            table,
            function: Some(function),
        } if at.schema.is_acted_on(table) => {
            let found = at.schema.routines.trigger_function(function).filter(open);
            found
                .and_then(|it| of_key(at, it, &table.name))
                .into_iter()
                .collect()
        }
        Action::AlterTable { table, changes } => {
            let acts = changes.iter().any(|change| match &change.kind {
                ChangeKind::AddConstraint(constraint) => acts(constraint),
                ChangeKind::AddColumn(column) => column.constraints.iter().any(acts),
                _ => false,
            });
            let called = at.schema.routines.called_on(table).filter(|_| acts);
            let found = called.filter(open);
            found.filter_map(|it| of_key(at, it, &table.name)).collect()
        }
        _ => Vec::new(),
    }
}

fn acts(constraint: &Constraint) -> bool {
    matches!(
        constraint.kind,
        ConstraintKind::ForeignKey { acts: true, .. }
    )
}

/// At the function itself.
fn of_function(at: &At<'_>, routine: &CreateRoutine) -> Option<Problem> {
    let weakness = routines::weakness(routine)?;
    let span = match &routine.search_path {
        Some((_, span)) => span.clone(),
        None => at.statement().span.clone(),
    };
    let mut problem = said(Problem::new(
        span.clone(),
        format!(
            "`{}` is a trigger's function, and its {weakness}",
            routine.name
        ),
    ));
    let tables = at.schema.tables().iter().map(|table| &table.name);
    let mut acted_on = tables.filter(|table| at.schema.is_acted_on(table));
    if at
        .schema
        .routines
        .is_called_on(&routine.name, &mut acted_on)
    {
        problem = problem.error();
    }
    Some(if routines::is_empty_path(routine) {
        problem.mend(span, format!("set search_path = {PINNED}"))
    } else {
        problem
    })
}

/// Where a trigger and a key with an action meet.
fn of_key(at: &At<'_>, routine: &CreateRoutine, table: &str) -> Option<Problem> {
    let weakness = routines::weakness(routine)?;
    let problem = Problem::new(
        at.statement().span.clone(),
        format!(
            "the key of `{table}` makes `{}` run as the table's owner, and its {weakness}",
            routine.name
        ),
    );
    Some(said(problem).error())
}

fn said(problem: Problem) -> Problem {
    problem
        .why("it runs for whoever changes a row: in a definer function as that one's owner, through a key with an action as the table's owner")
        .instead(format!(
            "write `set search_path = {PINNED}` and every other name with its schema"
        ))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches, mends, severities};
    use crate::report::Severity;

    fn function(options: &str) -> String {
        format!(
            "create function app.f() returns trigger language plpgsql {options} as $$ begin return new; end $$;"
        )
    }

    /// A table under a key, and a trigger on it.
    fn child(action: &str) -> String {
        format!(
            "create table app.parent (id int primary key);
             create table app.child (id int references app.parent {action});
             create trigger t before delete on app.child for each row execute function app.f();"
        )
    }

    #[test]
    fn only_a_path_that_ends_in_pg_temp_is_safe() {
        for options in [
            "",
            "set search_path = ''",
            "set search_path = app",
            "set search_path = \"$user\", app, pg_temp",
            "set search_path from current",
            "set work_mem = '8MB'",
        ] {
            catches(&RULE, &[&function(options)]);
        }
        accepts(
            &RULE,
            &[
                &function("set search_path = pg_catalog, pg_temp"),
                // Another rule's.
                &function("security definer"),
                "create function app.f() returns int language plpgsql as $$ begin return 1; end $$;",
                &format!(
                    "{}\n-- V002__pin.sql\nalter function app.f() set search_path = pg_catalog, pg_temp;",
                    function("")
                ),
            ],
        );
        let pinned = function("set search_path = pg_catalog, pg_temp");
        catches(
            &RULE,
            &[
                &format!("{pinned} alter function app.f() set search_path = '';"),
                &format!("{pinned} alter function app.f() reset search_path;"),
                "create function app.e() returns event_trigger language plpgsql as $$ begin end $$;",
            ],
        );
    }

    #[test]
    fn a_key_with_an_action_makes_it_an_error() {
        let open = function("set search_path = ''");
        let warned = [Severity::Warning];
        assert_eq!(severities(&RULE, &open), warned);
        for action in ["", "on delete restrict", "on delete no action"] {
            let text = format!("{open}{}", child(action));
            assert_eq!(severities(&RULE, &text), warned, "{action}");
        }
        for action in [
            "on delete cascade",
            "on delete set null",
            "on update cascade",
            "on delete set default",
        ] {
            let text = format!("{open}\n-- V002__child.sql\n{}", child(action));
            let severe = [Severity::Warning, Severity::Error];
            assert_eq!(severities(&RULE, &text), severe, "{action}");
        }
        // The key comes last, and the function is replaced after it.
        let later = format!(
            "{open}{}\n-- V002__key.sql\nalter table app.child add constraint k foreign key (id) references app.parent on delete cascade;",
            child("")
        );
        assert_eq!(severities(&RULE, &later).last(), Some(&Severity::Error));
        let replaced = format!(
            "{}{}\n-- V002__replace.sql\n{}",
            function("set search_path = pg_catalog, pg_temp"),
            child("on delete cascade"),
            open.replace("create", "create or replace")
        );
        assert_eq!(severities(&RULE, &replaced), [Severity::Error]);
        accepts(
            &RULE,
            &[&format!(
                "{}{}",
                function("set search_path = pg_catalog, pg_temp"),
                child("on delete cascade")
            )],
        );
    }

    #[test]
    fn an_empty_path_is_mended() {
        mends(
            &RULE,
            &function("set search_path = ''"),
            &function("set search_path = pg_catalog, pg_temp"),
        );
    }
}
