//! Executing what is pending on the copy: migrations with what has to move out of their way, objects, policies.

use std::collections::BTreeSet;

use super::Pending;
use super::base::{Bench, Copy};
use crate::database::{DeploymentLock, Patience, Session};
use crate::deployment::PendingPolicies;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::files::TextFile;
use crate::layout::Layout;
use crate::measure::{
    self, Detour, Ending, Measured, Run, Stats, Stopped, Under, Whereabouts, Work,
};
use crate::objects::{self, ManagedObject, MovedDependents};
use crate::policy;
use crate::project::Migration;
use crate::sql::{self, Start, Statement};

/// The statements that policies turned out to be.
struct Text {
    file: TextFile,
    statements: Vec<Statement>,
}

/// What was measured.
pub(super) struct Outcome<'plan> {
    pending: Vec<Pending<'plan>>,
    texts: Vec<Text>,
    pub(super) measured: Vec<Measured>,
    pub(super) under: Vec<Under>,
    /// Tables for which no row could be made.
    pub(super) empty: Vec<String>,
}

impl Outcome<'_> {
    /// What [`Measured::work`] numbers.
    pub(super) fn work(&self) -> Vec<Work<'_>> {
        let mut texts = self.texts.iter();
        let mut all = Vec::new();
        for pending in &self.pending {
            match pending {
                Pending::Migration { work, .. } | Pending::Object(work) => all.push(*work),
                Pending::Policies(..) => all.extend(texts.next().map(Text::work)),
            }
        }
        all
    }
}

impl Text {
    fn work(&self) -> Work<'_> {
        Work {
            label: "policies",
            file: &self.file,
            statements: &self.statements,
            no_transaction: false,
        }
    }
}

impl Bench<'_> {
    /// Measures everything, in the order of a deployment.
    pub(super) async fn measure<'plan>(
        &self,
        copy: Copy,
        pending: Vec<Pending<'plan>>,
        stats: Option<&Stats>,
    ) -> Result<Outcome<'plan>> {
        let rates = match stats {
            Some(_) => Some(measure::calibrate(&copy.session).await?),
            None => None,
        };
        let filled = measure::fill(&copy.session, &self.schemas()).await?;
        self.record_objects(&copy.session).await?;
        let mut standing = self.deployment.standing()?;
        for object in standing.iter_mut().filter(|_| copy.from_files) {
            object.unchanged = true;
        }
        let mut run = Run::begin(copy.session, Ending::Commit, filled.filled).await?;
        run.tolerate(&copy.extensions);
        let mut measured = Vec::new();
        let mut texts = Vec::new();
        for (position, pending) in pending.iter().enumerate() {
            match pending {
                Pending::Object(work) => measured.extend(run.measure(position, *work).await?),
                Pending::Migration {
                    at,
                    migration,
                    work,
                } => {
                    let may_wait = self.deployment.parts[*at].may_wait(migration);
                    let job = (position, *work, *migration);
                    around(&mut run, job, &standing, may_wait, &mut measured).await?;
                }
                Pending::Policies(system, policies) => {
                    if self.whereabouts == Whereabouts::ThrowAway && self.surroundings.major < 16 {
                        make_roles(run.session(), &copy.maker, policies).await?;
                    }
                    let text = text(run.session(), policies).await?;
                    // Roles belong to the server: beside the target they are the target's own.
                    if self.whereabouts == Whereabouts::Beside {
                        run.end_by(Ending::Rollback);
                    }
                    let result = run.measure(position, text.work()).await;
                    run.end_by(Ending::Commit);
                    match result {
                        Ok(statements) => measured.extend(statements),
                        Err(error) => self.context.observer.event(&Event::Note(&format!(
                            "policies and grants of {system} are not measured: {error}"
                        ))),
                    }
                    texts.push(text);
                }
            }
        }
        let under = measure::under_lock(&measured, stats.zip(rates));
        Ok(Outcome {
            pending,
            texts,
            measured,
            under,
            empty: filled.empty,
        })
    }

    /// Records on the copy which objects are managed: what stands in a migration's way is looked up there.
    async fn record_objects(&self, session: &Session) -> Result<()> {
        let observer = self.context.observer.as_ref();
        DeploymentLock::take(session, "", Patience::default(), observer).await?;
        Layout::Missing.upgrade_tables(session).await?;
        objects::prepare(session).await?;
        for part in &self.deployment.parts {
            let names: BTreeSet<String> = part
                .objects
                .iter()
                .map(objects::Definition::qualified)
                .collect();
            if !names.is_empty() {
                objects::adopt(session, part.system, &part.objects, &names).await?;
            }
        }
        Ok(())
    }
}

/// Measures a migration; when objects stand on what it changes, with these moved out of its way.
async fn around(
    run: &mut Run,
    (position, work, migration): (usize, Work<'_>, &Migration),
    standing: &[ManagedObject<'_>],
    may_wait: bool,
    measured: &mut Vec<Measured>,
) -> Result<()> {
    let before = measured.len();
    let mut dependents = MovedDependents::new();
    let mut detour: Option<Detour<'_>> = None;
    loop {
        // Statements that run by themselves are done when a later one stops.
        let done = if work.no_transaction {
            measured.len() - before
        } else {
            0
        };
        let result = run.measure_from(position, work, done, detour.as_ref(), measured);
        match result.await {
            Ok(()) => return Ok(()),
            Err(Stopped::Failed(error)) if objects::is_blocked_by_dependents(&error) => {
                let failed = objects::failed_statement(migration, &error);
                if work.no_transaction && detour.is_some_and(|detour| detour.statement != failed) {
                    dependents = MovedDependents::new();
                }
                dependents
                    .widen(run.session(), migration, error, standing, may_wait)
                    .await?;
                detour = Some(Detour {
                    statement: failed,
                    before: dependents.before(),
                    after: dependents.after()?,
                });
            }
            Err(Stopped::Failed(error)) => return Err(error),
            Err(Stopped::After(failure)) => {
                dependents.another_way(migration, failure, Start::default())?;
                if let Some(detour) = &mut detour {
                    detour.before = dependents.before();
                    detour.after = dependents.after()?;
                }
            }
        }
    }
}

/// Before Postgres 16 the owner of the copy may not make roles: its maker does. Nobody waits for a role.
async fn make_roles(owner: &Session, maker: &Session, policies: &PendingPolicies) -> Result<()> {
    let name = sql::identifier(owner.target().user());
    let mut text = String::new();
    let roles = policies.rendered.statements.iter();
    for statement in roles.filter(|one| one.section == policy::Section::Roles) {
        text.push_str(&statement.sql);
        for role in &statement.roles {
            let role = sql::identifier(role);
            text.push_str(&format!("grant {role} to {name} with admin option;"));
        }
    }
    maker.run("making roles", &text).await.map(|_| ())
}

/// The statements by which the copy gets its policies and grants.
async fn text(session: &Session, policies: &PendingPolicies) -> Result<Text> {
    let live = policy::read_live(session, &policies.rendered).await?;
    let plan = policy::plan(&policies.rendered, &live);
    Error::all(plan.mistakes)?;
    let mut text = "set local search_path = pg_catalog, pg_temp;\n".to_owned();
    for planned in &plan.statements {
        text.push_str(&planned.sql);
        text.push('\n');
    }
    let file = TextFile::new(policies.rendered.policies.file.path.as_str(), text);
    let statements = sql::split(&file)?;
    Ok(Text { file, statements })
}
