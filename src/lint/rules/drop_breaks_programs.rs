//! Dropped views, functions and sequences that programs name.

use crate::lint::rule::{At, Problem, Rule};
use crate::sql::Name;
use crate::sql::tree::Action;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "drop-breaks-programs",
    check,
};

fn check(at: &At<'_>) -> Vec<Problem> {
    let (kind, names): (&str, &[Name]) = match at.action() {
        Action::DropView { views } => ("view", views),
        Action::DropRoutine { routines } => ("function", routines),
        Action::Drop { kind, names } if *kind != "owned" => (kind, names),
        _ => return Vec::new(),
    };
    let later = &at.statements[at.index + 1..];
    // Dropped to be made anew: whether it is the same is another rule's matter.
    let comes_back = |name: &Name| {
        later.iter().any(|statement| match &statement.action {
            Action::CreateView(create) => create.view.is(name),
            Action::CreateRoutine(create) => create.name.is(name),
            Action::CreateTable(create) => create.table.is(name),
            Action::CreateNamed { name: made } | Action::CreateAggregate { name: made, .. } => {
                made.is(name)
            }
            Action::CreateDomain(create) => create.domain.is(name),
            _ => false,
        })
    };
    let is_trigger = |name: &Name| {
        let known = at.schema.routines.routine(name);
        known.is_some_and(|routine| routine.is_trigger)
    };
    let gone = names
        .iter()
        .filter(|name| at.is_old(name) && !comes_back(name) && !is_trigger(name));
    gone.map(|name| {
        Problem::new(
            at.statement().span.clone(),
            format!("dropping the {kind} `{name}` breaks whoever still names it"),
        )
        .why("programs that are running while it is dropped were written before; prepared statements fail too")
        .instead("deploy programs that no longer name it first, then allow this with that reason")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::lint::testing::{accepts, catches};

    #[test]
    fn what_programs_name_is_found_unless_it_comes_back() {
        catches(
            &RULE,
            &[
                "drop view v;",
                "drop materialized view v;",
                "drop function f(int);",
                "drop procedure p();",
                "drop sequence q;",
                "drop type m;",
                "drop domain d;",
            ],
        );
        accepts(
            &RULE,
            &[
                "drop view v; create view v as select 1 as a;",
                "drop function f(int); create function f(a int, b int) returns int language sql return 1;",
                "create view v as select 1 as a; drop view v;",
                "create function f() returns trigger language plpgsql as $$ begin return new; end $$;\n-- V002__x.sql\ndrop function f();",
                "drop index i;",
            ],
        );
    }
}
