//! Applying a plan: one transaction, one message, and the proof that nothing is left to do.

use std::time::Instant;

use super::live::{Verdict, facts_query, read_facts, unreadable};
use super::plan::{Plan, plan};
use super::protect::protect;
use super::record::{before, read_state, record, stamp, state_query};
use super::statements::RenderedPolicies;
use super::unchanged::{read_live, seal_again};
use crate::database::{BatchFailure, DeploymentLock, Governor};
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer};
use crate::sql::Batch;

/// How often what was made is looked at again before giving up: default privileges may open what is new, once.
const ROUNDS: usize = 3;

/// Reads the live state, plans, applies, makes sure that it came about, and records `inputs`, the fingerprint of the
/// files behind it all. Without `inputs` the last two are left to [`reapply_changed`]. Returns what each statement was for;
/// none is sent when nothing differs.
///
/// # Errors
/// When the database has what the policy file does not know, or a statement fails. What protects the described tables
/// is in place all the same, and nothing is recorded.
pub async fn apply(
    governor: &Governor<'_>,
    session_reset: &str,
    rendered: &RenderedPolicies,
    inputs: Option<&str>,
) -> Result<Vec<String>> {
    let live = read_live(governor.session, rendered).await?;
    let observer = governor.observer;
    let system = &rendered.policies.system;
    if let (Verdict::LeftAlone, Some(only_if)) = (live.verdict, &rendered.policies.only_if) {
        observer.event(&Event::Note(&format!("{system}: {}", only_if.otherwise)));
    }
    let plan = plan(rendered, &live);
    tell(observer, &plan);
    for note in &rendered.policies.notes {
        observer.event(&Event::Note(note));
    }
    let label = format!("{system} policies");
    let started = Instant::now();
    if !plan.statements.is_empty() {
        observer.event(&Event::Started(&label));
    }
    let sent = if plan.is_blocked {
        Error::all(plan.mistakes.clone()).map(|()| Vec::new())
    } else if plan.statements.is_empty() && (inputs.is_none() || !plan.mistakes.is_empty()) {
        Ok(Vec::new())
    } else {
        let sealing = seal_again(rendered, &live);
        send(
            governor,
            session_reset,
            rendered,
            &plan,
            &label,
            inputs,
            &sealing,
        )
        .await
    };
    let again = match sent {
        Ok(again) => again,
        Err(error) => return Err(protect(governor, session_reset, rendered, error).await),
    };
    if !plan.statements.is_empty() {
        observer.event(&Event::Finished(&label, started.elapsed()));
    }
    Error::all(plan.mistakes)?;
    let what = plan.statements.into_iter().map(|planned| planned.what);
    Ok(what.chain(again).collect())
}

fn tell(observer: &dyn Observer, plan: &Plan) {
    for note in &plan.notes {
        observer.event(&Event::Note(note));
    }
}

/// Looks again at systems whose policies were applied before others were deployed: a later system's migrations
/// may have touched their tables. What is as it should be gets its record; what is not is mended.
///
/// # Errors
/// As [`apply`].
pub async fn reapply_changed(
    governor: &Governor<'_>,
    session_reset: &str,
    applied: &[(&RenderedPolicies, &str)],
) -> Result<()> {
    let systems = applied
        .iter()
        .map(|(rendered, _)| rendered.policies.system.as_str());
    let results = governor
        .session
        .run("reading what was applied", &state_query(systems))
        .await?;
    let recorded = results.last().map(read_state).unwrap_or_default();
    for (rendered, inputs) in applied {
        let record = recorded.get(&rendered.policies.system);
        if !record.is_some_and(|record| record.is_intact && record.inputs == *inputs) {
            apply(governor, session_reset, rendered, Some(inputs)).await?;
        }
    }
    Ok(())
}

/// Sends a plan. With `inputs` it looks at what became of it before anything is committed, sends what differs again,
/// and records only what differs no more. Returns what was sent besides the plan.
async fn send(
    governor: &Governor<'_>,
    session_reset: &str,
    rendered: &RenderedPolicies,
    plan: &Plan,
    label: &str,
    inputs: Option<&str>,
    sealing: &str,
) -> Result<Vec<String>> {
    let mut batch = Batch::default();
    batch.push_all(&format!(
        "{session_reset}begin;{}set local search_path = pg_catalog, pg_temp;set local client_min_messages = warning;{}",
        DeploymentLock::proof(),
        before()
    ));
    push_plan(&mut batch, plan);
    batch.push_all(sealing);
    let end = |inputs: Option<&str>| {
        let record = inputs.map(|inputs| record(rendered, inputs));
        let system = inputs.map(|_| rendered.policies.system.as_str());
        record.unwrap_or_default() + &stamp(system) + "commit;"
    };
    let is_seen = inputs.is_some() && !plan.statements.is_empty();
    if is_seen {
        batch.push_all(&facts_query(rendered));
    } else {
        batch.push_all(&end(inputs));
    }
    let results = governor
        .transaction(label, batch.text())
        .await
        .map_err(|failure| failed(rendered, plan, &batch, failure))?;
    if !is_seen {
        return Ok(Vec::new());
    }
    let mut after = results.last().and_then(read_facts).ok_or_else(unreadable)?;
    let mut sent = Vec::new();
    for _ in 1..ROUNDS {
        let again = self::plan(rendered, &after);
        if again.statements.is_empty() {
            break;
        }
        tell(governor.observer, &again);
        let mut batch = Batch::default();
        push_plan(&mut batch, &again);
        batch.push_all(&facts_query(rendered));
        let results = match governor.session.batch(batch.text()).await {
            Ok(results) => results,
            Err(failure) => {
                let _ = governor.session.batch("rollback").await;
                return Err(failed(rendered, &again, &batch, failure));
            }
        };
        after = results.last().and_then(read_facts).ok_or_else(unreadable)?;
        sent.extend(again.statements.into_iter().map(|planned| planned.what));
    }
    let is_settled = after.verdict != Verdict::Differs;
    governor
        .session
        .run("recording policies", &end(inputs.filter(|_| is_settled)))
        .await?;
    let left = self::plan(rendered, &after);
    if is_settled || !left.mistakes.is_empty() && left.statements.is_empty() {
        Ok(sent)
    } else {
        Err(did_not_settle(rendered, left))
    }
}

/// Whoever writes a look-up over a table whose row security binds its owner is refused under `row_security = off`: a
/// body in SQL is checked by planning it. What is applied defines and reads no rows, so nothing is filtered meanwhile.
const DEFINING: &str = "set local row_security = on;";
const READING: &str = "set local row_security = off;";

/// Each statement of a plan as a part of the message, and one more for what follows.
fn push_plan(batch: &mut Batch<'_>, plan: &Plan) {
    batch.push_all(DEFINING);
    for planned in &plan.statements {
        batch.begin_part();
        batch.push_all(&planned.sql);
    }
    batch.begin_part();
    batch.push_all(READING);
}

/// A failed statement: what it was for, and where the policy file asks for it.
fn failed(
    rendered: &RenderedPolicies,
    plan: &Plan,
    batch: &Batch<'_>,
    failure: BatchFailure,
) -> Error {
    let part = batch.part_of(failure.answer());
    let planned = part.and_then(|part| plan.statements.get(part));
    let what = planned.map_or("applying policies", |planned| &planned.what);
    let error = failure.of_our_own(what);
    if error.kind == Kind::Interrupted {
        return error;
    }
    let error = match planned.and_then(|planned| planned.rendered) {
        Some(at) => error.at(rendered.place(&rendered.statements[at])),
        None => error.at(rendered.policies.file.place(0..0)),
    };
    error.hint(format!(
        "correct {} or what the message names, and run `workroom db migrate` again",
        rendered.policies.file.path
    ))
}

/// Everything was applied and something still differs: somebody changes it, or the server does.
fn did_not_settle(rendered: &RenderedPolicies, left: Plan) -> Error {
    let error = Error::database(format!(
        "grants and policies of system `{}` differ again after they were applied",
        rendered.policies.system
    ));
    let still = left.statements.into_iter().map(|planned| planned.what);
    let error = still.take(8).fold(error, Error::because);
    error.hint("look for an event trigger or another session that changes grants, then run `workroom db migrate` again")
}
