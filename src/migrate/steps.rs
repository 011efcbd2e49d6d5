//! `--! no-transaction` migrations: statement by statement, each recorded before and after.

use super::history::{self, History};
use super::run::{changed_midway, session_reset, timeouts};
use crate::database::{DeploymentLock, Located, Session};
use crate::error::Result;
use crate::event::{Event, Observer};
use crate::files::fingerprint;
use crate::project::{Migration, System};
use crate::sql::literal;

/// Runs what is not done yet, then writes the history row.
pub(super) async fn apply(
    session: &Session,
    system: &System,
    migration: &Migration,
    history: &History,
    observer: &dyn Observer,
) -> Result<()> {
    let what = "recording a step";
    session
        .run(
            what,
            &format!("{}{}", session_reset(), timeouts(migration, "set")),
        )
        .await?;
    let total = migration.statements.len();
    for (at, statement) in migration.statements.iter().enumerate() {
        let text = statement.text(&migration.file);
        let sha256 = fingerprint(text);
        let number = i32::try_from(at + 1).unwrap_or(i32::MAX);
        if let Some((done, true)) = history.steps.get(&(migration.version, number)) {
            if *done != sha256 {
                return Err(changed_midway(migration, at));
            }
            continue;
        }
        observer.event(&Event::Progress {
            label: migration.label(),
            done: at as u64,
            total: total as u64,
            unit: "statements",
        });
        let begin = format!(
            "{}insert into workroom.steps as s (system, version, step, sha256) values ({}, {}, {number}, {}) \
             on conflict (system, version, step) do update set sha256 = excluded.sha256, \
             attempts = s.attempts + 1, started_at = excluded.started_at;",
            DeploymentLock::proof(),
            literal(&system.name),
            migration.version,
            literal(&sha256),
        );
        session.run(what, &begin).await?;
        // By itself in its message: several statements in one would share a transaction.
        if let Err(failure) = session.batch(text).await {
            let located = Located {
                file: &migration.file,
                statements: &migration.statements[at..],
                characters_before: 0,
                offset: statement.span.start,
                statements_before: 0,
            };
            let mut error = failure.in_file(
                format!(
                    "migration {} stopped at statement {} of {total}",
                    migration.label(),
                    at + 1
                ),
                &located,
            );
            error.hints.push(format!(
                "the {at} statements before it are done and will not run again; fix the file and run `workroom db migrate` again"
            ));
            return Err(error);
        }
        let end = format!(
            "reset session authorization; reset role; update workroom.steps set finished_at = clock_timestamp() \
             where system = {} and version = {} and step = {number};",
            literal(&system.name),
            migration.version,
        );
        session.run(what, &end).await?;
    }
    let steps = format!(
        "from workroom.steps where system = {} and version = {}",
        literal(&system.name),
        migration.version
    );
    let duration = format!(
        "(select coalesce(sum(extract(epoch from finished_at - started_at)) * 1000, 0) {steps})"
    );
    let finish = format!(
        "begin;{}delete {steps};commit;",
        history::insert(system, migration, &duration)
    );
    session.run(what, &finish).await?;
    Ok(())
}
