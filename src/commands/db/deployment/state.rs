//! Files against server: what is wanted, what is deployed, and the difference.

use super::{Deployment, Part, PendingPolicies};
use crate::database::{Rows, Session};
use crate::error::{Error, Result};
use crate::layout::{self, Layout};
use crate::migrate::{self, Facts, History};
use crate::objects::{self, Definition, Deployed};
use crate::policy::{self, Dialect, Recorded};
use crate::project::{Project, System};

/// What the files of one system ask for.
pub(super) struct Wanted<'project> {
    system: &'project System,
    objects: Vec<Definition<'project>>,
    /// Fingerprint of everything that its policies come from.
    policy_inputs: Option<String>,
}

impl<'project> Wanted<'project> {
    pub(super) fn of(project: &Project, systems: &[&'project System]) -> Result<Vec<Self>> {
        let mut mistakes = Vec::new();
        let mut all = Vec::new();
        for system in systems {
            let objects = objects::definitions(system).and_then(objects::ordered);
            let policy_inputs = policy::inputs(project, system, Dialect::Postgres);
            match (objects, policy_inputs) {
                (Ok(objects), Ok(policy_inputs)) => all.push(Self {
                    system,
                    objects,
                    policy_inputs,
                }),
                (objects, inputs) => mistakes.extend(objects.err().into_iter().chain(inputs.err())),
            }
        }
        Error::all(mistakes)?;
        Ok(all)
    }
}

/// SQL that asks what has to be known before anything else.
pub(super) fn questions(systems: &[&System]) -> String {
    // Nothing is set before the lock is held: behind a pooler it would stay on somebody else's backend.
    [
        layout::query(),
        objects::exists_query(),
        policy::exists_query(),
        &Facts::query(systems),
    ]
    .concat()
}

/// The answers to [`questions`].
pub(super) struct Answers {
    facts: Facts,
    layout: Layout,
    with_objects: bool,
    with_policies: bool,
}

impl Answers {
    pub(super) async fn read(
        session: &Session,
        systems: &[&System],
        results: &[Rows],
    ) -> Result<Self> {
        let is_true = |at: usize| {
            let cell = results.get(at).and_then(|rows| rows.first()?.first());
            cell.is_some_and(|cell| cell.as_deref() == Some("t"))
        };
        let layout = Layout::read(results.first().unwrap_or(&Rows::new()))?;
        let (with_objects, with_policies) = (is_true(1), is_true(2));
        let mut facts = Facts::read(systems, results.get(3..).unwrap_or_default());
        if let Some(query) = facts.availability_query(systems) {
            let results = session.run("asking for extensions", &query).await?;
            facts.add_availability(&results[0]);
        }
        migrate::preflight(&facts, systems)?;
        Ok(Self {
            facts,
            layout,
            with_objects,
            with_policies,
        })
    }
}

/// Reads the state of all systems in one message and compares.
pub(super) async fn compare<'project>(
    session: &Session,
    project: &'project Project,
    wanted: Vec<Wanted<'project>>,
    answers: Answers,
    to: Option<i64>,
    head: &str,
) -> Result<Deployment<'project>> {
    let has_history = |system: &System| answers.facts.with_history.contains(&system.name);
    let mut sql = format!("{head}select 1;");
    for Wanted { system, .. } in &wanted {
        if has_history(system) {
            sql.push_str(&History::query(&system.name));
        }
        if answers.with_objects {
            sql.push_str(&objects::state_query(&system.name));
        }
    }
    if answers.with_policies {
        sql.push_str(&policy::state_query(
            wanted.iter().map(|wanted| wanted.system.name.as_str()),
        ));
    }
    let results = session.run("reading what is deployed", &sql).await?;
    let nothing = Rows::new();
    let recorded = match results.last() {
        Some(rows) if answers.with_policies => policy::read_state(rows),
        _ => Default::default(),
    };
    let mut results = results.iter().skip(head.matches(';').count() + 1);
    let mut next = || results.next().unwrap_or(&nothing);

    let mut parts: Vec<Part<'project>> = Vec::new();
    // Of this system and those before it, on which it may stand.
    let mut latest: Option<String> = None;
    let mut mistakes = Vec::new();
    let count = wanted.len();
    for (at, wanted) in wanted.into_iter().enumerate() {
        let system = wanted.system;
        let history = if has_history(system) {
            let (applied, steps) = (next(), next());
            let mut history = History::read(&system.name, applied, steps)?;
            let diverged = history.diverged(system);
            history.load_texts(session, &system.name, &diverged).await?;
            history
        } else {
            History::default()
        };
        let deployed = if answers.with_objects {
            Deployed::read(next())
        } else {
            Deployed::default()
        };
        // `--to` speaks of the system that was asked for, which comes last.
        let to = to.filter(|_| at + 1 == count);
        let migrations = match migrate::plan(system, &history, to) {
            Ok(migrations) => migrations,
            Err(error) => {
                mistakes.push(error);
                continue;
            }
        };
        let applied = history.applied.values().map(|row| row.applied_on.clone());
        latest = applied.max().max(latest);
        // Objects and policies speak of the schema as it is after the last migration.
        let mut part = Part {
            system,
            migrations,
            objects: wanted.objects,
            changed: Vec::new(),
            with_policies: recorded.contains_key(&system.name),
            policies: None,
            history,
            unsettled: objects::may_have_moved(&deployed, latest.as_deref()),
            deployed,
        };
        if part.migrations.complete {
            part.changed = objects::plan(&part.objects, &part.deployed)?;
            match pending_policies(
                project,
                system,
                wanted.policy_inputs,
                recorded.get(&system.name),
            ) {
                Ok(policies) => part.policies = policies,
                Err(error) => mistakes.push(error),
            }
        }
        parts.push(part);
    }
    Error::all(mistakes)?;
    Ok(Deployment {
        parts,
        with_history: answers.facts.with_history,
        with_objects: answers.with_objects,
        with_policies: answers.with_policies,
        layout: answers.layout,
    })
}

/// Renders only what is not known to be in place.
fn pending_policies(
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
    let rendered = policy::load(project, system, Dialect::Postgres)?;
    Ok(rendered.map(|rendered| PendingPolicies { rendered, inputs }))
}
