//! A deployment put together: migrations, then repeatable objects, then policies and grants, system by system.
//!
//! Whatever the number of systems, finding out that nothing is to be done takes three messages: one takes the
//! lock and asks for the facts, one reads the state, one releases the lock.

mod around;
mod glance;
mod state;

pub use glance::Glance;
pub use state::released_unless;

use crate::database::{DeploymentLock, Limits, Patience, Session};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::layout::Layout;
use crate::migrate::{self, History};
use crate::objects::{self, Definition, Deployed};
use crate::policy::{self, RenderedPolicies};
use crate::project::{Project, System};
use state::{Answers, State, Wanted};

/// A plan for several systems.
pub struct Deployment<'project> {
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
    history: History,
    deployed: Deployed,
    /// Whether something was migrated since the objects were last looked at.
    unsettled: bool,
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
    async fn settle(&mut self, session: &Session) -> Result<()> {
        std::mem::replace(&mut self.layout, Layout::Current)
            .settle(session)
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

    /// Finds out what is to be done without taking the lock and without creating anything.
    ///
    /// # Errors
    /// When files and history do not agree, when a policy file is wrong, or when the server lacks something.
    pub async fn look(
        session: &Session,
        project: &'project Project,
        systems: &[&'project System],
        to: Option<i64>,
    ) -> Result<Self> {
        let wanted = Wanted::of(project, systems)?;
        let results = session
            .run("asking the server", &state::questions(systems))
            .await?;
        let answers = Answers::read(session, systems, &results).await?;
        let state = State::read(session, systems, &answers, "").await?;
        state::compare(session, project, wanted, answers, state, to).await
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
        to: Option<i64>,
        patience: Patience,
    ) -> Result<Self> {
        let wanted = Wanted::of(project, systems)?;
        let questions = state::questions(systems);
        let results = DeploymentLock::take(session, &questions, patience, observer).await?;
        let compared = async {
            let answers = Answers::read(session, systems, &results).await?;
            let head = state::locked_head();
            let state = State::read(session, systems, &answers, &head).await?;
            state::compare(session, project, wanted, answers, state, to).await
        };
        released_unless(session, compared.await).await
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
        let deployment = Self::lock(observer, session, project, systems, None, patience).await?;
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
            progress.settle(session).await?;
        }
        self.look_for_changes(observer, session).await?;
        for part in &self.parts {
            all.push(self.run_part(&run, part, &mut progress).await?);
        }
        self.settle_policies(&run).await?;
        Ok(all)
    }

    /// Applies policies and grants alone. The lock must be held.
    ///
    /// # Errors
    /// When something that comes before policies is pending, or a statement fails.
    pub async fn run_policies(
        &self,
        observer: &dyn Observer,
        session: &Session,
        limits: Limits,
    ) -> Result<Vec<Done>> {
        let is_pending = |part: &&Part<'_>| {
            !part.migrations.pending.is_empty()
                || !part.migrations.complete
                || !part.changed.is_empty()
        };
        let pending = self.parts.iter().filter(is_pending).map(|part| {
            Error::refused(format!(
                "system `{}` has pending migrations or repeatable objects",
                part.system.name
            ))
            .because("policies speak of the schema as it is after them")
            .hint("run `workroom db migrate`, which applies policies as its last step")
        });
        Error::all(pending.collect())?;
        let run = migrate::Run::new(session, limits, observer);
        if self.parts.iter().any(|part| part.policies.is_some()) {
            self.layout.settle(session).await?;
        }
        self.look_for_changes(observer, session).await?;
        let mut all = Vec::new();
        for part in &self.parts {
            let mut done = Done::nothing_yet(part.system);
            if let Some(pending) = &part.policies {
                done.policies = self.apply_policies(&run, part, pending).await?;
            }
            all.push(done);
        }
        self.settle_policies(&run).await?;
        Ok(all)
    }

    async fn apply_policies(
        &self,
        run: &migrate::Run<'_>,
        part: &Part<'_>,
        pending: &PendingPolicies,
    ) -> Result<Vec<String>> {
        let (governor, reset) = (run.plain_governor(), run.session_reset());
        let inputs = self.inputs_to_record(part, pending);
        policy::apply(&governor, &reset, &pending.rendered, inputs).await
    }

    /// Looks again at policies that were applied before those of later systems.
    async fn settle_policies(&self, run: &migrate::Run<'_>) -> Result<()> {
        let pending = self.parts.iter().filter_map(|part| part.policies.as_ref());
        let applied: Vec<_> = pending
            .map(|pending| (&pending.rendered, pending.inputs.as_str()))
            .collect();
        if applied.len() > 1 {
            policy::settle(&run.plain_governor(), &run.session_reset(), &applied).await?;
        }
        Ok(())
    }

    /// Notes what somebody changed by hand since the last deployment, before this one changes anything.
    async fn look_for_changes(&self, observer: &dyn Observer, session: &Session) -> Result<()> {
        let has_work = |part: &&Part<'_>| {
            part.policies.is_some()
                || part.system.policy.is_some()
                    && !(part.changed.is_empty() && part.migrations.pending.is_empty())
        };
        let systems: Vec<&str> = self
            .parts
            .iter()
            .filter(has_work)
            .map(|part| part.system.name.as_str())
            .collect();
        if systems.is_empty() || !self.with_policies {
            return Ok(());
        }
        let sql = policy::look_for_changes(&DeploymentLock::proof(), systems);
        let results = session.run("looking for changes by hand", &sql).await?;
        for row in results.iter().flatten() {
            let [Some(system), Some(count)] = row.as_slice() else {
                continue;
            };
            if count != "0" {
                observer.event(&Event::Note(&format!(
                    "{system}: {count} of what policies rely on was changed by hand since the last deployment; `workroom policy drift --system {system}` tells what"
                )));
            }
        }
        Ok(())
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
        if let Some(pending) = &part.policies {
            progress.settle(run.session).await?;
            done.policies = self.apply_policies(run, part, pending).await?;
        }
        Ok(done)
    }

    /// The last system's policies are recorded as they are applied; those of the others when all are deployed, since
    /// what comes after them may touch their tables.
    fn inputs_to_record<'a>(
        &self,
        part: &Part<'_>,
        pending: &'a PendingPolicies,
    ) -> Option<&'a str> {
        let mut with_policies = self.parts.iter().filter(|part| part.policies.is_some());
        let last = with_policies.next_back()?;
        (last.system.name == part.system.name).then_some(pending.inputs.as_str())
    }
}
