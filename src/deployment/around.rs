//! A migration changes what repeatable objects stand on: they move out of its way and come back.

use std::collections::BTreeMap;

use super::{Deployment, Part, Progress};
use crate::error::Result;
use crate::event::Event;
use crate::migrate::{self, Around, AroundFailure};
use crate::objects::{self, DeployedObjects, Standing, Surroundings};
use crate::project::Migration;

impl Part<'_> {
    /// Whether an object whose file needs a later migration comes back when all are applied.
    pub(crate) fn may_wait(&self, migration: &Migration) -> bool {
        let last = self.migrations.pending.last();
        self.migrations.complete && last.is_some_and(|last| last.version != migration.version)
    }
}

fn scripts<'a>(surroundings: &Surroundings<'a>) -> Result<Around<'a>> {
    Ok(Around {
        before: surroundings.before(),
        after: surroundings.after()?,
    })
}

impl Deployment<'_> {
    /// Applies a migration. When it fails because managed objects stand on what it changes, once more with these
    /// dropped before and created again after it; one that runs statement by statement, before and after the
    /// statement that failed.
    pub(super) async fn migrate(
        &self,
        run: &migrate::Run<'_>,
        part: &Part<'_>,
        migration: &Migration,
        progress: &mut Progress,
    ) -> Result<migrate::Ran> {
        let system = part.system;
        let mut error = match run.apply(system, migration, &part.history).await {
            Err(error) if objects::is_stood_on(&error) && progress.with_objects => error,
            result => return result,
        };
        let standing = self.standing()?;
        let may_wait = part.may_wait(migration);
        // Statements that are done stay done, so each that fails has its own.
        let mut statement = 0;
        let mut around = Surroundings::new();
        loop {
            let failed = objects::failed_statement(migration, &error);
            if migration.headers.no_transaction {
                if !migrate::is_transactional(migration, failed) {
                    return Err(error);
                }
                if failed != statement {
                    around = Surroundings::new();
                }
            }
            statement = failed;
            around
                .widen(run.session, migration, error, &standing, may_wait)
                .await?;
            loop {
                let scripts = scripts(&around)?;
                let result = run.apply_around(system, migration, statement, &scripts);
                match result.await {
                    Ok(ran) => {
                        progress.rebuilt = true;
                        run.observer.event(&Event::Note(&around.summary()));
                        return Ok(ran);
                    }
                    Err(AroundFailure::Migration(again)) if objects::is_stood_on(&again) => {
                        if objects::failed_statement(migration, &again) != statement
                            && migration.headers.no_transaction
                        {
                            progress.rebuilt = true;
                            run.observer.event(&Event::Note(&around.summary()));
                        }
                        error = again;
                        break;
                    }
                    Err(AroundFailure::After { start, failure }) => {
                        around.another_way(migration, failure, start)?;
                    }
                    Err(failure) => return Err(failure.into_error()),
                }
            }
        }
    }

    /// Applies several migrations in one transaction, each with what has to move out of its way before and after it.
    pub(super) async fn migrate_together(
        &self,
        run: &migrate::Run<'_>,
        part: &Part<'_>,
        group: &[&Migration],
        progress: &mut Progress,
    ) -> Result<Vec<migrate::Ran>> {
        let standing = self.standing()?;
        let mut moving: BTreeMap<usize, Surroundings<'_>> = BTreeMap::new();
        loop {
            let mut around = Vec::new();
            for at in 0..group.len() {
                let scripts = moving.get(&at).map_or(Ok(Around::default()), scripts);
                around.push(scripts?);
            }
            let ran = run.apply_group(part.system, group, &around, &part.history);
            match ran.await {
                Ok(ran) => {
                    for moved in moving.values() {
                        progress.rebuilt = true;
                        run.observer.event(&Event::Note(&moved.summary()));
                    }
                    return Ok(ran);
                }
                Err((at, AroundFailure::Migration(error)))
                    if objects::is_stood_on(&error) && progress.with_objects =>
                {
                    let may_wait = part.may_wait(group[at]);
                    let around = moving.entry(at).or_default();
                    around
                        .widen(run.session, group[at], error, &standing, may_wait)
                        .await?;
                }
                Err((at, AroundFailure::After { start, failure })) => match moving.get_mut(&at) {
                    Some(around) => around.another_way(group[at], failure, start)?,
                    None => return Err(failure.of_our_own("applying migrations together")),
                },
                Err((_, failure)) => return Err(failure.into_error()),
            }
        }
    }

    /// The objects of all systems, with whether their files mean what was applied.
    pub(crate) fn standing(&self) -> Result<Vec<Standing<'_>>> {
        let mut standing = Vec::new();
        for part in &self.parts {
            for definition in &part.objects {
                standing.push(Standing {
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
        if progress.with_objects && (progress.moved || part.unsettled) && !part.objects.is_empty() {
            changed.extend(objects::moved(run.session, &system.name, &part.objects).await?);
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
            progress.settle(run.session).await?;
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
