//! A migration that is refused, and the way that there is all the same: repeatable objects that stand on what it changes
//! move and come back, and row security steps back for the owner of a table.

use std::collections::{BTreeMap, BTreeSet};

use super::{Deployment, Part, Progress};
use crate::database::BatchFailure;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::migrate::{self, Around, AroundFailure, Unforced};
use crate::objects::{self, DeployedObjects, ManagedObject, MovedDependents};
use crate::project::{Migration, System};
use crate::sql::{Inside, Start};

impl Part<'_> {
    /// Whether an object whose file needs a later migration comes back when all are applied.
    pub(crate) fn may_wait(&self, migration: &Migration) -> bool {
        let last = self.migrations.pending.last();
        self.migrations.complete && last.is_some_and(|last| last.version != migration.version)
    }
}

/// What is done so that a migration can run that was refused: managed objects move out of its way, row security is
/// not forced upon the tables' owner meanwhile, and a schema that is there is not made again.
#[derive(Default)]
struct Way<'a> {
    objects: MovedDependents<'a>,
    unforced: Unforced,
    left_out: BTreeSet<usize>,
}

/// What is known of a deployment when a migration is refused.
struct Scene<'run, 'a> {
    run: &'run migrate::Run<'run>,
    system: &'a System,
    standing: Vec<ManagedObject<'a>>,
    with_objects: bool,
}

impl Scene<'_, '_> {
    /// Whether there may be a way after this failure.
    fn may_be_passed(&self, migration: &Migration, error: &Error) -> bool {
        let statement = objects::failed_statement(migration, error);
        error.filtered.is_some()
            || objects::is_blocked_by_dependents(error) && self.with_objects
            || migrate::makes_a_schema(migration, statement, error)
    }
}

impl<'a> Way<'a> {
    fn around(&self) -> Result<Around<'a>> {
        let mut after = self.objects.after()?;
        for statement in self.unforced.after() {
            after.push(&statement);
        }
        let mut inside: BTreeMap<usize, Inside> = BTreeMap::new();
        for (at, before) in self.unforced.before() {
            inside.entry(at).or_default().before = before;
        }
        for at in &self.left_out {
            inside.entry(*at).or_default().is_left_out = true;
        }
        Ok(Around {
            before: self.objects.before(),
            after,
            inside,
            unforced: self.unforced.clone(),
        })
    }

    /// Takes in what a failed statement asks for.
    async fn widen(
        &mut self,
        scene: &Scene<'_, 'a>,
        migration: &Migration,
        error: Error,
        may_wait: bool,
    ) -> Result<()> {
        let session = scene.run.session;
        let statement = objects::failed_statement(migration, &error);
        if error.filtered.is_some() {
            return self.unforced.widen(session, statement, error).await;
        }
        if migrate::makes_a_schema(migration, statement, &error) {
            let is_there = migrate::schema_is_there(session, scene.system, migration, statement);
            let is_new = is_there.await? && self.left_out.insert(statement);
            return if is_new { Ok(()) } else { Err(error) };
        }
        self.objects
            .widen(session, migration, error, &scene.standing, may_wait)
            .await
    }

    /// Takes in that something after the migration failed; `start` is where that begins in the message.
    fn another(
        &mut self,
        migration: &Migration,
        failure: BatchFailure,
        start: Start,
    ) -> Result<()> {
        let after = failure.answer().within(start).completed;
        if after >= self.objects.after()?.statements() {
            return Err(failure
                .of_our_own(&format!("migration {} was rolled back: forcing row-level security upon the owner of {} again", migration.label(), self.unforced.names().join(", ")))
                .hint("constraints that wait for the commit are checked before it; mend what the message names, and run `workroom db migrate` again"));
        }
        self.objects.another_way(migration, failure, start)
    }

    /// Tells what was done.
    fn tell(&self, run: &migrate::Run<'_>, migration: &Migration, progress: &mut Progress) {
        let mut said = Vec::new();
        if !self.objects.is_empty() {
            progress.rebuilt = true;
            said.push(self.objects.summary());
        }
        if !self.unforced.is_empty() {
            said.push(self.unforced.summary(migration));
        }
        if !self.left_out.is_empty() {
            said.push(format!(
                "{} uses a schema that was there already",
                migration.label()
            ));
        }
        for note in said {
            run.observer.event(&Event::Note(&note));
        }
    }
}

impl Deployment<'_> {
    fn scene<'run, 'a>(
        &'a self,
        run: &'run migrate::Run<'run>,
        part: &'a Part<'_>,
        progress: &Progress,
    ) -> Result<Scene<'run, 'a>> {
        Ok(Scene {
            run,
            system: part.system,
            standing: self.standing()?,
            with_objects: progress.with_objects,
        })
    }

    /// Applies a migration. When it is refused and there is a way, once more with what that takes; one that runs
    /// statement by statement, from the statement that was refused on.
    pub(super) async fn migrate(
        &self,
        run: &migrate::Run<'_>,
        part: &Part<'_>,
        migration: &Migration,
        progress: &mut Progress,
    ) -> Result<migrate::Ran> {
        let system = part.system;
        let mut error = match run.apply(system, migration, &part.history).await {
            Ok(ran) => return Ok(ran),
            Err(error) => part.with_missed_object(migration, error),
        };
        let scene = self.scene(run, part, progress)?;
        let may_wait = part.may_wait(migration);
        // Statements that are done stay done, so each that fails has its own.
        let mut statement = 0;
        let mut way = Way::default();
        loop {
            if !scene.may_be_passed(migration, &error) {
                return Err(error);
            }
            let failed = objects::failed_statement(migration, &error);
            if migration.headers.no_transaction {
                if !migrate::is_transactional(migration, failed) {
                    return Err(error);
                }
                if failed != statement {
                    way.tell(run, migration, progress);
                    way = Way::default();
                }
            }
            statement = failed;
            way.widen(&scene, migration, error, may_wait).await?;
            error = loop {
                let around = way.around()?;
                let result = run.apply_around(system, migration, statement, &around);
                match result.await {
                    Ok(ran) => {
                        way.tell(run, migration, progress);
                        return Ok(ran);
                    }
                    Err(AroundFailure::Migration(again)) => break again,
                    Err(AroundFailure::After { start, failure }) => {
                        way.another(migration, failure, start)?;
                    }
                    Err(failure) => return Err(failure.into_error()),
                }
            };
        }
    }

    /// Applies several migrations in one transaction, each with what its way takes.
    pub(super) async fn migrate_together(
        &self,
        run: &migrate::Run<'_>,
        part: &Part<'_>,
        group: &[&Migration],
        progress: &mut Progress,
    ) -> Result<Vec<migrate::Ran>> {
        let scene = self.scene(run, part, progress)?;
        let mut ways: BTreeMap<usize, Way<'_>> = BTreeMap::new();
        loop {
            let mut around = Vec::new();
            for at in 0..group.len() {
                around.push(ways.get(&at).map_or(Ok(Around::default()), Way::around)?);
            }
            let ran = run.apply_group(part.system, group, &around, &part.history);
            match ran.await {
                Ok(ran) => {
                    for (at, way) in &ways {
                        way.tell(run, group[*at], progress);
                    }
                    return Ok(ran);
                }
                Err((at, AroundFailure::Migration(error)))
                    if scene.may_be_passed(group[at], &error) =>
                {
                    let may_wait = part.may_wait(group[at]);
                    let way = ways.entry(at).or_default();
                    way.widen(&scene, group[at], error, may_wait).await?;
                }
                Err((at, AroundFailure::After { start, failure })) => match ways.get_mut(&at) {
                    Some(way) => way.another(group[at], failure, start)?,
                    None => return Err(failure.of_our_own("applying migrations together")),
                },
                Err((_, failure)) => return Err(failure.into_error()),
            }
        }
    }

    /// The objects of all systems, with whether their files mean what was applied.
    pub(crate) fn standing(&self) -> Result<Vec<ManagedObject<'_>>> {
        let mut standing = Vec::new();
        for part in &self.parts {
            for definition in &part.objects {
                standing.push(ManagedObject {
                    system: &part.system.name,
                    of_system: &part.objects,
                    definition,
                    unchanged: part.deployed.has(definition)?,
                });
            }
        }
        Ok(standing)
    }

    /// Applies the objects that changed, and those that stand on something that did.
    pub(super) async fn objects(
        &self,
        run: &migrate::Run<'_>,
        part: &Part<'_>,
        progress: &mut Progress,
    ) -> Result<Vec<String>> {
        let system = part.system;
        let mut changed = part.changed.clone();
        let mut deployed = part.deployed.clone();
        if progress.with_objects
            && (progress.moved || part.needs_recheck)
            && !part.objects.is_empty()
        {
            changed.extend(objects::moved(run.session, &system.name, &part.objects, true).await?);
            if progress.rebuilt {
                let rows = run
                    .session
                    .run(
                        "reading what is deployed",
                        &objects::state_query([system.name.as_str()]),
                    )
                    .await?;
                deployed = DeployedObjects::read(&system.name, &rows[0]);
            }
        }
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        if !std::mem::replace(&mut progress.with_objects, true) {
            progress.upgrade_tables(run.session).await?;
            objects::prepare(run.session).await?;
        }
        objects::apply(
            &run.plain_governor(),
            &run.session_reset(),
            system,
            &part.objects,
            &deployed,
            &changed,
        )
        .await
    }
}
