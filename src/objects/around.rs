//! A migration changes what managed objects stand on: they are dropped before it and created again after it, in its
//! own transaction, with everything that they had.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{Definition, READING};
use super::dependants::{self, Address, Search};
use super::ground;
use super::made;
use super::moving::{How, ManagedObject, Moving};
use super::order::names;
use super::saved_properties::keep;
use crate::database::{BatchFailure, Session};
use crate::error::{Error, Result};
use crate::project::Migration;
use crate::sql::{Batch, Start};

/// What is dropped before a migration and created again after it.
pub struct MovedDependents<'a> {
    search: Search,
    statements: BTreeSet<usize>,
    moving: Vec<Moving<'a>>,
}

/// Whether a statement failed because something stands on what it changes.
#[must_use]
pub fn is_blocked_by_dependents(error: &Error) -> bool {
    // feature_not_supported: a column used by a view, rule or function; dependent_objects_still_exist;
    // invalid_table_definition: columns of a view that others use.
    matches!(error.code.as_deref(), Some("0A000" | "2BP01" | "42P16"))
}

/// Which statement of a migration an error speaks of.
#[must_use]
pub fn failed_statement(migration: &Migration, error: &Error) -> usize {
    let start = error.place.as_ref().and_then(|place| place.span.clone());
    let start = start.map_or(0, |span| span.start);
    let mut statements = migration.statements.iter();
    statements
        .position(|statement| statement.span.end > start)
        .unwrap_or_default()
}

impl<'a> MovedDependents<'a> {
    /// Nothing yet; [`MovedDependents::widen`] finds what stands in the way.
    #[must_use]
    pub fn new() -> Self {
        Self {
            search: Search {
                narrow: true,
                ..Search::default()
            },
            statements: BTreeSet::new(),
            moving: Vec::new(),
        }
    }

    /// Takes in what stands on the objects that a failed statement names. Called again for the same statement, it
    /// looks further: first at all columns, then at every managed object.
    ///
    /// # Errors
    /// With the statement's own failure, when nothing more is found, or when something that workroom does not manage
    /// stands in the way: it is named.
    pub async fn widen(
        &mut self,
        session: &Session,
        migration: &Migration,
        error: Error,
        standing: &[ManagedObject<'a>],
        may_wait: bool,
    ) -> Result<()> {
        let failed = failed_statement(migration, &error);
        let statement = &migration.statements[failed];
        names(&migration.file, &statement.tokens, &mut self.search.words);
        if !self.statements.insert(failed) {
            self.look_further(&error)?;
        } else if !statement.starts_with(&["alter", "table"]) {
            self.search.narrow = false;
        }
        let mut unmanaged = Vec::new();
        loop {
            let found = dependants::find(session, &self.search).await?;
            // Looking at every managed object finds what stands on something else, too.
            if !self.search.everything {
                unmanaged.clone_from(&found.unmanaged);
            }
            if !found.in_the_way.is_empty() {
                return Err(in_the_way(error, &found.in_the_way));
            }
            let more = found.ordered.len() > self.moving.len();
            if more {
                let kept = keep(session, found.ordered).await?;
                self.moving = kept
                    .into_iter()
                    .map(|kept| Moving::new(kept, standing, may_wait))
                    .collect();
                return Ok(());
            }
            if let Err(error) = self.look_further(&error) {
                return Err(in_the_way(error, &unmanaged));
            }
        }
    }

    fn look_further(&mut self, error: &Error) -> Result<()> {
        if self.search.narrow {
            self.search.narrow = false;
        } else if self.search.everything {
            return Err(error.clone());
        } else {
            self.search.everything = true;
        }
        Ok(())
    }

    /// Whether nothing moves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moving.is_empty()
    }

    /// What runs before the migration: nothing is dropped under something else.
    #[must_use]
    pub fn before(&self) -> Batch<'a> {
        let mut batch = Batch::default();
        for moving in self.moving.iter().rev() {
            batch.push(&moving.kept.drop);
        }
        batch
    }

    /// What runs after the migration.
    ///
    /// # Errors
    /// When a file cannot be read as SQL.
    pub fn after(&self) -> Result<Batch<'a>> {
        Ok(self.creating()?.0)
    }

    /// What runs after the migration, with a part for each object, and the number of the statement after those of the
    /// part that create it; the others restore.
    fn creating(&self) -> Result<(Batch<'a>, Vec<usize>)> {
        let mut batch = Batch::default();
        let mut created = Vec::new();
        for moving in &self.moving {
            batch.begin_part();
            let changed = match (moving.way(), moving.standing) {
                (How::File, Some(standing)) => {
                    batch.push("set local search_path to default");
                    batch.push("set local check_function_bodies to default");
                    let object = standing.definition.object;
                    batch.push(standing.definition.row_security());
                    batch.push_file(&object.file, &object.statements);
                    (!standing.unchanged).then_some(standing.definition)
                }
                (How::AsItWas, _) => {
                    batch.push("set local search_path = ''");
                    batch.push("set local check_function_bodies = off");
                    batch.push(&moving.kept.create);
                    None
                }
                (How::Later, _) => {
                    created.push(batch.statements());
                    batch.push(&moving.remember());
                    continue;
                }
                (How::Never | How::File, _) => {
                    created.push(batch.statements());
                    batch.push(&moving.forget());
                    continue;
                }
            };
            created.push(batch.statements());
            for statement in moving.kept.restore(changed) {
                batch.push(&statement);
            }
        }
        for (system, (of_system, names)) in self.as_their_files() {
            batch.push("set local search_path = ''");
            batch.push(&ground::record(system, of_system, &names)?);
        }
        let as_they_were = self.moving.iter();
        let as_they_were = as_they_were.filter(|moving| moving.way() == How::AsItWas);
        let as_they_were = as_they_were.filter_map(|moving| moving.kept.dependant.managed.as_ref());
        if let Some(statement) = made::record(as_they_were) {
            batch.push(&statement);
        }
        if !batch.is_empty() {
            batch.push(READING);
        }
        Ok((batch, created))
    }

    /// Objects that came back just as a new database would have them: they need not be applied again.
    fn as_their_files(&self) -> BTreeMap<&'a str, (&'a [Definition<'a>], BTreeSet<String>)> {
        let mut systems = BTreeMap::new();
        for moving in &self.moving {
            if let (How::File, Some(standing)) = (moving.way(), moving.standing)
                && standing.unchanged
            {
                systems
                    .entry(standing.system)
                    .or_insert_with(|| (standing.of_system, BTreeSet::new()))
                    .1
                    .insert(standing.definition.qualified());
            }
        }
        systems
    }

    /// After a failure of a statement of [`MovedDependents::after`]: lets the object come back in another way.
    /// `start` is where that begins in the message.
    ///
    /// # Errors
    /// When there is no other way, with the place in the object's file.
    pub fn another_way(
        &mut self,
        migration: &Migration,
        failure: BatchFailure,
        start: Start,
    ) -> Result<()> {
        let (batch, created) = self.creating()?;
        let answer = failure.answer().within(start);
        let at = batch.part_of(answer).filter(|at| *at < created.len());
        let Some(at) = at.filter(|at| answer.completed < created[*at]) else {
            let name = at.map_or("an object", |at| self.moving[at].kept.name.as_str());
            return Err(failure
                .of_our_own(&format!("migration {} was rolled back: giving {name} back what it had", migration.label()))
                .hint(format!("drop {name} in the migration, before the statement that changes what it stands on")));
        };
        let file = batch.file_in(at);
        let moving = &mut self.moving[at];
        let error = match file {
            Some(file) => {
                failure.in_file(
                    format!(
                        "migration {} was rolled back: {} could not be created again after it",
                        migration.label(),
                        moving.kept.name
                    ),
                    "change the object's file so that it fits what the migration makes, and run `workroom db migrate` again",
                    &file.after(start),
                )
            }
            _ => failure
                .of_our_own(&format!(
                    "migration {} was rolled back: creating {} again",
                    migration.label(),
                    moving.kept.name
                ))
                .hint(format!(
                    "drop {} in the migration, or write it so that what stands on it still fits",
                    moving.kept.name
                )),
        };
        // What the file says against it is what its author can mend.
        if error.place.is_some() || moving.failed.is_none() {
            moving.failed = Some(error);
        }
        moving.ways.pop();
        let Some(way) = moving.ways.last().copied() else {
            return moving.failed.take().map_or(Ok(()), Err);
        };
        if matches!(way, How::Later | How::Never) {
            self.leave_out(at, way)?;
        }
        Ok(())
    }

    /// An object stays away for now, and with it all that stands on it.
    fn leave_out(&mut self, at: usize, way: How) -> Result<()> {
        let mut away: BTreeSet<Address> =
            BTreeSet::from([self.moving[at].kept.dependant.address.clone()]);
        for other in at + 1..self.moving.len() {
            if self.moving[other]
                .kept
                .dependant
                .stands_on
                .is_disjoint(&away)
            {
                continue;
            }
            away.insert(self.moving[other].kept.dependant.address.clone());
            let may = self.moving[other].ways.contains(&way);
            if !may {
                let name = self.moving[other].kept.name.clone();
                let error = self.moving[at].failed.take();
                let error =
                    error.unwrap_or_else(|| Error::refused("an object cannot be created again"));
                return Err(error.because(format!("{name} stands on it")));
            }
            self.moving[other].ways.retain(|other| *other == way);
        }
        Ok(())
    }

    /// What was moved, in words, for somebody who watches.
    #[must_use]
    pub fn summary(&self) -> String {
        let of = |wanted: &[How]| -> Vec<&str> {
            let moving = self
                .moving
                .iter()
                .filter(|moving| wanted.contains(&moving.way()));
            moving.map(|moving| moving.kept.name.as_str()).collect()
        };
        let mut text = String::new();
        for (wanted, said) in [
            (
                &[How::File, How::AsItWas][..],
                "dropped and created again around it",
            ),
            (
                &[How::Later][..],
                "dropped; created again when all migrations are applied",
            ),
            (&[How::Never][..], "dropped: its file is gone"),
        ] {
            let names = of(wanted);
            if !names.is_empty() {
                let comma = if text.is_empty() { "" } else { "; " };
                text.push_str(&format!("{comma}{}: {said}", names.join(", ")));
            }
        }
        text
    }
}

impl Default for MovedDependents<'_> {
    fn default() -> Self {
        Self::new()
    }
}

fn in_the_way(error: Error, labels: &[String]) -> Error {
    if labels.is_empty() {
        return error;
    }
    dependants::named(error, labels).hint("drop it in the migration before this statement and create it again after it; a view or function can also be moved to views/, where workroom does that")
}
