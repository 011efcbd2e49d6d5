//! A deployment put together: migrations, then repeatable objects, then policies and grants, system by system.
//!
//! Whatever the number of systems, finding out that nothing is to be done takes three messages: one takes the
//! lock and asks for the facts, one reads the state, one releases the lock.

mod around;
mod by_hand;
#[cfg(all(feature = "prove", feature = "server"))]
mod clean;
mod door;
#[cfg(feature = "cli")]
mod drift;
#[cfg(feature = "cli")]
mod dumped;
mod lock;
mod look;
mod policies;
#[cfg(all(feature = "prove", feature = "server"))]
mod proof;
#[cfg(feature = "seed")]
mod seeding;
mod state;
mod unmade;
mod up_to_date;
mod verify;

#[cfg(all(feature = "prove", feature = "server"))]
pub use clean::{CleanBuild, server_options, tolerate};
pub use door::{Deployed, Options, Planned, deploy, deploy_on, plan, plan_on, verify};
#[cfg(feature = "cli")]
pub use drift::{described_by_files, differences_from, drift};
#[cfg(feature = "cli")]
pub use dumped::dump;
pub use lock::{released_unless, take_lock};
#[cfg(all(feature = "prove", feature = "server"))]
pub use proof::{not_left_alone, prove, prove_on, prove_on_clone, rendered, schemas};
#[cfg(feature = "seed")]
pub use seeding::{Seeding, seed};
pub use up_to_date::UpToDateCheck;

pub use verify::{check, described};

use std::sync::OnceLock;

use crate::database::{DeploymentLock, Limits, Patience, Session};
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::layout::Layout;
use crate::migrate::{self, Choice, History};
use crate::objects::{self, Definition, DeployedObjects};
use crate::policy::RenderedPolicies;
use crate::project::{Project, System};
use policies::closed_unless;
use state::{Answers, Depth, Purpose, State, Wanted};

/// A plan for several systems.
pub struct Deployment<'project> {
    project: &'project Project,
    /// One part for each system, requirements first.
    pub parts: Vec<Part<'project>>,
    /// Systems whose history table exists.
    with_history: Vec<String>,
    /// Whether `workroom.objects` exists.
    with_objects: bool,
    /// Whether `workroom.policies` exists.
    with_policies: bool,
    /// What workroom's own tables look like.
    layout: Layout,
    /// Whether the connected role is a superuser, who lacks no right.
    is_superuser: bool,
}

/// What a deployment of one system consists of.
pub struct Part<'project> {
    /// The system.
    pub system: &'project System,
    /// Its migrations.
    pub migrations: migrate::Plan<'project>,
    /// Its repeatable objects, in order.
    pub objects: Vec<Definition<'project>>,
    /// Which of them are to be applied: positions in `objects`.
    pub changed: Vec<usize>,
    /// Whether policies and grants of it were applied to this database.
    pub with_policies: bool,
    /// Its policies and grants, unless they are known to be as the files say.
    pub policies: Option<PendingPolicies>,
    /// What the policy file says, where migrations are left out for now: what they have made is closed until then.
    later: Option<RenderedPolicies>,
    /// The same as `policies`, with the tables that patterns fit once migrations have run.
    seen: OnceLock<PendingPolicies>,
    history: History,
    deployed: DeployedObjects,
    /// Whether something was migrated since the objects were last looked at.
    needs_recheck: bool,
}

impl Part<'_> {
    /// Its policies and grants, as far as the tables of the database are known.
    fn pending_policies(&self) -> Option<&PendingPolicies> {
        self.seen.get().or(self.policies.as_ref())
    }

    /// What the history has of a version.
    #[must_use]
    pub fn row(&self, version: i64) -> Option<&migrate::Applied> {
        self.history.applied.get(&version)
    }

    /// How many statements of a migration under way are done; `None` when it is not.
    #[must_use]
    pub fn steps_done(&self, version: i64) -> Option<usize> {
        self.history.steps_done(version)
    }
}

/// What became true while a deployment runs.
struct Progress {
    /// What workroom's own tables look like.
    layout: Layout,
    /// Whether `workroom.objects` exists.
    with_objects: bool,
    /// Whether a migration may have changed what objects stand on.
    moved: bool,
    /// Whether objects were dropped and created again around a migration.
    rebuilt: bool,
    /// Whether consecutive transactional migrations go into one transaction.
    grouped: bool,
}

impl Progress {
    /// Makes the schema of workroom's own tables, or brings these up to date.
    async fn upgrade_tables(&mut self, session: &Session) -> Result<()> {
        std::mem::replace(&mut self.layout, Layout::Current)
            .upgrade_tables(session)
            .await
    }
}

/// Policies and grants that may have to be applied.
pub struct PendingPolicies {
    /// What the policy file says.
    pub rendered: RenderedPolicies,
    inputs: String,
}

/// What was done to one system.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Done {
    /// The system's name.
    pub system: String,
    /// Migrations that were applied.
    pub migrations: Vec<migrate::Ran>,
    /// Names of repeatable objects that were applied.
    pub objects: Vec<String>,
    /// What was done to policies and grants, one line for each statement.
    pub policies: Vec<String>,
}

impl Done {
    fn nothing_yet(system: &System) -> Self {
        Self {
            system: system.name.clone(),
            migrations: Vec::new(),
            objects: Vec::new(),
            policies: Vec::new(),
        }
    }
}

impl<'project> Deployment<'project> {
    /// SQL that makes the schema of workroom's own tables, or brings these up to date; empty when they are.
    #[must_use]
    pub fn layout_sql(&self) -> String {
        self.layout.sql()
    }

    /// Takes the lock, then finds out what is to be done.
    ///
    /// # Errors
    /// As [`Deployment::look`], and when somebody else holds the lock for too long.
    pub async fn lock(
        observer: &dyn Observer,
        session: &Session,
        project: &'project Project,
        systems: &[&'project System],
        choice: &Choice,
        patience: Patience,
    ) -> Result<Self> {
        Self::lock_and(observer, session, project, systems, choice, patience, false).await
    }

    /// The same, with grants and policies compared one by one whatever the record says.
    ///
    /// # Errors
    /// As [`Deployment::lock`].
    pub async fn lock_to_compare(
        observer: &dyn Observer,
        session: &Session,
        project: &'project Project,
        systems: &[&'project System],
        patience: Patience,
    ) -> Result<Self> {
        let everything = Choice::default();
        Self::lock_and(
            observer,
            session,
            project,
            systems,
            &everything,
            patience,
            true,
        )
        .await
    }

    async fn lock_and(
        observer: &dyn Observer,
        session: &Session,
        project: &'project Project,
        systems: &[&'project System],
        choice: &Choice,
        patience: Patience,
        compares_policies: bool,
    ) -> Result<Self> {
        let questions = state::questions(systems, Depth::Whole);
        let results = DeploymentLock::take(session, &questions, patience, observer).await?;
        let mut deployed = Vec::new();
        let compared = async {
            let purpose = Purpose::Deploying;
            let answers = Answers::read(session, systems, &results, purpose, Depth::Whole).await?;
            answers.release_own_tables(session).await?;
            deployed.clone_from(&answers.facts.with_history);
            let wanted = Wanted::of(project, systems)?;
            let head = state::locked_head();
            let mut state = State::read(session, systems, &answers, &head).await?;
            if compares_policies {
                state.distrust_record();
            }
            migrate::put_back(session, &state.steps).await?;
            state::compare(session, project, wanted, answers, state, choice).await
        };
        let compared = compared.await;
        let compared = closed_unless(observer, session, project, &deployed, compared).await;
        released_unless(session, compared).await
    }

    /// Takes the lock, does what is to be done, and releases the lock.
    ///
    /// # Errors
    /// As [`Deployment::lock`] and [`Deployment::run`].
    pub async fn carry_out(
        observer: &dyn Observer,
        session: &Session,
        project: &'project Project,
        systems: &[&'project System],
    ) -> Result<Vec<Done>> {
        let patience = Patience::default();
        let everything = Choice::default();
        let deployment =
            Self::lock(observer, session, project, systems, &everything, patience).await?;
        let limits = Limits::default();
        let done = deployment.run(observer, session, limits, false).await;
        DeploymentLock::release_after(session, done).await
    }

    /// Does what is to be done. The lock must be held. `grouped` sends consecutive transactional migrations together.
    ///
    /// # Errors
    /// When a statement fails; what was applied before stays, and the next run goes on from there.
    pub async fn run(
        &self,
        observer: &dyn Observer,
        session: &Session,
        limits: Limits,
        grouped: bool,
    ) -> Result<Vec<Done>> {
        let allowed = self.refuse_missing_rights(session).await;
        self.closed_unless(observer, session, allowed).await?;
        let run = migrate::Run::new(session, limits, observer);
        let mut all = Vec::new();
        let mut progress = Progress {
            layout: self.layout,
            with_objects: self.with_objects,
            moved: false,
            rebuilt: false,
            grouped,
        };
        if matches!(self.layout, Layout::Older(_)) {
            progress.upgrade_tables(session).await?;
        }
        self.look_for_changes(observer, session).await?;
        let mut outcome = Ok(());
        for part in &self.parts {
            match self.run_part(&run, part, &mut progress).await {
                Ok(done) => all.push(done),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        if outcome.is_ok() {
            outcome = self.settle_policies(&run).await;
        }
        self.close(&run, outcome).await?;
        Ok(all)
    }

    async fn run_part(
        &self,
        run: &migrate::Run<'_>,
        part: &Part<'_>,
        progress: &mut Progress,
    ) -> Result<Done> {
        let system = part.system;
        let mut done = Done::nothing_yet(system);
        if !part.migrations.pending.is_empty() && !self.with_history.contains(&system.name) {
            migrate::prepare(run.session, system, &progress.layout.sql()).await?;
            progress.layout = Layout::Current;
        }
        for note in part.uses_of_objects() {
            run.observer.event(&Event::Note(&note));
        }
        let mut pending = part.migrations.pending.as_slice();
        while let Some(first) = pending.first() {
            let count = if progress.grouped {
                migrate::group(pending)
            } else {
                1
            };
            let (group, rest) = pending.split_at(count);
            if count == 1 {
                let ran = self.migrate(run, part, first, progress).await?;
                done.migrations.push(ran);
            } else {
                let ran = self.migrate_together(run, part, group, progress).await?;
                done.migrations.extend(ran);
            }
            progress.moved |= group.iter().any(|migration| objects::may_move(migration));
            pending = rest;
        }
        if part.migrations.complete {
            done.objects = self.objects(run, part, progress).await?;
        }
        if !done.migrations.is_empty() {
            self.look_for_tables(run.session, part).await?;
        }
        if let Some(pending) = part.pending_policies() {
            progress.upgrade_tables(run.session).await?;
            done.policies = self.apply_policies(run, part, pending).await?;
        }
        Ok(done)
    }
}
