//! What the copy is made of, and making it.

use std::path::Path;

use super::pending::Pending;
use crate::commands::Context;
use crate::database::{Session, Target};
use crate::deployment::Deployment;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::measure::{self, Scratch, Surroundings, Whereabouts, Work};
use crate::project::{Project, System};
use crate::server;

/// What is applied, in the order in which it came, and what is pending.
pub(super) fn work<'plan>(
    deployment: &'plan Deployment<'_>,
    after: Option<i64>,
) -> (Base<'plan>, Vec<Pending<'plan>>) {
    let mut base = Base::default();
    let mut pending = Vec::new();
    let last = deployment.parts.len().saturating_sub(1);
    for (at, part) in deployment.parts.iter().enumerate() {
        let migration = |migration: &'plan crate::project::Migration| Work {
            label: migration.label(),
            file: &migration.file,
            statements: &migration.statements,
            no_transaction: migration.headers.no_transaction,
        };
        // As for `--to`: it speaks of the system that was asked for, which comes last. What that requires is
        // then taken as applied in full.
        let is_applied = |version: i64| after.is_some_and(|after| at != last || version <= after);
        let mut is_deployed = !part.migrations.applied.is_empty();
        let applied = part.migrations.applied.iter().map(|(it, _)| *it);
        base.steps
            .extend(applied.map(migration).map(Step::Migration));
        for it in &part.migrations.pending {
            if is_applied(it.version) {
                is_deployed = true;
                base.steps.push(Step::Migration(migration(it)));
            } else {
                pending.push(Pending::Migration {
                    at,
                    migration: it,
                    work: migration(it),
                });
            }
        }
        let object = |at: usize| {
            let object = part.objects[at].object;
            Work {
                label: &object.name,
                file: &object.file,
                statements: &object.statements,
                no_transaction: false,
            }
        };
        if is_deployed {
            let objects = (0..part.objects.len()).map(object);
            base.steps.extend(objects.map(Step::Object));
        }
        // With `--after` they are part of what is taken as deployed.
        if after.is_none() || at == last {
            pending.extend(part.changed.iter().map(|at| Pending::Object(object(*at))));
        }
        // Nobody knows which policies there were before.
        if after.is_none()
            && let Some(policies) = &part.policies
        {
            base.has_policies |= part.with_policies;
            pending.push(Pending::Policies(&part.system.name, policies));
        }
    }
    (base, pending)
}

/// What the copy is made of, in order.
#[derive(Default)]
pub(super) struct Base<'plan> {
    steps: Vec<Step<'plan>>,
    /// Whether the target has policies that are about to change: they are in no file any more.
    has_policies: bool,
}

enum Step<'plan> {
    Migration(Work<'plan>),
    /// Best effort: its old text is gone, and the new one may need what is pending.
    Object(Work<'plan>),
}

/// Where and with what is measured.
pub(super) struct Bench<'run> {
    pub(super) context: &'run Context,
    pub(super) surroundings: Surroundings,
    pub(super) target: &'run Target,
    pub(super) project: &'run Project,
    pub(super) deployment: &'run Deployment<'run>,
    pub(super) whereabouts: Whereabouts,
    /// Whether versions are taken as applied that the target does not have.
    pub(super) after: bool,
}

/// A copy of the schema.
pub(super) struct Copy {
    pub(super) session: Session,
    /// Whether its objects come from the files as they are now.
    pub(super) from_files: bool,
}

impl Bench<'_> {
    /// A copy of the schema, and how it was made.
    pub(super) async fn copy(&self, base: &Base<'_>) -> Result<(Scratch, Copy, String)> {
        if base.has_policies {
            match self.dumped(None).await {
                Ok(copy) => return Ok(copy),
                Err(error) => self.context.observer.event(&Event::Note(&format!(
                    "the schema cannot be dumped ({error}); policies are measured as if there were none yet"
                ))),
            }
        }
        let (scratch, copy) = self.empty().await?;
        match self.rebuild(&copy, base).await {
            Ok(count) => {
                let origin = match count {
                    0 => "empty".to_owned(),
                    1 => "from 1 applied migration".to_owned(),
                    count => format!("from {count} applied migrations"),
                };
                let copy = Copy {
                    session: copy,
                    from_files: true,
                };
                Ok((scratch, copy, origin))
            }
            Err(reason) => {
                drop(copy);
                scratch.remove(self.context.observer.as_ref()).await;
                // The target is not in the state that `--after` describes.
                if self.after {
                    return Err(reason);
                }
                self.context.observer.event(&Event::Note(&format!(
                    "the applied migrations do not run on an empty database ({reason}); taking a dump of the schema"
                )));
                self.dumped(Some(reason)).await
            }
        }
    }

    /// Runs the base again; how many migrations it has.
    async fn rebuild(&self, copy: &Session, base: &Base<'_>) -> Result<usize> {
        let mut count = 0;
        for step in &base.steps {
            match step {
                Step::Migration(work) => {
                    measure::rebuild(copy, &[*work]).await?;
                    count += 1;
                }
                Step::Object(work) => {
                    if measure::rebuild(copy, &[*work]).await.is_err() {
                        self.context.observer.event(&Event::Detail(&format!(
                            "{} is not on the copy: it needs what is pending",
                            work.label
                        )));
                    }
                }
            }
        }
        Ok(count)
    }

    /// `reason` says why the files do not do; without one the copy has owners and grants too.
    async fn dumped(&self, reason: Option<Error>) -> Result<(Scratch, Copy, String)> {
        let (scratch, session) = self.empty().await?;
        let dump = |programs: &Path| {
            measure::dump_and_load(self.target, scratch.target(), programs, reason.is_none())
        };
        let dumped = match scratch.programs() {
            Some(programs) => dump(&programs),
            // Those of this machine may be too old for the target, or missing.
            None => dump(Path::new("")).or_else(|error| {
                let observer = self.context.observer.as_ref();
                match server::programs(&self.options(), observer) {
                    Ok(programs) => dump(&programs),
                    Err(_) => Err(error),
                }
            }),
        };
        match dumped {
            Ok(()) => {
                let copy = Copy {
                    session,
                    from_files: false,
                };
                Ok((scratch, copy, "from a dump of the schema".to_owned()))
            }
            Err(mut error) => {
                drop(session);
                scratch.remove(self.context.observer.as_ref()).await;
                if let Some(reason) = reason {
                    error.push(reason);
                }
                Err(error)
            }
        }
    }

    fn options(&self) -> server::Options {
        let parts = self.deployment.parts.iter();
        let systems: Vec<&System> = parts.map(|part| part.system).collect();
        server::Options {
            major: Some(self.surroundings.major),
            project: None,
            ..self.context.server_options(self.project, &systems)
        }
    }

    async fn empty(&self) -> Result<(Scratch, Session)> {
        let observer = self.context.observer.as_ref();
        let scratch =
            Scratch::make(&self.whereabouts, self.target, self.options(), observer).await?;
        let copy = self.context.connect_to(scratch.target()).await?;
        self.surroundings.recreate(&copy).await?;
        Ok((scratch, copy))
    }
}
