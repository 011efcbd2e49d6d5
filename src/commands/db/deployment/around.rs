//! A migration changes what repeatable objects stand on: they move out of its way and come back.

use super::{Deployment, Part, Progress};
use crate::error::Result;
use crate::event::Event;
use crate::migrate::{self, AroundFailure};
use crate::objects::{self, Deployed, Standing, Surroundings};
use crate::project::Migration;

impl Deployment<'_> {
    /// Applies a migration. When it fails because managed objects stand on what it changes, once more with these
    /// dropped before and created again after it.
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
        if migration.headers.no_transaction {
            return Err(error.hint("views and functions that stand on what it changes are only moved around a migration that runs in a transaction: put this statement into one"));
        }
        let standing = self.standing()?;
        // An object whose file needs a later migration comes back when all are applied.
        let last = part.migrations.pending.last();
        let may_wait =
            part.migrations.complete && last.is_some_and(|last| last.version != migration.version);
        let mut around = Surroundings::new();
        loop {
            around
                .widen(run.session, migration, error, &standing, may_wait)
                .await?;
            loop {
                let scripts = migrate::Around {
                    before: around.before(),
                    after: around.after()?,
                };
                match run.apply_around(system, migration, &scripts).await {
                    Ok(ran) => {
                        progress.rebuilt = true;
                        run.observer.event(&Event::Note(&around.summary()));
                        return Ok(ran);
                    }
                    Err(AroundFailure::Migration(again)) if objects::is_stood_on(&again) => {
                        error = again;
                        break;
                    }
                    Err(AroundFailure::After {
                        statement,
                        before,
                        failure,
                    }) => around.another_way(migration, statement, failure, before)?,
                    Err(failure) => return Err(failure.into_error()),
                }
            }
        }
    }

    /// The objects of all systems, with whether their files mean what was applied.
    fn standing(&self) -> Result<Vec<Standing<'_>>> {
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
                        &objects::state_query(&system.name),
                    )
                    .await?;
                deployed = Deployed::read(&rows[0]);
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
