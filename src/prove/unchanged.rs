//! Whether statements change what anybody may do: everybody tries everything before them and after them, on the same rows.
//!
//! What is compared is what happens, and not what a policy file says, so that it needs no words.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::intent::Intent;
use super::probe::{Measured, Memory, ProbeContext};
use super::probe_session::ProbeSession;
use super::setup::{ProofOptions, Ready, ready, undo};
use super::{run, variation};
use crate::database::Session;
use crate::error::{Error, Kind, Result};
use crate::policy::RenderedPolicies;

/// What two times of trying everything came to.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Probes at each time.
    pub probes: usize,
    /// As how many people.
    pub personas: usize,
    /// Over how many rows.
    pub rows: usize,
    /// What came of a probe otherwise, the first of each table and persona.
    pub differences: Vec<String>,
    /// Probes that came out otherwise.
    pub changed: usize,
    /// What could not be tried, in words.
    pub notes: Vec<String>,
}

/// Tries everything, runs `change`, and tries everything again, in a transaction that is rolled back. `rendered` says who
/// there is and which tables are meant.
///
/// # Errors
/// When the database cannot be asked, no rows can be made up, or the change fails.
pub async fn compare(
    session: &Session,
    rendered: &RenderedPolicies,
    change: &str,
    schemas: &[&str],
) -> Result<Comparison> {
    let proof_options = ProofOptions {
        schemas,
        is_clone: false,
        is_open: false,
        mutates: false,
        triggers: false,
        part: None,
    };
    let intent = Intent::new(&rendered.policies, false);
    let ready = ready(session, &intent, &proof_options).await?;
    let compared = twice(session, rendered, &intent, &ready, change).await;
    if compared.is_err() && !session.is_lost() {
        // What failed has ended the transaction, or holds it up.
        session.run("undoing everything", "rollback;").await?;
        return compared;
    }
    undo(session, &ready).await?;
    compared
}

async fn twice(
    session: &Session,
    rendered: &RenderedPolicies,
    intent: &Intent<'_>,
    ready: &Ready,
    change: &str,
) -> Result<Comparison> {
    let before = measure(session, rendered, intent, ready).await?;
    session.run("changing policies", change).await?;
    let after = measure(session, rendered, intent, ready).await?;
    let mut comparison = Comparison {
        probes: before.len(),
        personas: ready.personas.len(),
        rows: ready
            .world
            .tables
            .iter()
            .map(|table| table.rows.len())
            .sum(),
        notes: ready.notes.clone(),
        ..Comparison::default()
    };
    for (at, because) in &ready.unmade {
        let table = intent.policies.tables[*at].title();
        comparison
            .notes
            .push(format!("{table} has no rows to try: {because}"));
    }
    let is_same = |(left, right): (&Measured, &Measured)| {
        (&left.persona, &left.sql) == (&right.persona, &right.sql)
    };
    if before.len() != after.len() || !before.iter().zip(&after).all(is_same) {
        return Err(Error::new(
            Kind::Bug,
            "what was tried before and after is not the same",
        ));
    }
    let mut first: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for (was, is) in before
        .iter()
        .zip(&after)
        .filter(|(was, is)| was.came != is.came)
    {
        comparison.changed += 1;
        first.entry((&was.table, &was.persona)).or_insert_with(|| {
            format!(
                "{}, {}: {} before, {} after: {}",
                was.table, was.persona, was.came, is.came, was.sql
            )
        });
    }
    comparison.differences = first.into_values().collect();
    Ok(comparison)
}

/// Everything that anybody may try, with what came of it.
async fn measure(
    session: &Session,
    rendered: &RenderedPolicies,
    intent: &Intent<'_>,
    ready: &Ready,
) -> Result<Vec<Measured>> {
    let (memory, record) = (Memory::default(), RefCell::default());
    let context = ProbeContext {
        record: Some(&record),
        ..ready.context(intent, rendered, &memory)
    };
    let personas = ready.everybody();
    let sessions = [ProbeSession::new(
        session,
        ready.is_inside,
        ready.able.holds_still,
    )];
    let tenants = &ready.identities.tenants;
    run::everybody(&sessions, &context, personas, tenants).await?;
    variation::run(&sessions, &context, personas, tenants).await?;
    Ok(record.into_inner())
}
