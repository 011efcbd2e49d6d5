//! One database of the fleet: brought up to date, or looked at.

use crate::database::{DeploymentLock, Limits, Patience, Session};
use crate::deployment::{Deployment, UpToDateCheck, released_unless};
use crate::error::Result;
use crate::event::Silent;
use crate::migrate::Choice;
use crate::project::{MigrationFingerprints, Project, System};

/// What every database is compared with, read once.
#[derive(Debug)]
pub struct Files {
    /// The project with all of its files.
    pub project: Project,
    /// Names and texts of its migrations, by which most databases are known to be up to date.
    pub fingerprints: MigrationFingerprints,
}

/// How patient a deployment is.
#[derive(Clone, Copy, Debug)]
pub struct Patiently {
    /// How long somebody else who deploys to the same database is waited for.
    pub patience: Patience,
    /// How long statements may wait for locks and run.
    pub limits: Limits,
}

/// What was applied to a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deployed {
    /// Migrations.
    pub migrations: usize,
    /// Repeatable objects.
    pub objects: usize,
    /// Statements of policies and grants.
    pub policies: usize,
}

impl Deployed {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let counted = [
            (self.migrations, "migration"),
            (self.objects, "object"),
            (self.policies, "statement of policies and grants"),
        ];
        let words: Vec<String> = counted
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| match what.split_once(' ') {
                _ if *count == 1 => format!("1 {what}"),
                Some((first, rest)) => format!("{count} {first}s {rest}"),
                None => format!("{count} {what}s"),
            })
            .collect();
        if words.is_empty() {
            return "up to date already".to_owned();
        }
        format!("applied {}", words.join(", "))
    }
}

/// Applies what is pending, as `workroom db migrate` does.
///
/// # Errors
/// As [`crate::deploy`].
pub async fn deploy(
    session: &Session,
    files: &Files,
    systems: &[&System],
    how: Patiently,
) -> Result<Deployed> {
    let check = UpToDateCheck::lock(&Silent, session, systems, how.patience).await?;
    let is_current = check.is_current(&files.fingerprints, systems);
    if released_unless(session, is_current).await? {
        DeploymentLock::release_after(session, Ok(())).await?;
        return Ok(Deployed::default());
    }
    let deployment = check
        .compare(&Silent, session, &files.project, systems)
        .await?;
    let done = deployment.run(&Silent, session, how.limits, false).await;
    let done = DeploymentLock::release_after(session, done).await?;
    Ok(Deployed {
        migrations: done.iter().map(|one| one.migrations.len()).sum(),
        objects: done.iter().map(|one| one.objects.len()).sum(),
        policies: done.iter().map(|one| one.policies.len()).sum(),
    })
}

/// Where a database stands in one system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// The system.
    pub system: String,
    /// The latest migration that is applied, `V003__name`.
    pub latest: Option<String>,
    /// Labels of the migrations that are pending, in order.
    pub pending: Vec<String>,
    /// Names of the repeatable objects that would be applied.
    pub objects: Vec<String>,
}

impl Standing {
    /// How much is pending.
    #[must_use]
    pub fn count(&self) -> usize {
        self.pending.len() + self.objects.len()
    }
}

/// Looks where a database stands, without the lock and without changing anything.
///
/// # Errors
/// As [`crate::plan`].
pub async fn look(session: &Session, files: &Files, systems: &[&System]) -> Result<Vec<Standing>> {
    let choice = Choice::default();
    let deployment = Deployment::look(session, &files.project, systems, &choice).await?;
    let standings = deployment.parts.iter().map(|part| Standing {
        system: part.system.name.clone(),
        latest: part
            .migrations
            .applied
            .last()
            .map(|(file, _)| file.label().to_owned()),
        pending: part
            .migrations
            .pending
            .iter()
            .map(|one| one.label().to_owned())
            .collect(),
        objects: part
            .changed
            .iter()
            .map(|at| part.objects[*at].qualified())
            .collect(),
    });
    Ok(standings.collect())
}

#[cfg(test)]
mod tests {
    use super::Deployed;

    #[test]
    fn what_was_applied_is_counted_in_words() {
        let words = |migrations, objects, policies| {
            Deployed {
                migrations,
                objects,
                policies,
            }
            .words()
        };
        assert_eq!(words(0, 0, 0), "up to date already");
        assert_eq!(words(1, 2, 0), "applied 1 migration, 2 objects");
        assert_eq!(
            words(3, 0, 7),
            "applied 3 migrations, 7 statements of policies and grants"
        );
    }
}
