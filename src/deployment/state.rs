//! Files against server: what is wanted, what is deployed, and the difference.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{Deployment, Part, PendingPolicies};
use crate::database::{DeploymentLock, Rows, Session};
use crate::error::{Error, Result};
use crate::layout::{self, Layout};
use crate::migrate::{self, Choice, Facts, History};
use crate::objects::{self, Definition, DeployedObjects};
use crate::policy::{self, Dialect, Recorded};
use crate::project::{Project, System};
use crate::sql::Batch;

/// What the files of one system ask for.
pub(super) struct Wanted<'project> {
    system: &'project System,
    objects: Vec<Definition<'project>>,
    /// Fingerprint of everything that its policies come from.
    policy_inputs: Option<String>,
}

impl<'project> Wanted<'project> {
    pub(super) fn of(project: &Project, systems: &[&'project System]) -> Result<Vec<Self>> {
        let (all, mistakes) = Self::what_can_be(project, systems)?;
        Error::all(mistakes)?;
        Ok(all)
    }

    /// The same; a system whose repeatable objects cannot be put in order has none.
    pub(super) fn what_can_be(
        project: &Project,
        systems: &[&'project System],
    ) -> Result<(Vec<Self>, Vec<Error>)> {
        let inputs = policy::Inputs::read(project, Dialect::Postgres)?;
        let mut mistakes = Vec::new();
        let mut all = Vec::new();
        for system in systems {
            let objects = objects::definitions(system).and_then(objects::ordered);
            all.push(Self {
                system,
                objects: objects.unwrap_or_else(|error| {
                    mistakes.push(error);
                    Vec::new()
                }),
                policy_inputs: inputs.of(system, system.fingerprints()),
            });
        }
        Ok((all, mistakes))
    }
}

/// How closely workroom's own tables are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Whether there is anything to do: a fingerprint of each history, and little of the catalog.
    Quick,
    /// Before anything is written.
    Whole,
}

/// SQL that asks what has to be known before anything else.
pub(super) fn questions(systems: &[&System], depth: Depth) -> String {
    let names = systems.iter().map(|system| system.name.as_str());
    // Nothing is set before the lock is held: behind a pooler it would stay on somebody else's backend.
    format!(
        "{}select {}, {};{}",
        match depth {
            Depth::Quick => layout::quick_query(names),
            Depth::Whole => layout::query(),
        },
        objects::exists(),
        policy::exists(),
        Facts::query(systems)
    )
}

/// The answers to [`questions`].
pub(super) struct Answers {
    pub(super) facts: Facts,
    /// What workroom's own tables look like; `None` where a quick look has found them current.
    pub(super) layout: Option<Layout>,
    own: Rows,
    depth: Depth,
    pub(super) with_objects: bool,
    pub(super) with_policies: bool,
}

/// What a database is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// What a deployment would do.
    Looking,
    /// Doing it.
    Deploying,
}

impl Answers {
    pub(super) async fn read(
        session: &Session,
        systems: &[&System],
        results: &[Rows],
        purpose: Purpose,
        depth: Depth,
    ) -> Result<Self> {
        let is_true = |at: usize| {
            let cell = results.get(1).and_then(|rows| rows.first()?.get(at));
            cell.is_some_and(|cell| cell.as_deref() == Some("t"))
        };
        let mut own = results.first().cloned().unwrap_or_default();
        let mut layout = None;
        if depth == Depth::Quick {
            let seen = own.first().and_then(|row| row.first()?.as_deref());
            match seen {
                None => layout = Some(Layout::Missing),
                Some("t") => own.clear(),
                Some(_) => own = closely(session).await?,
            }
        }
        if layout.is_none() && !own.is_empty() {
            layout = Some(Layout::read(&own)?);
        }
        let (with_objects, with_policies) = (is_true(0), is_true(1));
        let mut facts = Facts::read(systems, results.get(2..).unwrap_or_default());
        if let Some(query) = facts.availability_query(systems) {
            let results = session.run("asking for extensions", &query).await?;
            facts.add_availability(&results[0]);
        }
        if purpose == Purpose::Looking {
            // A standby can be read like its primary.
            facts.in_recovery = false;
        }
        migrate::preflight(&facts, systems)?;
        Ok(Self {
            facts,
            layout,
            own,
            depth,
            with_objects,
            with_policies,
        })
    }

    /// Makes workroom's own tables readable again, where something has bound them since they were made.
    pub(super) async fn release_own_tables(&self, session: &Session) -> Result<()> {
        layout::release(session, &self.own).await
    }
}

/// Looks closely at workroom's own tables, where a quick look does not do.
async fn closely(session: &Session) -> Result<Rows> {
    let what = "looking at workroom's own tables";
    let results = session.run(what, &layout::query()).await?;
    Ok(results.into_iter().next().unwrap_or_default())
}

const READING: &str = "reading what is deployed";

/// What a database has of some systems.
#[derive(Default)]
pub(super) struct State {
    /// System → its history; empty after a quick look.
    pub(super) histories: BTreeMap<String, Rows>,
    /// System → the summary of its history; empty where the history was read.
    pub(super) summaries: BTreeMap<String, Rows>,
    pub(super) steps: Rows,
    pub(super) objects: Rows,
    pub(super) recorded: BTreeMap<String, Recorded>,
}

impl State {
    /// Reads it in one message, or in none where workroom has never been. `head` goes before it.
    pub(super) async fn read(
        session: &Session,
        systems: &[&System],
        answers: &Answers,
        head: &str,
    ) -> Result<Self> {
        let names = || systems.iter().map(|system| system.name.as_str());
        let with_history = &answers.facts.with_history;
        let mut batch = Batch::default();
        batch.push_all(head);
        let before = batch.statements();
        for name in with_history {
            batch.push_all(&match answers.depth {
                Depth::Quick => History::summary_query(name),
                Depth::Whole => History::query(name),
            });
        }
        if !with_history.is_empty() {
            batch.push_all(&History::steps_query(names()));
        }
        if answers.with_objects {
            batch.push_all(&objects::state_query(names()));
        }
        if answers.with_policies {
            batch.push_all(&policy::state_query(names()));
        }
        if batch.statements() == before {
            return Ok(Self::default());
        }
        let results = match session.run(READING, batch.text()).await {
            Err(error) if answers.layout.is_none() => {
                // A later workroom may have made tables with as many columns.
                Layout::read(&closely(session).await?)?;
                return Err(error);
            }
            other => other?,
        };
        let mut results = results.into_iter().skip(before);
        let mut next = |is_asked: bool| {
            let result = if is_asked { results.next() } else { None };
            result.unwrap_or_default()
        };
        let of_histories: BTreeMap<String, Rows> = with_history
            .iter()
            .map(|name| (name.clone(), next(true)))
            .collect();
        let (histories, summaries) = match answers.depth {
            Depth::Quick => (BTreeMap::new(), of_histories),
            Depth::Whole => (of_histories, BTreeMap::new()),
        };
        Ok(Self {
            histories,
            summaries,
            steps: next(!with_history.is_empty()),
            objects: next(answers.with_objects),
            recorded: policy::read_state(&next(answers.with_policies)),
        })
    }
}

impl State {
    /// Reads what a quick look has left out, in one message: something is to be done.
    pub(super) async fn complete(
        &mut self,
        session: &Session,
        answers: &mut Answers,
    ) -> Result<()> {
        let mut batch = Batch::default();
        if answers.layout.is_none() {
            batch.push_all(&layout::query());
        }
        for name in self.summaries.keys() {
            batch.push_all(&History::query(name));
        }
        if batch.is_empty() {
            return Ok(());
        }
        let mut results = session.run(READING, batch.text()).await?.into_iter();
        if answers.layout.is_none() {
            answers.layout = Some(Layout::read(&results.next().unwrap_or_default())?);
        }
        let names = std::mem::take(&mut self.summaries).into_keys();
        self.histories = names.zip(results).collect();
        Ok(())
    }

    /// Takes no system's grants and policies for what they were when they were recorded.
    pub(super) fn distrust_record(&mut self) {
        for recorded in self.recorded.values_mut() {
            recorded.is_intact = false;
        }
    }
}

/// Settings and a proof of the lock, for what is read while it is held.
pub(super) fn locked_head() -> String {
    DeploymentLock::proof() + migrate::session_settings()
}

/// Files against server.
pub(super) async fn compare<'project>(
    session: &Session,
    project: &'project Project,
    wanted: Vec<Wanted<'project>>,
    answers: Answers,
    state: State,
    choice: &Choice,
) -> Result<Deployment<'project>> {
    let compared = compare_what_can_be(session, project, wanted, answers, state, choice);
    let (deployment, mistakes) = compared.await?;
    Error::all(mistakes)?;
    Ok(deployment)
}

/// The same, with what stands in its way beside it.
pub(super) async fn compare_what_can_be<'project>(
    session: &Session,
    project: &'project Project,
    wanted: Vec<Wanted<'project>>,
    answers: Answers,
    state: State,
    choice: &Choice,
) -> Result<(Deployment<'project>, Vec<Error>)> {
    let mut parts: Vec<Part<'project>> = Vec::new();
    // Of this system and those before it, on which it may stand.
    let mut latest: Option<String> = None;
    let mut mistakes = Vec::new();
    let count = wanted.len();
    for (at, wanted) in wanted.into_iter().enumerate() {
        let system = wanted.system;
        let mut history = History::default();
        if let Some(applied) = state.histories.get(&system.name) {
            history = History::read(&system.name, applied, &state.steps)?;
            let diverged = history.diverged(system);
            history.load_texts(session, &system.name, &diverged).await?;
        }
        let deployed = DeployedObjects::read(&system.name, &state.objects);
        // It speaks of the system that was asked for, which comes last.
        let everything = Choice::default();
        let choice = if at + 1 == count { choice } else { &everything };
        let (migrations, in_the_way) = migrate::plan_what_can_be(system, &history, choice);
        let agrees = in_the_way.is_empty();
        mistakes.extend(in_the_way);
        let applied = history.applied.values().map(|row| row.applied_on.clone());
        latest = applied.max().max(latest);
        // Objects and policies speak of the schema as it is after the last migration.
        let mut part = Part {
            system,
            migrations,
            objects: wanted.objects,
            changed: Vec::new(),
            with_policies: state.recorded.contains_key(&system.name),
            policies: None,
            later: None,
            seen: OnceLock::new(),
            history,
            needs_recheck: objects::may_have_moved(&deployed, latest.as_deref()),
            deployed,
        };
        if !agrees {
            // What objects and policies would find there is anybody's guess.
        } else if part.migrations.complete {
            part.changed = objects::plan(&part.objects, &part.deployed)?;
            let recorded = state.recorded.get(&system.name);
            let pending =
                pending_policies(session, project, system, wanted.policy_inputs, recorded);
            match pending.await {
                Ok(policies) => part.policies = policies,
                Err(error) => mistakes.push(error),
            }
        } else if system.policy.is_some() {
            match policy::load(project, system, Dialect::Postgres) {
                Ok(rendered) => part.later = rendered,
                Err(error) => mistakes.push(error),
            }
        }
        parts.push(part);
    }
    let deployment = Deployment {
        project,
        parts,
        with_history: answers.facts.with_history,
        with_objects: answers.with_objects,
        with_policies: answers.with_policies,
        layout: answers.layout.unwrap_or(Layout::Current),
        is_superuser: answers.facts.is_superuser,
    };
    Ok((deployment, mistakes))
}

/// Renders only what is not known to be in place.
async fn pending_policies(
    session: &Session,
    project: &Project,
    system: &System,
    inputs: Option<String>,
    recorded: Option<&Recorded>,
) -> Result<Option<PendingPolicies>> {
    let Some(inputs) = inputs else {
        return Ok(None);
    };
    if recorded.is_some_and(|recorded| recorded.is_intact && recorded.inputs == inputs) {
        return Ok(None);
    }
    let rendered = policy::load_live(session, project, system, Dialect::Postgres).await?;
    Ok(rendered.map(|rendered| PendingPolicies { rendered, inputs }))
}
