//! A deployment put together: migrations, then repeatable objects, then policies, system by system.
//!
//! Whatever the number of systems, finding out that nothing is to be done takes three messages: one takes the
//! lock and asks for the facts, one reads the state, one releases the lock.

use crate::commands::Context;
use crate::database::{DeploymentLock, Limits, Patience, Rows, Session};
use crate::error::Result;
use crate::migrate::{self, Facts, History};
use crate::objects::{self, Definition, Deployed};
use crate::project::{Project, System};

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
    history: History,
}

/// A plan for several systems.
pub struct Deployment<'project> {
    /// One part for each system, requirements first.
    pub parts: Vec<Part<'project>>,
    facts: Facts,
}

/// What was done to one system.
pub struct Done {
    /// The system's name.
    pub system: String,
    /// Migrations that were applied.
    pub migrations: Vec<migrate::Ran>,
    /// Names of repeatable objects that were applied.
    pub objects: Vec<String>,
    /// Statements that policies and grants needed.
    pub policies: usize,
}

impl Done {
    /// Whether nothing had to be done.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.migrations.is_empty() && self.objects.is_empty() && self.policies == 0
    }
}

impl<'project> Deployment<'project> {
    /// Finds out what is to be done without taking the lock and without creating anything.
    ///
    /// # Errors
    /// When files and history do not agree, or when the server lacks something.
    pub async fn look(
        session: &Session,
        systems: &[&'project System],
        to: Option<i64>,
    ) -> Result<Self> {
        let definitions = definitions(systems)?;
        let sql = format!("{}{}", migrate::session_settings(), Facts::query(systems));
        let results = session.run("asking the server", &sql).await?;
        let facts = Self::facts(session, systems, &results).await?;
        Self::read(session, systems, definitions, facts, to, "").await
    }

    /// Takes the lock, then finds out what is to be done.
    ///
    /// # Errors
    /// As [`Deployment::look`], and when somebody else holds the lock for too long.
    pub async fn lock(
        context: &Context,
        session: &Session,
        systems: &[&'project System],
        to: Option<i64>,
        patience: Patience,
    ) -> Result<(DeploymentLock, Self)> {
        let definitions = definitions(systems)?;
        let sql = format!("{}{}", migrate::session_settings(), Facts::query(systems));
        let (lock, results) =
            DeploymentLock::take(session, &sql, patience, context.observer.as_ref()).await?;
        let facts = Self::facts(session, systems, &results).await?;
        let proof = DeploymentLock::proof();
        let deployment = Self::read(session, systems, definitions, facts, to, &proof).await?;
        Ok((lock, deployment))
    }

    async fn facts(session: &Session, systems: &[&System], results: &[Rows]) -> Result<Facts> {
        // The first answer is that of the settings.
        let answers = &results[1..];
        let mut facts = Facts::read(systems, answers);
        if let Some(query) = facts.availability_query(systems) {
            let results = session.run("asking for extensions", &query).await?;
            facts.add_availability(&results[0]);
        }
        migrate::preflight(&facts, systems)?;
        Ok(facts)
    }

    /// Reads the state of all systems in one message and compares.
    async fn read(
        session: &Session,
        systems: &[&'project System],
        definitions: Vec<Vec<Definition<'project>>>,
        facts: Facts,
        to: Option<i64>,
        proof: &str,
    ) -> Result<Self> {
        let mut sql = format!("{proof}select 1;");
        for system in systems {
            if facts.with_history.contains(&system.name) {
                sql.push_str(&History::query(&system.name));
            }
            if facts.with_objects {
                sql.push_str(&objects::state_query(&system.name));
            }
        }
        let results = session.run("reading what is deployed", &sql).await?;
        let mut results = results.iter().skip(proof.matches(';').count() + 1);
        let nothing = Rows::new();
        let mut next = || results.next().unwrap_or(&nothing);
        let mut parts = Vec::new();
        let mut mistakes = Vec::new();
        for (system, objects) in systems.iter().zip(definitions) {
            let history = if facts.with_history.contains(&system.name) {
                let (applied, steps) = (next(), next());
                History::read(&system.name, applied, steps)?
            } else {
                History::default()
            };
            let deployed = if facts.with_objects {
                Deployed::read(next())
            } else {
                Deployed::default()
            };
            // `--to` speaks of the system that was asked for, which comes last.
            let to = to.filter(|_| parts.len() + 1 == systems.len());
            match migrate::plan(system, &history, to) {
                Ok(migrations) => {
                    let changed = if migrations.complete {
                        objects::plan(&objects, &deployed)
                    } else {
                        Vec::new()
                    };
                    parts.push(Part {
                        system,
                        migrations,
                        objects,
                        changed,
                        history,
                    });
                }
                Err(error) => mistakes.push(error),
            }
        }
        crate::Error::all(mistakes)?;
        Ok(Self { parts, facts })
    }

    /// Does what is to be done. The lock must be held.
    ///
    /// # Errors
    /// When a statement fails; what was applied before stays, and the next run goes on from there.
    pub async fn run(
        &self,
        context: &Context,
        session: &Session,
        project: &Project,
        limits: Limits,
    ) -> Result<Vec<Done>> {
        let mut all = Vec::new();
        let run = migrate::Run {
            session,
            limits,
            observer: context.observer.as_ref(),
        };
        for part in &self.parts {
            let system = part.system;
            let mut done = Done {
                system: system.name.clone(),
                migrations: Vec::new(),
                objects: Vec::new(),
                policies: 0,
            };
            if !part.migrations.pending.is_empty()
                && !self.facts.with_history.contains(&system.name)
            {
                migrate::prepare(session, system).await?;
            }
            for migration in &part.migrations.pending {
                done.migrations
                    .push(run.apply(system, migration, &part.history).await?);
            }
            if !part.changed.is_empty() {
                if !self.facts.with_objects {
                    objects::prepare(session).await?;
                }
                done.objects = objects::apply(
                    &run.plain_governor(),
                    &run.session_reset(),
                    system,
                    &part.objects,
                    &part.changed,
                )
                .await?;
            }
            let _ = project;
            all.push(done);
        }
        Ok(all)
    }
}

fn definitions<'project>(systems: &[&'project System]) -> Result<Vec<Vec<Definition<'project>>>> {
    let mut mistakes = Vec::new();
    let mut all = Vec::new();
    for system in systems {
        match objects::definitions(system).and_then(objects::ordered) {
            Ok(definitions) => all.push(definitions),
            Err(error) => mistakes.push(error),
        }
    }
    crate::Error::all(mistakes)?;
    Ok(all)
}
