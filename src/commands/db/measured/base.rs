//! What the copy is made of, and making it.

use std::path::Path;

use super::Pending;
use crate::commands::Context;
use crate::database::Session;
use crate::deployment::Deployment;
use crate::disposable::{self, Prepared};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::measure::{self, Scratch, Surroundings, Whereabouts, Work};
use crate::project::{Project, System};
use crate::server;
use crate::sql::Statement;

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
    /// A session with the target.
    pub(super) session: &'run Session,
    pub(super) project: &'run Project,
    pub(super) deployment: &'run Deployment<'run>,
    pub(super) whereabouts: Whereabouts,
    /// Whether versions are taken as applied that the target does not have.
    pub(super) after: bool,
}

/// A copy of the schema.
pub(super) struct Copy {
    pub(super) session: Session,
    /// A session of the one who made the copy, with all rights on a throw-away server.
    pub(super) maker: Session,
    /// Extensions that were made beforehand.
    pub(super) extensions: Vec<Prepared>,
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
        let (scratch, mut copy) = self.empty(true).await?;
        match self.rebuild(&copy, base).await {
            Ok(count) => {
                let origin = match count {
                    0 => "empty".to_owned(),
                    1 => "from 1 applied migration".to_owned(),
                    count => format!("from {count} applied migrations"),
                };
                copy.from_files = true;
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
    async fn rebuild(&self, copy: &Copy, base: &Base<'_>) -> Result<usize> {
        let (session, extensions) = (&copy.session, copy.extensions.as_slice());
        let mut count = 0;
        for step in &base.steps {
            match step {
                Step::Migration(work) => {
                    measure::rebuild(session, &[*work], extensions).await?;
                    count += 1;
                }
                Step::Object(work) => {
                    if measure::rebuild(session, &[*work], extensions)
                        .await
                        .is_err()
                    {
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
        let (scratch, copy) = self.empty(false).await?;
        let schemas = self.schemas();
        let names = self.names();
        let dumped = measure::Dumped {
            target: self.session,
            surroundings: &self.surroundings,
            schemas: &schemas,
            names: &names,
            with_rights: reason.is_none(),
        };
        let loaded = match scratch.programs() {
            Some(programs) => dumped.load(&scratch, &copy.maker, &programs).await,
            // Those of this machine may be too old for the target, or missing.
            None => match dumped.load(&scratch, &copy.maker, Path::new("")).await {
                Err(error) => {
                    let observer = self.context.observer.as_ref();
                    match server::programs(&self.options(), observer) {
                        Ok(programs) => dumped.load(&scratch, &copy.maker, &programs).await,
                        Err(_) => Err(error),
                    }
                }
                loaded => loaded,
            },
        };
        match loaded {
            Ok(()) => Ok((scratch, copy, "from a dump of the schema".to_owned())),
            Err(mut error) => {
                drop(copy);
                scratch.remove(self.context.observer.as_ref()).await;
                if let Some(reason) = reason {
                    error.push(reason);
                }
                Err(error)
            }
        }
    }

    /// The schemas of the systems that are deployed.
    pub(super) fn schemas(&self) -> Vec<&str> {
        let parts = self.deployment.parts.iter();
        parts
            .flat_map(|part| part.system.all_schemas())
            .map(String::as_str)
            .collect()
    }

    /// `schema.name` wherever a file of the systems has two words with a dot between.
    fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (statement, text) in self.statements() {
            for three in statement.tokens.windows(3) {
                let [schema, dot, name] =
                    [&three[0], &three[1], &three[2]].map(|token| &text[token.span.clone()]);
                if dot == "." {
                    names.push(format!("{schema}.{name}").replace('"', ""));
                }
            }
        }
        names.sort();
        names.dedup();
        names
    }

    /// All statements of the systems with the texts that they stand in.
    fn statements(&self) -> impl Iterator<Item = (&Statement, &str)> {
        self.deployment.parts.iter().flat_map(|part| {
            let system = part.system;
            let migrations = system.migrations.iter();
            let migrations = migrations.map(|one| (&*one.statements, &one.file));
            let objects = system
                .objects
                .iter()
                .map(|one| (one.statements.as_slice(), &one.file));
            migrations.chain(objects).flat_map(|(statements, file)| {
                statements.iter().map(|one| (one, file.text.as_ref()))
            })
        })
    }

    fn options(&self) -> server::Options {
        let parts = self.deployment.parts.iter();
        let systems: Vec<&System> = parts.map(|part| part.system).collect();
        server::Options {
            major: Some(self.surroundings.major),
            project: None,
            ..crate::deployment::server_options(self.project, &systems)
        }
    }

    /// An empty copy. With `by_name` the extensions go where the files put them, otherwise where the target has them.
    async fn empty(&self, by_name: bool) -> Result<(Scratch, Copy)> {
        let observer = self.context.observer.as_ref();
        let target = self.session.target();
        let mut scratch =
            Scratch::make(&self.whereabouts, target, self.options(), observer).await?;
        let made = async {
            let maker = self.context.connect_to(scratch.maker()).await?;
            scratch.own(&maker, self.surroundings.bypasses).await?;
            let owner = scratch.target().user();
            self.surroundings.recreate(&maker, owner).await?;
            let extensions = if by_name {
                disposable::prepared(&self.options().extensions, self.statements())
            } else {
                self.installed().await?
            };
            disposable::prepare_extensions(&maker, owner, &extensions).await?;
            let session = self.context.connect_to(scratch.target()).await?;
            Ok(Copy {
                session,
                maker,
                extensions,
                from_files: false,
            })
        };
        match made.await {
            Ok(copy) => Ok((scratch, copy)),
            Err(error) => {
                scratch.remove(observer).await;
                Err(error)
            }
        }
    }

    /// The extensions of the target, and those that are declared and not there yet.
    async fn installed(&self) -> Result<Vec<Prepared>> {
        let mut all = disposable::installed(self.session).await?;
        for one in disposable::prepared(&self.options().extensions, self.statements()) {
            if !all.iter().any(|other| other.name == one.name) {
                all.push(one);
            }
        }
        Ok(all)
    }
}
