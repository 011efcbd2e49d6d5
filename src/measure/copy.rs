//! The schema that the target has now, made again from the files that were applied to it.

use super::Work;
use super::scratch::Surroundings;
use crate::database::Session;
use crate::disposable::{Prepared, tolerant};
use crate::error::Result;

/// Runs applied work again. The session is that of an empty copy, which has these extensions.
///
/// # Errors
/// When a file does not run any more: it needs what the files do not make, or a superuser.
pub async fn rebuild(
    session: &Session,
    applied: &[Work<'_>],
    extensions: &[Prepared],
) -> Result<()> {
    for work in applied {
        let failed = |failure: crate::database::BatchFailure| {
            failure.of_our_own(&format!("running {} again on the copy", work.label))
        };
        if work.no_transaction {
            for statement in work.statements {
                let one = std::slice::from_ref(statement);
                let sql = tolerant(&work.file.text, statement.span.clone(), one, extensions);
                session.batch(&sql).await.map_err(failed)?;
            }
        } else {
            let text = &work.file.text;
            let text = tolerant(text, 0..text.len(), work.statements, extensions);
            let batch = format!("begin;{text}\n;commit;");
            if let Err(failure) = session.batch(&batch).await {
                let _ = session.batch("rollback").await;
                return Err(failed(failure));
            }
        }
        session
            .run(
                "resetting the copy",
                "reset session authorization; reset role; reset all; discard temp;",
            )
            .await?;
    }
    Ok(())
}

impl Surroundings {
    /// Makes the roles of the target that the copy's server lacks, without password and without login, and takes over its
    /// time zone and search path: both change what a migration does. The session is that of the copy's maker.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn recreate(&self, maker: &Session, owner: &str) -> Result<()> {
        let existing = maker
            .run(
                "reading the roles of the copy",
                "select rolname from pg_catalog.pg_roles",
            )
            .await?;
        let mut sql = String::new();
        let is_new = |role: &String| {
            !existing
                .iter()
                .flatten()
                .any(|row| row.first() == Some(&Some(role.clone())))
        };
        for role in self.roles.iter().filter(|role| is_new(role)) {
            let bypass = if self.bypassing.contains(role) {
                " bypassrls"
            } else {
                ""
            };
            // The owner deploys for all of them.
            sql.push_str(&format!(
                "create role {0} nologin{bypass}; grant {0} to {1} with admin option;",
                crate::sql::identifier(role),
                crate::sql::identifier(owner)
            ));
        }
        for (member, of) in &self.memberships {
            if is_new(member) && is_new(of) {
                sql.push_str(&format!(
                    "grant {} to {};",
                    crate::sql::identifier(of),
                    crate::sql::identifier(member)
                ));
            }
        }
        let database = crate::sql::identifier(maker.target().database());
        for (setting, value) in [
            ("timezone", crate::sql::literal(&self.time_zone)),
            ("search_path", self.search_path.clone()),
        ] {
            if !value.is_empty() {
                sql.push_str(&format!(
                    "alter database {database} set {setting} = {value};"
                ));
            }
        }
        maker.run("preparing the copy", &sql).await.map(|_| ())
    }
}
