//! What must hold of policies whatever they are: another permissive policy takes nothing away and does not reach
//! beyond the tenant, a restrictive one adds nothing (I4), and who is not bound by them sees what anybody sees (I7).

use std::collections::BTreeSet;

use super::persona::Persona;
use super::persona::Personas;
use super::probe::{Expected, Kind, Outcome, Probe, ProbeContext};
use super::probe_session::{CallOptions, ProbeSession};
use super::tally::{Failure, Tally};
use crate::error::Result;
use crate::policy::{Class, Command};

/// I4, for one persona of each database role.
pub(super) async fn policies(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let tables: Vec<usize> = (0..context.intent.policies.tables.len())
        .filter(|at| context.chosen.has(*at))
        .filter(|at| context.intent.policies.tables[*at].class != Class::Exempt)
        .collect();
    let all = |policy: &str| -> String {
        let statements = tables.iter().map(|at| {
            let name = &context.world.tables[*at].name;
            format!("create policy workroom_added on {name} {policy};")
        });
        let statements: String = statements.collect();
        format!("do $workroom_before$ begin {statements} end $workroom_before$")
    };
    let (more, fewer) = (
        all("as permissive for select to public using (true)"),
        all("as restrictive for all to public using (false)"),
    );
    for (position, persona) in personas.all.iter().enumerate() {
        if persona.bypasses || !is_chosen(personas, position) {
            continue;
        }
        let asked: Vec<usize> = tables
            .iter()
            .copied()
            .filter(|at| context.may_find(persona, *at))
            .collect();
        if asked.is_empty() {
            continue;
        }
        let sql: Vec<String> = asked.iter().map(|at| keys(context, *at)).collect();
        let statements: Vec<(&str, &str)> = sql.iter().map(|sql| (sql.as_str(), "?")).collect();
        let options = |before| CallOptions {
            before,
            ..CallOptions::default()
        };
        let parts = [
            (statements.clone(), options("")),
            (statements.clone(), options(more.as_str())),
            (statements.clone(), options(fewer.as_str())),
        ];
        let outcomes = session
            .calls(persona, personas.keys, &parts)
            .await
            .map_err(|failure| failure.of_our_own("adding policies"))?;
        let [plain, more, fewer] = outcomes.as_slice() else {
            continue;
        };
        for (number, at) in asked.iter().enumerate() {
            tally.count(Kind::Invariant, 2);
            let before = plain[number].rows();
            let after = more[number].rows();
            let mut fail = |outcome: &Outcome, says: &str| {
                tally
                    .failures
                    .push(failure(context, position, *at, &sql[number], outcome, says));
            };
            if !before.is_subset(&after) {
                fail(
                    &more[number],
                    "a permissive policy more takes no row away (I4)",
                );
            } else if !is_of_tenant(context, persona, *at, &after) {
                fail(
                    &more[number],
                    "a permissive policy more shows no row of another tenant: a restrictive one keeps them apart (I4, I5)",
                );
            }
            if !fewer[number].rows().is_empty() {
                fail(
                    &fewer[number],
                    "a restrictive policy that nothing passes leaves nothing to be seen (I4)",
                );
            }
        }
    }
    Ok(tally)
}

/// I7: a role that policies do not bind sees everything that anybody sees.
pub(super) fn service(context: &ProbeContext<'_>, personas: Personas<'_>, tally: &mut Tally) {
    let mut failures = Vec::new();
    let mut count = 0;
    for (position, persona) in personas.all.iter().enumerate() {
        if !persona.bypasses || !is_chosen(personas, position) {
            continue;
        }
        for at in 0..context.intent.policies.tables.len() {
            if !context.may_find(persona, at) {
                continue;
            }
            let Some(own) = tally.seen.get(&(position, at)) else {
                continue;
            };
            count += 1;
            // Who may not read the key was only counted rows for.
            let others = tally
                .seen
                .iter()
                .filter(|((who, of), _)| *of == at && context.may_find(&personas.all[*who], at));
            let mut missing = others.flat_map(|(_, keys)| keys.difference(own));
            if let Some(key) = missing.next() {
                let outcome = Outcome {
                    keys: Some(key.clone()),
                    ..Outcome::default()
                };
                let says = "who is not bound by policies sees what anybody sees (I7)";
                let sql = keys(context, at);
                failures.push(failure(context, position, at, &sql, &outcome, says));
            }
        }
    }
    tally.count(Kind::Invariant, count);
    tally.failures.extend(failures);
}

/// The first ordinary persona of each database role, or the first at all.
fn is_chosen(personas: Personas<'_>, position: usize) -> bool {
    let role = &personas.all[position].database_role;
    let same = || {
        let all = personas.all.iter().enumerate();
        all.filter(|(_, one)| one.database_role == *role)
    };
    let first = same().find(|(_, one)| one.is_ordinary).or(same().next());
    first.is_some_and(|(at, _)| at == position)
}

fn keys(context: &ProbeContext<'_>, at: usize) -> String {
    let table = &context.world.tables[at];
    format!(
        "select string_agg({}, chr(30)) from {}",
        table.key_sql(),
        table.name
    )
}

fn is_of_tenant(
    context: &ProbeContext<'_>,
    persona: &Persona,
    at: usize,
    keys: &BTreeSet<String>,
) -> bool {
    let table = &context.world.tables[at];
    let tenant = context.intent.policies.tables[at].tenant.as_ref();
    let Some(column) = tenant.and_then(|tenant| table.column(tenant)) else {
        return true;
    };
    let mut foreign = (table.rows.iter()).filter(|row| row[column] != persona.context[0]);
    !foreign.any(|row| keys.contains(&table.key_of(row)))
}

fn failure(
    context: &ProbeContext<'_>,
    persona: usize,
    at: usize,
    sql: &str,
    outcome: &Outcome,
    says: &str,
) -> Failure {
    let declared = &context.intent.policies.tables[at];
    Failure {
        persona,
        probe: Probe {
            kind: Kind::Invariant,
            table: at,
            command: Command::Select,
            sql: sql.to_owned(),
            after: "?".to_owned(),
            expected: Expected::Passes,
            row: None,
            span: declared.span.clone(),
        },
        outcome: outcome.clone(),
        object: Some(declared.title()),
        expected: Some(says.to_owned()),
        varied: None,
    }
}
