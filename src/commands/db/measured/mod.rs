//! `workroom db plan --measure`: the plan executed on a disposable copy of the target's schema.
//!
//! The copy is made by running the applied migrations again from the files; where they do not run any more, by
//! `pg_dump --schema-only`. It never holds a row of the target.

use std::path::{Path, PathBuf};

use clap::Args;

mod base;
mod pending;

use crate::commands::Context;
use crate::commands::arguments::parse_version;
use crate::database::Session;
use crate::deployment::{Deployment, PendingPolicies};
use crate::error::Result;
use crate::event::Event;
use crate::files::{self, TextFile};
use crate::lint;
use crate::measure::{self, Measured, Relation, Stats, Surroundings, Under, Whereabouts, Work};
use crate::project::{Migration, Project};
use crate::report::{Report, Table};
use crate::sql::one_line;
use base::Bench;

/// How to measure.
#[derive(Debug, Default, Args)]
pub struct MeasureArguments {
    /// Take versions up to this one as applied, whatever the database says
    #[arg(long, value_name = "VERSION", value_parser = parse_version, requires = "measure")]
    pub after: Option<i64>,

    /// Sizes of the real tables, to estimate the time under lock: a file, or `target` to read them there
    #[arg(long, value_name = "FILE", requires = "measure")]
    pub stats: Option<PathBuf>,

    /// Make the copy in a database beside the target instead of on a throw-away server
    #[arg(long, requires = "measure")]
    pub beside: bool,
}

/// Something to be measured.
enum Pending<'plan> {
    /// A migration of the part of this number.
    Migration {
        at: usize,
        migration: &'plan Migration,
        work: Work<'plan>,
    },
    Object(Work<'plan>),
    /// Policies and grants of a system: which statements they are is known only after what comes before.
    Policies(&'plan str, &'plan PendingPolicies),
}

/// Measures what is pending.
pub(super) async fn run(
    context: &Context,
    arguments: &MeasureArguments,
    project: &Project,
    session: &Session,
    deployment: &Deployment<'_>,
) -> Result<Report> {
    let (base, pending) = base::work(deployment, arguments.after);
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
        session,
        project,
        deployment,
        whereabouts: if arguments.beside {
            Whereabouts::Beside
        } else {
            Whereabouts::ThrowAway
        },
        after: arguments.after.is_some(),
    };
    let (scratch, copy, origin) = bench.copy(&base).await?;
    let outcome = bench.measure(copy, pending, stats.as_ref()).await;
    scratch.remove(context.observer.as_ref()).await;
    let outcome = outcome?;
    for table in &outcome.empty {
        context.observer.event(&Event::Detail(&format!(
            "no row could be made for {table}: scans of it are counted, its rows are not"
        )));
    }
    Ok(report(
        &outcome.work(),
        &outcome.measured,
        &outcome.under,
        &origin,
        bench.surroundings.major,
    ))
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
            format!(
                "{}{rows}",
                one_line(&work.file.text[statement.span.clone()], 60)
            ),
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
            match under.seconds {
                Some(_) if under.is_unknown => "not known: never analyzed".to_owned(),
                seconds => seconds.map(measure::in_words).unwrap_or_default(),
            },
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
