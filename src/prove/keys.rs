//! Unique and foreign keys as a side channel: policies do not bind them, so that a key without the tenant tells
//! what another tenant has.

use super::persona::Persona;
use super::persona::Personas;
use super::probe::{Expected, Kind, Probe, ProbeContext, pair_tests};
use super::probe_session::{CallOptions, ProbeSession};
use super::tally::{Failure, Tally};
use crate::catalog::Constraint;
use crate::error::Result;
use crate::policy::Command;

/// Keys that do not include the tenant tell what another tenant has; all of them, or `only` one.
pub(super) async fn pairs(
    session: &ProbeSession<'_>,
    context: &ProbeContext<'_>,
    personas: Personas<'_>,
    superuser: &Persona,
    prelude: &str,
    only: Option<&Constraint>,
) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut tests = pair_tests(context, only);
    tests.retain(|test| context.chosen.has(test.at));
    if only.is_none() {
        // A reference to another tenant's row is wrong whoever wrote it.
        tests.retain(|test| {
            let unique = test.unique.as_ref();
            unique.is_none_or(|columns| {
                let mut others = personas.all.iter();
                others.any(|one| may_ask(context, one, test.at, columns))
            })
        });
    }
    let statements: Vec<(&str, &str)> = tests
        .iter()
        .flat_map(|test| test.inserts.iter().map(|sql| (sql.as_str(), "")))
        .collect();
    if statements.is_empty() {
        return Ok(tally);
    }
    // Foreign keys have to be at work; they do not care who asks, and neither do unique keys.
    let options = CallOptions {
        with_triggers: true,
        prelude,
        ..CallOptions::default()
    };
    let outcomes = session
        .call(superuser, personas.keys, &statements, options)
        .await
        .map_err(|failure| failure.of_our_own("probing keys"))?;
    for (test, outcomes) in tests.iter().zip(outcomes.chunks(2)) {
        tally.count(Kind::SideChannel, 2);
        let [taken, free] = outcomes else { continue };
        if taken.state != free.state {
            tally.failures.push(Failure {
                persona: usize::MAX,
                probe: Probe {
                    kind: Kind::SideChannel,
                    table: test.at,
                    command: Command::Insert,
                    sql: test.inserts[0].clone(),
                    after: String::new(),
                    expected: Expected::Passes,
                    row: None,
                    span: context.intent.policies.tables[test.at].span.clone(),
                },
                outcome: taken.clone(),
                object: Some(test.name.clone()),
                expected: Some(format!(
                    "the same answer whether another tenant has the value or nobody does ({})",
                    free.says()
                )),
                varied: None,
            });
        }
    }
    Ok(tally)
}

/// Whether somebody can try values of a unique key: who may not write one of its columns is told nothing by it.
fn may_ask(context: &ProbeContext<'_>, persona: &Persona, at: usize, columns: &[usize]) -> bool {
    // Who owns the tables or bypasses policies sees what others have anyway.
    !persona.owns
        && !persona.bypasses
        && [Command::Insert, Command::Update].iter().any(|command| {
            let mut columns = columns.iter();
            context.intent.is_granted(persona, at, *command)
                && columns.all(|column| {
                    let (intent, world) = (context.intent, context.world);
                    intent.may_use(world, persona, at, *command, *column)
                })
        })
}
