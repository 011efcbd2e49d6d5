//! The schema that the target has now, made again from the files that were applied to it.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use super::Work;
use super::scratch::Surroundings;
use crate::database::{Session, Target};
use crate::error::{Error, Result};
use crate::server;

/// Runs applied work again. The session is that of an empty copy.
///
/// # Errors
/// When a file does not run any more: it needs what the files do not make.
pub async fn rebuild(session: &Session, applied: &[Work<'_>]) -> Result<()> {
    for work in applied {
        let failed = |failure: crate::database::BatchFailure| {
            failure.of_our_own(&format!("running {} again on the copy", work.label))
        };
        if work.no_transaction {
            for statement in work.statements {
                session
                    .batch(statement.text(work.file))
                    .await
                    .map_err(failed)?;
            }
        } else {
            let batch = format!("begin;{}\n;commit;", work.file.text);
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
    /// Makes the roles of the target that the copy's server lacks, without password and without login, and takes
    /// over its time zone and search path: both change what a migration does.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn recreate(&self, session: &Session) -> Result<()> {
        let existing = session
            .run(
                "reading the roles of the copy",
                "select rolname from pg_catalog.pg_roles",
            )
            .await?;
        let mut sql = String::new();
        for role in &self.roles {
            let known = existing
                .iter()
                .flatten()
                .any(|row| row.first() == Some(&Some(role.clone())));
            if !known {
                sql.push_str(&format!(
                    "create role {} nologin;",
                    crate::sql::identifier(role)
                ));
            }
        }
        let database = crate::sql::identifier(session.target().database());
        for (setting, value) in [
            ("timezone", crate::sql::literal(&self.time_zone)),
            ("search_path", self.search_path.clone()),
        ] {
            if !value.is_empty() {
                sql.push_str(&format!(
                    "alter database {database} set {setting} = {value}; set {setting} = {value};"
                ));
            }
        }
        session.run("preparing the copy", &sql).await.map(|_| ())
    }
}

/// Loads `pg_dump --schema-only` of the target into the copy by the programs of a Postgres that is at least as new;
/// owners and grants only where they are wanted.
///
/// # Errors
/// When there is no `pg_dump` or `psql`, or one of them fails.
pub fn dump_and_load(
    target: &Target,
    copy: &Target,
    programs: &Path,
    with_rights: bool,
) -> Result<()> {
    let without: &[&str] = if with_rights {
        &[]
    } else {
        &["--no-owner", "--no-privileges"]
    };
    let dumped = program(programs, "pg_dump", target)?
        .args(["--schema-only", "--exclude-schema=workroom"])
        .args(without)
        .output()
        .map_err(|error| missing("pg_dump", &error))?;
    if !dumped.status.success() {
        return Err(said("pg_dump", &dumped.stderr));
    }
    let mut loading = program(programs, "psql", copy)?
        .args([
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--file=-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| missing("psql", &error))?;
    if let Some(mut input) = loading.stdin.take() {
        // When it ends early, its own message says why.
        let _ = input.write_all(&dumped.stdout);
    }
    let loaded = loading
        .wait_with_output()
        .map_err(|error| missing("psql", &error))?;
    if loaded.status.success() {
        Ok(())
    } else {
        Err(said("psql", &loaded.stderr))
    }
}

/// A program that finds its database, password and TLS mode in its environment, where no other user can read them.
fn program(programs: &Path, name: &str, target: &Target) -> Result<std::process::Command> {
    let mut command = server::client(&programs.join(name))?;
    command.envs(target.environment());
    Ok(command)
}

fn missing(program: &str, error: &std::io::Error) -> Error {
    Error::database(format!("{program} cannot be run"))
        .because(error)
        .hint("install the client programs of Postgres, or bring history and files back into step")
}

fn said(program: &str, stderr: &[u8]) -> Error {
    let said = String::from_utf8_lossy(stderr);
    let first = said.lines().next().unwrap_or("it said nothing").to_owned();
    Error::database(format!("{program} failed")).because(first)
}
