//! Whether anything is to be done at all, found out without reading what was applied long ago.

use std::collections::BTreeSet;

use super::Deployment;
use super::lock::released_unless;
use super::policies::closed_unless;
use super::state::{self, Answers, Depth, Purpose, State, Wanted};
use crate::database::{DeploymentLock, Patience, Rows, Session};
use crate::error::Result;
use crate::event::Observer;
use crate::layout::Layout;
use crate::migrate::{self, Choice};
use crate::objects::{self, DeployedObjects};
use crate::policy::{self, Dialect};
use crate::project::{MigrationFingerprints, Project, System};

/// A first look at a database, with the deployment lock held.
pub struct UpToDateCheck {
    answers: Answers,
    state: State,
}

impl UpToDateCheck {
    /// Takes the lock and looks. Of the systems it needs what `workroom.toml` says.
    ///
    /// # Errors
    /// When somebody else holds the lock for too long, or when the server lacks something.
    pub async fn lock(
        observer: &dyn Observer,
        session: &Session,
        systems: &[&System],
        patience: Patience,
    ) -> Result<Self> {
        let questions = state::questions(systems, Depth::Quick);
        let results = DeploymentLock::take(session, &questions, patience, observer).await?;
        let looked = async {
            let purpose = Purpose::Deploying;
            let depth = Depth::Quick;
            let mut answers = Answers::read(session, systems, &results, purpose, depth).await?;
            answers.release_own_tables(session).await?;
            let head = state::locked_head();
            let mut state = State::read(session, systems, &answers, &head).await?;
            if !state.steps.is_empty() {
                state.complete(session, &mut answers).await?;
            }
            migrate::put_back(session, &state.steps).await?;
            Ok(Self { answers, state })
        };
        released_unless(session, looked.await).await
    }

    /// System and SHA-256 of every migration that has run, for who is about to compare.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn ran(&mut self, session: &Session) -> Result<BTreeSet<(String, String)>> {
        let complete = self.state.complete(session, &mut self.answers).await;
        released_unless(session, complete).await?;
        let histories = self.state.histories.iter();
        let rows = histories.flat_map(|(system, rows)| rows.iter().map(move |row| (system, row)));
        let ran = rows.filter_map(|(system, row)| Some((system.clone(), row.get(2)?.clone()?)));
        Ok(ran.collect())
    }

    /// Finds out what is to be done, from the project with all of its files.
    ///
    /// # Errors
    /// As [`Deployment::look`].
    pub async fn compare<'project>(
        mut self,
        observer: &dyn Observer,
        session: &Session,
        project: &'project Project,
        systems: &[&'project System],
    ) -> Result<Deployment<'project>> {
        let mut deployed = Vec::new();
        let compared = async {
            self.state.complete(session, &mut self.answers).await?;
            deployed.clone_from(&self.answers.facts.with_history);
            let wanted = Wanted::of(project, systems)?;
            let everything = Choice::default();
            state::compare(
                session,
                project,
                wanted,
                self.answers,
                self.state,
                &everything,
            )
            .await
        };
        let compared = compared.await;
        let compared = closed_unless(observer, session, project, &deployed, compared).await;
        released_unless(session, compared).await
    }

    /// Whether a database has all that the files ask for. When in doubt it has not: then everything is read and compared.
    ///
    /// # Errors
    /// When a template cannot be read.
    pub fn is_current(
        &self,
        fingerprints: &MigrationFingerprints,
        systems: &[&System],
    ) -> Result<bool> {
        let (layout, state) = (self.answers.layout, &self.state);
        if layout.is_some_and(|layout| layout != Layout::Current) || !state.steps.is_empty() {
            return Ok(false);
        }
        // Of this system and those before it, on which it may stand.
        let mut latest = None;
        for system in systems {
            let Some(summary) = state.summaries.get(&system.name) else {
                return Ok(false);
            };
            if !migrate::matches(fingerprints.migrations(system), summary) {
                return Ok(false);
            }
            let applied = summary.first().and_then(|row| row.get(1)?.as_deref());
            latest = applied.max(latest);
            if !system.objects.is_empty() && !has_objects(system, &state.objects, latest) {
                return Ok(false);
            }
        }
        let with_policies = || systems.iter().filter(|system| system.policy.is_some());
        if with_policies().any(|system| !state.recorded.contains_key(&system.name)) {
            return Ok(false);
        }
        if with_policies().next().is_none() {
            return Ok(true);
        }
        let inputs = policy::Inputs::read(fingerprints.project(), Dialect::Postgres)?;
        Ok(with_policies().all(|system| {
            let files = fingerprints.migrations(system).iter();
            let files = files.map(|file| (file.path.as_str(), file.sha256.clone()));
            state.recorded.get(&system.name).is_some_and(|recorded| {
                recorded.is_intact && inputs.of(system, files).as_ref() == Some(&recorded.inputs)
            })
        }))
    }
}

/// Whether all objects of a system are as their files say. A file that is not understood is not: reading everything
/// will tell.
fn has_objects(system: &System, rows: &Rows, latest: Option<&str>) -> bool {
    let Ok(definitions) = objects::definitions(system) else {
        return false;
    };
    let deployed = DeployedObjects::read(&system.name, rows);
    objects::plan(&definitions, &deployed).is_ok_and(|changed| changed.is_empty())
        && !objects::may_have_moved(&deployed, latest)
}
