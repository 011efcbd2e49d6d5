//! One database of the fleet, brought up to date.

use crate::database::{DeploymentLock, Limits, Patience, Session};
use crate::deployment::{UpToDateCheck, released_unless};
use crate::error::Result;
use crate::event::Silent;
use crate::project::{MigrationFingerprints, Project, System};

/// What every database is compared with, read once.
#[derive(Debug)]
pub struct Files {
    /// The project with all of its files.
    pub project: Project,
    /// Names and texts of its migrations, by which most databases are known to be up to date.
    pub fingerprints: MigrationFingerprints,
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
    patience: Patience,
    limits: Limits,
) -> Result<Deployed> {
    let check = UpToDateCheck::lock(&Silent, session, systems, patience).await?;
    let is_current = check.is_current(&files.fingerprints, systems);
    if released_unless(session, is_current).await? {
        DeploymentLock::release_after(session, Ok(())).await?;
        return Ok(Deployed::default());
    }
    let deployment = check
        .compare(&Silent, session, &files.project, systems)
        .await?;
    let done = deployment.run(&Silent, session, limits, false).await;
    let done = DeploymentLock::release_after(session, done).await?;
    Ok(Deployed {
        migrations: done.iter().map(|one| one.migrations.len()).sum(),
        objects: done.iter().map(|one| one.objects.len()).sum(),
        policies: done.iter().map(|one| one.policies.len()).sum(),
    })
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
