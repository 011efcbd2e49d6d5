//! `workroom db plan --measure`: the plan executed on a disposable copy of the target's schema.
//!
//! The copy is made by running the applied migrations again from the files; where they do not run any more, by
//! `pg_dump --schema-only`. It never holds a row of the target.

use std::path::Path;

use super::deployment::Deployment;
use super::plan::Arguments;
use crate::commands::Context;
use crate::database::{Session, Target};
use crate::error::{Error, Result};
use crate::event::Event;
use crate::files::{self, TextFile};
use crate::lint;
use crate::measure::{
    self, Ending, Measured, Relation, Run, Scratch, Stats, Surroundings, Under, Whereabouts, Work,
};
use crate::project::Project;
use crate::report::{Report, Table};
use crate::server;

/// Measures what is pending.
pub(super) async fn run(
    context: &Context,
    arguments: &Arguments,
    project: &Project,
    session: &Session,
    deployment: &Deployment<'_>,
) -> Result<Report> {
    let (base, pending) = work(deployment, arguments.after);
    if pending.is_empty() {
        return Ok(Report::text("nothing to do, so nothing to measure"));
    }
    let stats = match &arguments.stats {
        Some(file) if file == Path::new("target") => Some(Stats::of(session).await?),
        Some(file) => Some(Stats::parse(&files::read_named(&context.folder, file)?)?),
        None => None,
    };
    let bench = Bench {
        context,
        surroundings: Surroundings::of(session).await?,
        target: session.target(),
        project,
        whereabouts: if arguments.beside {
            Whereabouts::Beside
        } else {
            Whereabouts::ThrowAway
        },
        after: arguments.after.is_some(),
    };
    let (scratch, copy, origin) = bench.copy(&base).await?;
    let outcome = measure_on(copy, &pending, stats.as_ref()).await;
    scratch.remove().await?;
    let (measured, under, empty) = outcome?;
    for table in &empty {
        context.observer.event(&Event::Detail(&format!(
            "no row could be made for {table}: scans of it are counted, its rows are not"
        )));
    }
    Ok(report(
        &pending,
        &measured,
        &under,
        &origin,
        bench.surroundings.major,
    ))
}

/// What is applied, in the order in which it came, and what is pending.
fn work<'plan>(
    deployment: &'plan Deployment<'_>,
    after: Option<i64>,
) -> (Base<'plan>, Vec<Work<'plan>>) {
    let mut base = Base::default();
    let mut pending = Vec::new();
    let last = deployment.parts.len().saturating_sub(1);
    for (at, part) in deployment.parts.iter().enumerate() {
        let migration = |migration: &'plan crate::project::Migration| Work {
            system: &part.system.name,
            label: migration.label(),
            file: &migration.file,
            statements: &migration.statements,
            no_transaction: migration.headers.no_transaction,
        };
        // As for `--to`: it speaks of the system that was asked for, which comes last. What that requires is
        // then taken as applied in full.
        let is_applied = |version: i64| after.is_some_and(|after| at != last || version <= after);
        let mut is_deployed = !part.migrations.applied.is_empty();
        let applied = part.migrations.applied.iter().map(|(it, _)| *it);
        base.steps
            .extend(applied.map(migration).map(Step::Migration));
        for it in &part.migrations.pending {
            if is_applied(it.version) {
                is_deployed = true;
                base.steps.push(Step::Migration(migration(it)));
            } else {
                pending.push(migration(it));
            }
        }
        let object = |at: usize| {
            let object = part.objects[at].object;
            Work {
                system: &part.system.name,
                label: &object.name,
                file: &object.file,
                statements: &object.statements,
                no_transaction: false,
            }
        };
        if is_deployed {
            let objects = (0..part.objects.len()).map(object);
            base.steps.extend(objects.map(Step::Object));
        }
        // With `--after` they are part of what is taken as deployed.
        if after.is_none() || at == last {
            pending.extend(part.changed.iter().map(|at| object(*at)));
        }
    }
    (base, pending)
}

/// What the copy is made of, in order.
#[derive(Default)]
struct Base<'plan> {
    steps: Vec<Step<'plan>>,
}

enum Step<'plan> {
    Migration(Work<'plan>),
    /// Best effort: its old text is gone, and the new one may need what is pending.
    Object(Work<'plan>),
}

struct Bench<'run> {
    context: &'run Context,
    surroundings: Surroundings,
    target: &'run Target,
    project: &'run Project,
    whereabouts: Whereabouts,
    /// Whether versions are taken as applied that the target does not have.
    after: bool,
}

impl Bench<'_> {
    /// A copy of the schema, and how it was made.
    async fn copy(&self, base: &Base<'_>) -> Result<(Scratch, Session, String)> {
        let (scratch, copy) = self.empty().await?;
        match self.rebuild(&copy, base).await {
            Ok(count) => {
                let origin = match count {
                    0 => "empty".to_owned(),
                    1 => "from 1 applied migration".to_owned(),
                    count => format!("from {count} applied migrations"),
                };
                Ok((scratch, copy, origin))
            }
            Err(reason) => {
                drop(copy);
                scratch.remove().await?;
                // The target is not in the state that `--after` describes.
                if self.after {
                    return Err(reason);
                }
                self.context.observer.event(&Event::Note(&format!(
                    "the applied migrations do not run on an empty database ({reason}); taking a dump of the schema"
                )));
                self.dumped(reason).await
            }
        }
    }

    /// Runs the base again; how many migrations it has.
    async fn rebuild(&self, copy: &Session, base: &Base<'_>) -> Result<usize> {
        let mut count = 0;
        for step in &base.steps {
            match step {
                Step::Migration(work) => {
                    measure::rebuild(copy, &[*work]).await?;
                    count += 1;
                }
                Step::Object(work) => {
                    if measure::rebuild(copy, &[*work]).await.is_err() {
                        self.context.observer.event(&Event::Detail(&format!(
                            "{} is not on the copy: it needs what is pending",
                            work.label
                        )));
                    }
                }
            }
        }
        Ok(count)
    }

    async fn dumped(&self, reason: Error) -> Result<(Scratch, Session, String)> {
        let (scratch, copy) = self.empty().await?;
        let programs = scratch.programs().unwrap_or_default();
        match measure::dump_and_load(self.target, scratch.target(), &programs) {
            Ok(()) => Ok((scratch, copy, "from a dump of the schema".to_owned())),
            Err(mut error) => {
                scratch.remove().await?;
                error.push(reason);
                Err(error)
            }
        }
    }

    async fn empty(&self) -> Result<(Scratch, Session)> {
        let options = server::Options {
            major: Some(self.surroundings.major),
            project: None,
            ..self.context.server_options(self.project)
        };
        let observer = self.context.observer.as_ref();
        let scratch = Scratch::make(&self.whereabouts, self.target, options, observer).await?;
        let copy = self.context.connect_to(scratch.target()).await?;
        self.surroundings.recreate(&copy).await?;
        Ok((scratch, copy))
    }
}

async fn measure_on(
    copy: Session,
    pending: &[Work<'_>],
    stats: Option<&Stats>,
) -> Result<(Vec<Measured>, Vec<Under>, Vec<String>)> {
    let rates = match stats {
        Some(_) => Some(measure::calibrate(&copy).await?),
        None => None,
    };
    let filled = measure::fill(&copy).await?;
    let mut run = Run::begin(copy, Ending::Commit, filled.filled).await?;
    let mut measured = Vec::new();
    for (position, work) in pending.iter().enumerate() {
        measured.extend(run.measure(position, *work).await?);
    }
    let under = measure::under_lock(&measured, stats.zip(rates));
    Ok((measured, under, filled.empty))
}

fn report(
    work: &[Work<'_>],
    measured: &[Measured],
    under: &[Under],
    origin: &str,
    major: u32,
) -> Report {
    let mut report = Report::default();
    report.push_text(format!(
        "{} statements executed on a copy of the schema: Postgres {major}, {origin}, a few made-up rows in each table",
        measured.len()
    ));
    let mut statements = Table::new(
        "each statement on what existed before",
        &[
            "where",
            "statement",
            "takes",
            "written_anew",
            "read_in_full",
            "ms",
        ],
    );
    for statement in measured {
        if statement.locks.is_empty()
            && statement.rewritten.is_empty()
            && statement.scanned.is_empty()
        {
            continue;
        }
        let work = &work[statement.work];
        let place = work.file.place(statement.span.clone());
        let line = place.line_column().map_or(0, |(line, _)| line);
        let takes: Vec<String> = statement
            .locks
            .iter()
            .filter(|(relation, _)| relation.kind != measure::RelationKind::Index)
            .map(|(relation, mode)| format!("{mode} on {}", relation.name))
            .collect();
        let rows = if statement.on_empty_tables {
            " (rows put aside)"
        } else {
            ""
        };
        statements.row([
            format!("{}:{line}", work.label),
            format!("{}{rows}", head(&work.file.text[statement.span.clone()])),
            takes.join("\n"),
            names(&statement.rewritten),
            names(&statement.scanned),
            format!("{:.1}", statement.took.as_secs_f64() * 1000.0),
        ]);
    }
    if !statements.rows.is_empty() {
        report.push_table(statements);
    }
    let mut locked = Table::new(
        "under lock, to the end of each transaction",
        &[
            "where",
            "relation",
            "lock",
            "keeps_out",
            "written_anew",
            "read_in_full",
            "estimated",
        ],
    );
    for under in under {
        locked.row([
            work[under.work].label.to_owned(),
            under.relation.name.clone(),
            under.mode.to_string(),
            under.mode.blocks().to_owned(),
            names(&under.rewritten),
            names(&under.scanned),
            under.seconds.map(measure::in_words).unwrap_or_default(),
        ]);
    }
    if !locked.rows.is_empty() {
        report.push_table(locked);
    }
    let mut findings = measure::findings(work, measured, under);
    findings.retain(|finding| {
        let file = TextFile::new(finding.place.path.as_str(), finding.place.text.clone());
        let at = finding.place.span.as_ref().map_or(0, |span| span.start);
        !lint::allows(&file, &finding.rule, at)
    });
    report.push_findings("statements measured:", measured.len(), findings);
    report
}

fn names(relations: &[Relation]) -> String {
    let names: Vec<&str> = relations.iter().map(|it| it.name.as_str()).collect();
    names.join("\n")
}

/// The beginning of a statement on one line.
fn head(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
