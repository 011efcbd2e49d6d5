//! Applying repeatable objects: all that changed in one transaction and one message.

use std::collections::BTreeSet;
use std::time::Instant;

use tokio_postgres::error::SqlState;

use super::definition::{Definition, ObjectKind, READING};
use super::dependants::{self, Search};
use super::fingerprint::{meaning, takes_all_columns};
use super::ground;
use super::made;
use super::order::needs;
use super::saved_properties::{Kept, keep};
use super::signature;
use super::state::DeployedObjects;
use crate::database::{BatchFailure, DeploymentLock, Governor, Session};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::files::TextFile;
use crate::project::System;
use crate::sql::{self, Batch, FilePart, literal, rfc3339_now};

/// Applies the objects at the positions `changed` of `ordered`. Returns the names of all that were applied.
///
/// A view that cannot be replaced in place because its columns changed is dropped and created again, together
/// with the managed objects that stand on it, with owner, grants, comments, options, rules and triggers; whatever
/// else stands on it keeps it from being dropped.
///
/// # Errors
/// When a statement fails; nothing has changed then.
pub async fn apply(
    governor: &Governor<'_>,
    session_reset: &str,
    system: &System,
    ordered: &[Definition<'_>],
    deployed: &DeployedObjects,
    changed: &[usize],
) -> Result<Vec<String>> {
    let mut work = Work {
        session_reset,
        system,
        ordered,
        deployed,
        applied: with_expanding(ordered, changed)?,
        replaced: BTreeSet::new(),
        kept: Vec::new(),
    };
    let label = format!("{} repeatable objects", system.name);
    governor.observer.event(&Event::Started(&label));
    let started = Instant::now();
    loop {
        let batch = work.batch()?;
        let Err(failure) = governor.transaction(&label, batch.text()).await else {
            break;
        };
        let part = batch.part_of(failure.answer());
        let file = part.and_then(|part| batch.file_in(part));
        let at = part.and_then(|part| work.applied.iter().nth(part).copied());
        let again = at.filter(|at| cannot_be_replaced(&failure, ordered[*at].kind));
        let Some(at) = again.filter(|at| work.replaced.insert(*at)) else {
            return Err(failed(failure, at.map(|at| &ordered[at]), file));
        };
        let because = if is_left_behind(&failure) {
            "its arguments change, so that the function with the old ones must be dropped"
        } else {
            "its columns or its result change, so that it must be dropped first"
        };
        work.keep(governor, at, because).await?;
    }
    governor
        .observer
        .event(&Event::Finished(&label, started.elapsed()));
    let names = work.applied.iter().map(|at| ordered[*at].qualified());
    Ok(names.collect())
}

/// A view's columns or a function's result that would change: "cannot drop columns from view", "cannot change
/// return type of existing function".
fn cannot_be_replaced(failure: &BatchFailure, kind: ObjectKind) -> bool {
    if is_left_behind(failure) {
        return true;
    }
    let code = match kind {
        ObjectKind::View => SqlState::INVALID_TABLE_DEFINITION,
        ObjectKind::Function | ObjectKind::Procedure => SqlState::INVALID_FUNCTION_DEFINITION,
    };
    failure.error.code() == Some(&code)
}

/// A function whose arguments change would stay beside the new one.
fn is_left_behind(failure: &BatchFailure) -> bool {
    failure.code() == Some(signature::LEFT_BEHIND)
}

/// The changed objects and those that take all columns of one of them, directly or not.
fn with_expanding(ordered: &[Definition<'_>], changed: &[usize]) -> Result<BTreeSet<usize>> {
    let needs = needs(ordered)?;
    let mut found: BTreeSet<usize> = changed.iter().copied().collect();
    for at in 0..ordered.len() {
        if !needs[at].is_disjoint(&found) && takes_all_columns(&ordered[at].object.file)? {
            found.insert(at);
        }
    }
    Ok(found)
}

/// What is to be done, as far as it is known.
struct Work<'a> {
    session_reset: &'a str,
    system: &'a System,
    ordered: &'a [Definition<'a>],
    deployed: &'a DeployedObjects,
    /// What is applied from its file.
    applied: BTreeSet<usize>,
    /// What could not be replaced in place.
    replaced: BTreeSet<usize>,
    /// What is dropped first, in order of creation.
    kept: Vec<Kept>,
}

impl<'a> Work<'a> {
    /// Finds what has to be dropped so that an object can be created anew.
    async fn keep(&mut self, governor: &Governor<'_>, at: usize, because: &str) -> Result<()> {
        let roots = self.replaced.iter().map(|at| &self.ordered[*at]);
        let search = Search {
            words: roots
                .flat_map(|root| [root.schema.clone(), root.name.clone()])
                .collect(),
            with_seeds: true,
            ..Search::default()
        };
        let found = dependants::find(governor.session, &search).await?;
        if !found.in_the_way.is_empty() {
            let object = &self.ordered[at];
            let error = Error::refused(format!(
                "{} {} cannot be replaced",
                object.kind.keyword(),
                object.qualified()
            ))
            .at(object
                .object
                .file
                .place(object.object.statements[0].span.clone()))
            .because(because);
            let error = dependants::named(error, &found.in_the_way);
            return Err(error.hint(
                "nothing was changed; drop what stands on it in a migration, or make it a repeatable object too",
            )
            .hint(if object.kind == ObjectKind::View {
                "or keep the columns as they are and add new ones at the end"
            } else {
                "or give the new function another name, and drop this one when nobody uses it"
            }));
        }
        self.kept = keep(governor.session, found.ordered).await?;
        let positions: Vec<usize> = self
            .kept
            .iter()
            .filter_map(|kept| self.position(kept))
            .collect();
        self.applied.extend(positions);
        Ok(())
    }

    /// The file of an object that is dropped.
    fn position(&self, kept: &Kept) -> Option<usize> {
        let (system, name) = kept.dependant.managed.as_ref()?;
        let mine = |definition: &Definition<'_>| definition.qualified() == *name;
        (*system == self.system.name).then(|| self.ordered.iter().position(mine))?
    }

    /// One message, with a part for each object that is applied.
    fn batch(&self) -> Result<Batch<'a>> {
        let mut batch = Batch::default();
        batch.push_all(&format!(
            "{}begin;{}",
            self.session_reset,
            DeploymentLock::proof()
        ));
        for kept in self.kept.iter().rev() {
            batch.push(&kept.drop);
        }
        for at in &self.applied {
            let definition = &self.ordered[*at];
            let object = definition.object;
            batch.begin_part();
            batch.push(definition.row_security());
            batch.push_file(&object.file, &object.statements);
            if self.deployed.objects.contains_key(&definition.qualified())
                && let Some(check) = signature::check(&self.system.name, definition)
            {
                batch.push(&check);
            }
            let mine = |kept: &&Kept| self.position(kept) == Some(*at);
            let changed = (!self.deployed.has(definition)?).then_some(definition);
            for kept in self.kept.iter().filter(mine) {
                for statement in kept.restore(changed) {
                    batch.push(&statement);
                }
            }
            for statement in self.left_by_a_migration(definition)? {
                batch.push(&statement);
            }
            let made = signature::made(definition);
            batch.push(&record(self.system, definition, &made)?);
        }
        batch.push(READING);
        // Other systems' objects and policies come back as they were.
        batch.begin_part();
        batch.push("set local search_path = ''");
        batch.push("set local check_function_bodies = off");
        for kept in self
            .kept
            .iter()
            .filter(|kept| self.position(kept).is_none())
        {
            batch.push(&kept.create);
            for statement in kept.restore(None) {
                batch.push(&statement);
            }
        }
        let as_they_were = self.kept.iter();
        let as_they_were = as_they_were.filter(|kept| self.position(kept).is_none());
        let as_they_were = as_they_were.filter_map(|kept| kept.dependant.managed.as_ref());
        if let Some(statement) = made::record(as_they_were) {
            batch.push(&statement);
        }
        let names = self.applied.iter().map(|at| self.ordered[*at].qualified());
        batch.push(&ground::record(
            &self.system.name,
            self.ordered,
            &names.collect(),
        )?);
        batch.push("commit");
        Ok(batch)
    }

    /// What the object had when a migration dropped it.
    fn left_by_a_migration(&self, definition: &Definition<'_>) -> Result<Vec<String>> {
        let object = self.deployed.objects.get(&definition.qualified());
        let Some(restore) = object.and_then(|object| object.restore.as_deref()) else {
            return Ok(Vec::new());
        };
        let file = TextFile::new("workroom.objects", restore);
        let statements = sql::split(&file)?;
        Ok(statements
            .iter()
            .map(|statement| statement.text(&file).to_owned())
            .collect())
    }
}

fn failed(failure: BatchFailure, of: Option<&Definition<'_>>, file: Option<FilePart<'_>>) -> Error {
    let (Some(definition), Some(file)) = (of, file) else {
        return failure.of_our_own("replacing repeatable objects");
    };
    let message = format!(
        "{} {} could not be applied",
        definition.kind.keyword(),
        definition.qualified()
    );
    failure.in_file(
        message,
        "no repeatable object was changed; fix the file and run `workroom db migrate` again",
        &file,
    )
}

/// Records objects that exist as applied from their files, without touching them. The lock must be held and
/// `workroom.objects` exist.
///
/// # Errors
/// When the server does not answer.
pub async fn adopt(
    session: &Session,
    system: &System,
    ordered: &[Definition<'_>],
    names: &BTreeSet<String>,
) -> Result<()> {
    let mut batch = Batch::default();
    batch.push_all(&format!("begin;{}", DeploymentLock::proof()));
    let wanted = |definition: &&Definition<'_>| names.contains(&definition.qualified());
    for definition in ordered.iter().filter(wanted) {
        batch.push(&record(system, definition, &signature::found(definition))?);
    }
    batch.push("set local search_path = ''");
    batch.push(&ground::record(&system.name, ordered, names)?);
    batch.push("commit");
    session
        .run("recording repeatable objects", batch.text())
        .await?;
    Ok(())
}

fn record(system: &System, definition: &Definition<'_>, signatures: &str) -> Result<String> {
    Ok(format!(
        "insert into workroom.objects (system, name, kind, schema_name, object_name, meaning, checked_on, signatures) \
         values ({}, {}, {}, {}, {}, {}, {}, {signatures}) \
         on conflict (system, name) do update set kind = excluded.kind, meaning = excluded.meaning, \
         checked_on = excluded.checked_on, restore = null, signatures = excluded.signatures, \
         applied_at = excluded.applied_at, applied_by = excluded.applied_by",
        literal(&system.name),
        literal(&definition.qualified()),
        literal(definition.kind.keyword()),
        literal(&definition.schema),
        literal(&definition.name),
        literal(&meaning(&definition.object.file)?),
        rfc3339_now(),
    ))
}
