//! The last step of a deployment: policies and grants, and closing what was made when the step is not reached.

use std::collections::BTreeSet;

use super::{Deployment, Done, Part, PendingPolicies};
use crate::database::{DeploymentLock, Limits, Session};
use crate::error::{Error, Kind, Result};
use crate::event::{Event, Observer};
use crate::migrate;
use crate::policy;
use crate::project::Project;

impl Deployment<'_> {
    /// Whether the connected role is a superuser.
    #[must_use]
    pub fn is_superuser(&self) -> bool {
        self.is_superuser
    }

    /// Refuses what the connected role may not do of what policies ask for, before anything is applied.
    ///
    /// # Errors
    /// With every right that is missing, and who gives it how.
    pub async fn refuse_missing_rights(&self, session: &Session) -> Result<()> {
        if self.is_superuser {
            return Ok(());
        }
        let mut missing = Vec::new();
        for pending in self.parts.iter().filter_map(|part| part.policies.as_ref()) {
            missing.extend(policy::missing_rights(session, &pending.rendered).await?);
        }
        // Systems share roles.
        let mut said = BTreeSet::new();
        missing.retain(|error: &Error| said.insert(error.message.clone()));
        Error::all(missing)
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
        let allowed = match Error::all(pending.collect()) {
            Ok(()) => self.refuse_missing_rights(session).await,
            refused => refused,
        };
        self.closed_unless(observer, session, allowed).await?;
        let run = migrate::Run::new(session, limits, observer);
        if self.parts.iter().any(|part| part.policies.is_some()) {
            self.layout.upgrade_tables(session).await?;
        }
        self.look_for_changes(observer, session).await?;
        let mut all = Vec::new();
        let mut mistakes = Vec::new();
        for part in &self.parts {
            let mut done = Done::nothing_yet(part.system);
            if let Some(pending) = &part.policies {
                match self.apply_policies(&run, part, pending).await {
                    Ok(policies) => done.policies = policies,
                    Err(error) if error.kind == Kind::Interrupted || session.is_lost() => {
                        return Err(error);
                    }
                    Err(error) => mistakes.push(error),
                }
            }
            all.push(done);
        }
        Error::all(mistakes)?;
        self.settle_policies(&run).await?;
        Ok(all)
    }

    /// Looks for tables that patterns of the policy file fit and that migrations have made since it was read.
    pub(super) async fn look_for_tables(&self, session: &Session, part: &Part<'_>) -> Result<()> {
        let pending = part.policies.as_ref();
        let with_patterns = |one: &&PendingPolicies| !one.rendered.policies.patterns.is_empty();
        let Some(pending) = pending.filter(with_patterns) else {
            return Ok(());
        };
        let dialect = policy::Dialect::Postgres;
        let rendered = policy::load_live(session, self.project, part.system, dialect).await?;
        if let Some(rendered) = rendered {
            let inputs = pending.inputs.clone();
            let _ = part.seen.set(PendingPolicies { rendered, inputs });
        }
        Ok(())
    }

    /// As the function of the same name.
    pub(super) async fn closed_unless(
        &self,
        observer: &dyn Observer,
        session: &Session,
        allowed: Result<()>,
    ) -> Result<()> {
        closed_unless(observer, session, self.project, &self.with_history, allowed).await
    }

    pub(super) async fn apply_policies(
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
    pub(super) async fn settle_policies(&self, run: &migrate::Run<'_>) -> Result<()> {
        let pending = self.parts.iter().filter_map(Part::pending_policies);
        let applied: Vec<_> = pending
            .map(|pending| (&pending.rendered, pending.inputs.as_str()))
            .collect();
        if applied.len() > 1 {
            policy::reapply_changed(&run.plain_governor(), &run.session_reset(), &applied).await?;
        }
        Ok(())
    }

    /// Notes what somebody changed by hand since the last deployment, before this one changes anything.
    pub(super) async fn look_for_changes(
        &self,
        observer: &dyn Observer,
        session: &Session,
    ) -> Result<()> {
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
        let sql =
            policy::look_for_changes(&DeploymentLock::proof(), systems, &self.project.makes());
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

    /// Nothing that was made stays open because a migration failed, or because others are left for later.
    pub(super) async fn close(&self, run: &migrate::Run<'_>, outcome: Result<()>) -> Result<()> {
        let is_stopped = match &outcome {
            Ok(()) => false,
            Err(error) => error.kind == Kind::Interrupted || run.session.is_lost(),
        };
        if is_stopped {
            return outcome;
        }
        let mut failures: Vec<Error> = outcome.err().into_iter().collect();
        let has_failed = !failures.is_empty();
        for part in &self.parts {
            let pending = part.pending_policies().filter(|_| has_failed);
            let rendered = pending.map(|pending| &pending.rendered);
            let Some(rendered) = rendered.or(part.later.as_ref()) else {
                continue;
            };
            let (governor, reset) = (run.plain_governor(), run.session_reset());
            let closed = policy::close(&governor, &reset, rendered, self.with_policies).await;
            failures.extend(closed.err());
        }
        Error::all(failures)
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

/// The same result; what was deployed before and is described stays closed when this deployment is refused before it
/// begins, as far as the described can be told. `deployed` names the systems that have a history here.
///
/// # Errors
/// The one that was given, and what could not be closed.
pub(super) async fn closed_unless<T>(
    observer: &dyn Observer,
    session: &Session,
    project: &Project,
    deployed: &[String],
    result: Result<T>,
) -> Result<T> {
    let mut error = match result {
        Err(error) if error.kind != Kind::Interrupted && !session.is_lost() => error,
        other => return other,
    };
    let run = migrate::Run::new(session, Limits::default(), observer);
    let (governor, reset) = (run.plain_governor(), run.session_reset());
    let systems = deployed.iter().filter_map(|name| project.systems.get(name));
    for system in systems.filter(|system| system.policy.is_some()) {
        let said = match policy::close_described(&governor, &reset, project, system).await {
            Ok(false) => continue,
            Ok(true) => format!(
                "tables of system `{}` were open and are closed: row security, tenant floors, and revokes from whom no policy file names",
                system.name
            ),
            Err(failure) => {
                let open = format!(
                    "system `{}` stays as it is, open where it was: closing what its policy file describes has failed",
                    system.name
                );
                if !error.iter().any(|known| known.message == failure.message) {
                    error.push(failure);
                }
                open
            }
        };
        error = error.because(said);
    }
    Err(error)
}
