//! `--! no-transaction` migrations: statement by statement, so that a crash anywhere is made good by the next run.
//!
//! A statement that may run in a transaction commits together with the record that it is done. One that may not is
//! recorded before it runs; if the record is found unfinished later, the catalog says what became of it. The
//! deployment lock belongs to the server's session, so whoever holds it knows that the backend of a killed run is
//! gone, and that what it was doing is either committed or rolled back.

mod form;
mod index_build;
mod leftovers;
mod step;

use std::ops::Range;

use form::Form;
use step::Step;

use super::history::{self, History};
use super::outcome::{Around, AroundFailure};
use super::run::{Run, timeouts};
use crate::database::DeploymentLock;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::project::{Migration, System};
use crate::sql::{Statement, literal};

/// Runs what is not done yet, then writes the history row.
/// `around` goes before and after one of the statements, in its transaction.
pub(super) async fn apply(
    run: &Run<'_>,
    system: &System,
    migration: &Migration,
    history: &History,
    around: Option<(usize, &Around<'_>)>,
) -> Result<(), AroundFailure> {
    let forms = forms(migration).map_err(AroundFailure::Migration)?;
    refuse_another_text(migration, history).map_err(AroundFailure::Migration)?;
    let set_up = format!("{}{}", run.session_reset(), timeouts(migration, "set"));
    let set_up = run.session.run("setting up the session", &set_up).await;
    set_up.map_err(AroundFailure::Migration)?;
    for (at, form) in forms.into_iter().enumerate() {
        let earlier = history.steps.get(&(migration.version, number(at)));
        if earlier.is_some_and(|(_, finished)| *finished) {
            continue;
        }
        let step = Step {
            run,
            system,
            migration,
            statement: &migration.statements[at],
            at,
            attempted: earlier.map(|(sha256, _)| sha256.clone()),
            around: around
                .filter(|(statement, _)| *statement == at)
                .map(|(_, around)| around),
        };
        run.observer.event(&Event::Progress {
            label: migration.label(),
            done: at as u64,
            total: migration.statements.len() as u64,
            unit: "statements",
            bytes: 0,
        });
        step.execute(&form).await?;
    }
    let recorded = record(run, system, migration).await;
    recorded.map_err(AroundFailure::Migration)
}

/// Whether a statement runs in a transaction of workroom's, where something can go before and after it.
#[must_use]
pub fn is_transactional(migration: &Migration, statement: usize) -> bool {
    let statement = migration.statements.get(statement);
    let form = statement.and_then(|statement| Form::of(&migration.file, statement));
    matches!(form, Some(Form::Transactional | Form::Block))
}

/// Writes the history row of a migration whose statements are all done.
async fn record(run: &Run<'_>, system: &System, migration: &Migration) -> Result<()> {
    let steps = format!(
        "from workroom.steps where system = {} and version = {}",
        literal(&system.name),
        migration.version
    );
    let duration = format!(
        "(select coalesce(sum(extract(epoch from finished_at - started_at)) * 1000, 0) {steps})"
    );
    let unforced = format!(
        "(select pg_catalog.array_agg(distinct u.number::pg_catalog.regclass::pg_catalog.text) from (\
         select pg_catalog.unnest(unforced) {steps}) as u (number))"
    );
    // A message of its own: the next one's transaction begins by the settings at its arrival.
    run.session
        .run("setting up the session", &run.session_reset())
        .await?;
    let finish = format!(
        "begin;{}{};delete {steps};commit;",
        DeploymentLock::proof(),
        history::insert(system, migration, &duration, &unforced)
    );
    run.session.run("recording the migration", &finish).await?;
    Ok(())
}

fn forms(migration: &Migration) -> Result<Vec<Form>> {
    let mut mistakes = Vec::new();
    let mut forms = Vec::new();
    for statement in migration.statements.iter() {
        let place = || migration.file.place(first_line(migration, statement));
        match Form::of(&migration.file, statement) {
            Some(form) => forms.push(form),
            None => mistakes.push(
                Error::project(format!(
                    "migration {} builds an index without a name",
                    migration.label()
                ))
                .at(place())
                .because("after a crash nobody could tell whether it was built")
                .hint("name it: create index concurrently <table>_<columns>_idx on …"),
            ),
        }
        if is_temporary(statement) {
            mistakes.push(
                Error::project(format!("migration {} creates a temporary object", migration.label()))
                    .at(place())
                    .because("it runs statement by statement, and after a crash the rest runs in another session, which has no such object")
                    .hint("create an ordinary table and drop it at the end, or put what needs it into a transactional migration"),
            );
        }
    }
    Error::all(mistakes)?;
    Ok(forms)
}

fn is_temporary(statement: &Statement) -> bool {
    statement.starts_with(&["create"])
        && statement
            .words
            .iter()
            .skip(1)
            .take(3)
            .take_while(|word| !matches!(word.as_str(), "table" | "view" | "sequence" | "as"))
            .any(|word| word == "temp" || word == "temporary")
}

/// What is done already must be what the file says; statements that are not done yet may have changed.
fn refuse_another_text(migration: &Migration, history: &History) -> Result<()> {
    for (step, sha256, finished) in history.steps_of(migration.version) {
        let at = usize::try_from(step - 1).unwrap_or(usize::MAX);
        let Some(statement) = migration.statements.get(at) else {
            return Err(changed(migration, step, None));
        };
        if finished && sha256 != crate::files::fingerprint(statement.text(&migration.file)) {
            return Err(changed(migration, step, Some(statement)));
        }
    }
    Ok(())
}

/// A file that was half applied statement by statement cannot become all-or-nothing afterwards.
pub(super) fn refuse_half_applied(migration: &Migration, history: &History) -> Result<()> {
    if history.steps_of(migration.version).next().is_none() {
        return Ok(());
    }
    Err(Error::project(format!(
        "migration {} was changed while it was half applied",
        migration.label()
    ))
    .at(migration.file.place(0..0))
    .because(
        "some of its statements are done, each by itself; in one transaction they would run again",
    )
    .hint("put `--! no-transaction` back on its first line until it is applied everywhere"))
}

/// Refuses to go on when what is done is of another text than the file's.
pub(super) fn changed(migration: &Migration, step: i32, statement: Option<&Statement>) -> Error {
    let span = statement.map_or(0..0, |statement| first_line(migration, statement));
    Error::project(format!(
        "migration {} was changed while it was half applied",
        migration.label()
    ))
    .at(migration.file.place(span))
    .because(format!(
        "statement {step} is already done with another text"
    ))
    .hint("bring the statements that are done back as they were; later ones may change")
}

fn first_line(migration: &Migration, statement: &Statement) -> Range<usize> {
    let text = statement.text(&migration.file);
    let length = text.find('\n').unwrap_or(text.len());
    statement.span.start..statement.span.start + length
}

/// Counted from 1, as people and the steps table do.
fn number(at: usize) -> i32 {
    i32::try_from(at + 1).unwrap_or(i32::MAX)
}
