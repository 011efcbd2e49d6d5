//! Applying repeatable objects: all that changed in one transaction and one message.

use std::collections::BTreeSet;
use std::time::Instant;

use tokio_postgres::error::SqlState;

use super::definition::{Definition, ObjectKind};
use super::order::needs;
use crate::database::{BatchFailure, DeploymentLock, Governor, Located};
use crate::error::Result;
use crate::event::Event;
use crate::project::System;
use crate::sql::literal;

/// Applies the objects at the positions `changed` of `ordered`. Returns the names of all that were applied.
///
/// A view that cannot be replaced in place because its columns changed is dropped and created again, together
/// with the repeatable objects that stand on it; whatever else stands on it keeps it from being dropped.
///
/// # Errors
/// When a statement fails; nothing has changed then.
pub async fn apply(
    governor: &Governor<'_>,
    session_reset: &str,
    system: &System,
    ordered: &[Definition<'_>],
    changed: &[usize],
) -> Result<Vec<String>> {
    let needs = needs(ordered)?;
    let mut applied: BTreeSet<usize> = changed.iter().copied().collect();
    let mut dropped = BTreeSet::new();
    let label = format!("{} repeatable objects", system.name);
    governor.observer.event(&Event::Started(&label));
    let started = Instant::now();
    loop {
        let batch = Batch::new(session_reset, system, ordered, &applied, &dropped);
        match governor.transaction(&label, &batch.sql).await {
            Ok(_) => break,
            Err(failure) => {
                let at = batch.object_of(&failure);
                let again = at.filter(|at| {
                    cannot_be_replaced(&failure) && ordered[*at].kind == ObjectKind::View
                });
                let Some(at) = again.filter(|at| !dropped.contains(at)) else {
                    return Err(batch.error(failure, ordered, at));
                };
                let with_dependants = dependants(at, &needs);
                applied.extend(&with_dependants);
                dropped.extend(with_dependants);
            }
        }
    }
    governor
        .observer
        .event(&Event::Finished(&label, started.elapsed()));
    Ok(applied
        .into_iter()
        .map(|at| ordered[at].qualified())
        .collect())
}

/// "cannot drop columns from view", "cannot change name of view column", "cannot change data type of view column".
fn cannot_be_replaced(failure: &BatchFailure) -> bool {
    failure.error.code() == Some(&SqlState::INVALID_TABLE_DEFINITION)
}

/// An object and everything that stands on it, directly or not.
fn dependants(at: usize, needs: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([at]);
    loop {
        let more: Vec<_> = (0..needs.len())
            .filter(|other| {
                !found.contains(other) && needs[*other].iter().any(|needed| found.contains(needed))
            })
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// One message, and where in it each object's file lies.
struct Batch {
    sql: String,
    /// (object, characters before its text, statements before its first).
    parts: Vec<(usize, usize, usize)>,
    /// (object that is dropped to be created again, statements before that).
    drops: Vec<(usize, usize)>,
}

impl Batch {
    fn new(
        session_reset: &str,
        system: &System,
        ordered: &[Definition<'_>],
        applied: &BTreeSet<usize>,
        dropped: &BTreeSet<usize>,
    ) -> Self {
        let mut sql = format!("{session_reset}begin;{}", DeploymentLock::proof());
        let mut statements = sql.matches(';').count();
        let mut drops = Vec::new();
        // In the reverse order of creation, so that nothing is dropped under something else. Functions are
        // replaced in place; only views have columns that cannot be.
        for at in dropped
            .iter()
            .rev()
            .filter(|at| ordered[**at].kind == ObjectKind::View)
        {
            sql.push_str(&format!(
                "drop view if exists {};",
                ordered[*at].qualified()
            ));
            drops.push((*at, statements));
            statements += 1;
        }
        let mut parts = Vec::new();
        for at in applied {
            let object = ordered[*at].object;
            parts.push((*at, sql.chars().count(), statements));
            sql.push_str(&object.file.text);
            sql.push_str("\n;");
            sql.push_str(&record(system, &ordered[*at]));
            statements += object.statements.len() + 1;
        }
        sql.push_str("commit;");
        Self { sql, parts, drops }
    }

    /// The object whose statement failed.
    fn object_of(&self, failure: &BatchFailure) -> Option<usize> {
        let part = self
            .parts
            .iter()
            .rev()
            .find(|(_, _, statements)| *statements <= failure.completed)?;
        Some(part.0)
    }

    fn error(
        &self,
        failure: BatchFailure,
        ordered: &[Definition<'_>],
        at: Option<usize>,
    ) -> crate::Error {
        let is_this = |(_, statements): &&(usize, usize)| *statements == failure.completed;
        if let Some((dropped, _)) = self.drops.iter().find(is_this) {
            return stood_upon(failure, &ordered[*dropped]);
        }
        let part = self.parts.iter().find(|(object, _, _)| Some(*object) == at);
        let Some((at, characters_before, statements_before)) = part else {
            return failure.of_our_own("replacing repeatable objects");
        };
        let definition = &ordered[*at];
        let located = Located {
            file: &definition.object.file,
            statements: &definition.object.statements,
            characters_before: *characters_before,
            offset: 0,
            statements_before: *statements_before,
        };
        let message = format!(
            "{} {} could not be applied",
            definition.kind.keyword(),
            definition.qualified()
        );
        failure.in_file(
            message,
            "no repeatable object was changed; fix the file and run `workroom db migrate` again",
            &located,
        )
    }
}

/// The failure of a drop: something that is no repeatable object stands on it. The server would suggest to drop
/// that with it; who wrote it would hardly agree.
fn stood_upon(failure: BatchFailure, definition: &Definition<'_>) -> crate::Error {
    let name = definition.qualified();
    let mut error = failure.of_our_own(&format!("creating view {name} again with other columns"));
    error.hints.clear();
    error
        .at(definition.object.file.place(definition.object.statements[0].span.clone()))
        .hint("nothing was changed; drop what stands on it in a migration, or make it a repeatable object too")
        .hint("or keep the columns as they are and add new ones at the end")
}

fn record(system: &System, definition: &Definition<'_>) -> String {
    format!(
        "insert into workroom.objects (system, name, kind, schema_name, object_name, sha256) \
         values ({}, {}, {}, {}, {}, {}) \
         on conflict (system, name) do update set kind = excluded.kind, sha256 = excluded.sha256, \
         applied_at = excluded.applied_at, applied_by = excluded.applied_by;",
        literal(&system.name),
        literal(&definition.qualified()),
        literal(definition.kind.keyword()),
        literal(&definition.schema),
        literal(&definition.name),
        literal(&definition.object.file.fingerprint()),
    )
}
