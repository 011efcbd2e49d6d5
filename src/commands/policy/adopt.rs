//! `workroom policy adopt`: policies that were written by hand become those of the policy file, by a migration that changes
//! nothing of what anybody may do.

use std::collections::BTreeMap;

use clap::Args;

use super::{catalog, load_live};
use crate::commands::Context;
use crate::deployment;
use crate::error::{Error, Kind, Result};
use crate::event::Event;
use crate::files::write_new;
use crate::policy::{self, RenderedPolicies};
use crate::project::System;
use crate::prove::{self, Comparison};
use crate::report::Report;
use crate::sql::identifier;

/// Which tables.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The tables whose policies are taken over [default: all that the policy file manages]
    #[arg(value_name = "SCHEMA.TABLE")]
    pub tables: Vec<String>,
}

/// The most differences that are told.
const TOLD: usize = 20;

/// Writes the migration once everybody may do the same before and after it.
///
/// # Errors
/// With every mistake of the policy file; when something would change for somebody, which is shown; when the database cannot
/// be asked as everybody.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let (all, session) = load_live(context, &project).await?;
    let [rendered] = all.as_slice() else {
        return Err(Error::new(Kind::Usage, "a migration belongs to one system")
            .hint("name it with --system"));
    };
    let system = &project.systems[&rendered.policies.system];
    let folder = project.writable_folder()?;
    let mut live = policy::read_live(&session, rendered).await?;
    let strays = policy::adopt(rendered, &mut live, &arguments.tables)?;
    if strays.is_empty() {
        return Ok(Report::text(format!(
            "nothing to adopt: no table that {} manages has a policy made by hand",
            rendered.policies.file.path
        )));
    }
    let diff = policy::diff(rendered, &live, &catalog(&session, rendered).await?)?.decided()?;
    let mut change: String = strays
        .iter()
        .map(|stray| format!("{}\n", stray.drop))
        .collect();
    for one in &diff.changes {
        change.push_str(&one.sql);
        change.push('\n');
    }
    let label = format!("measuring {} before and after", system.name);
    context.observer.event(&Event::Started(&label));
    let started = std::time::Instant::now();
    let schemas = deployment::schemas(&[system]);
    let compared = prove::compare(&session, rendered, &change, &schemas).await;
    let compared = compared.map_err(|mut error| {
        // What the proof advises is not to be had here.
        error.hints.retain(|hint| !hint.contains("--here"));
        error.hint("measure on a copy without rows: restore what `pg_dump --schema-only` writes on a server of your own, and name it with --database-url")
    })?;
    context
        .observer
        .event(&Event::Finished(&label, started.elapsed()));
    refuse_changes(rendered, &compared)?;
    let text = text(rendered, &strays, &diff);
    let path = next_path(system);
    write_new(folder, &[(path.clone(), text.into_bytes())])?;
    let mut report = Report::default();
    let mut by_table: BTreeMap<&str, usize> = BTreeMap::new();
    for stray in &strays {
        *by_table.entry(&stray.table).or_default() += 1;
    }
    report.push_text(format!(
        "made {path}: {} policies of {} tables are replaced by those of {}\n{} probes as {} personas over {} rows came to the same before and after",
        strays.len(),
        by_table.len(),
        rendered.policies.file.path,
        compared.probes,
        compared.personas,
        compared.rows
    ));
    for note in compared.notes.iter().chain(&diff.notes) {
        report.push_text(note.clone());
    }
    report.push_text(
        "next: read it, then `workroom db migrate`, and `workroom policy prove` for whether the words say what the SQL does"
            .to_owned(),
    );
    Ok(report)
}

fn refuse_changes(rendered: &RenderedPolicies, compared: &Comparison) -> Result<()> {
    if compared.changed == 0 {
        return Ok(());
    }
    let path = &rendered.policies.file.path;
    let mut error = Error::refused(format!(
        "{} of {} probes would come out otherwise: nothing is written",
        compared.changed, compared.probes
    ))
    .at(rendered.policies.place(&(0..0)));
    for difference in compared.differences.iter().take(TOLD) {
        error = error.because(difference);
    }
    Err(error
        .hint(format!(
            "mend {path} until nobody may do more or less than now"
        ))
        .hint(
            "where the change is meant, make it a step of its own: adopt first, change afterwards",
        ))
}

/// Behind the last migration, with as many digits.
fn next_path(system: &System) -> String {
    let last = system.migrations.last();
    let version = last.map_or(0, |migration| migration.version) + 1;
    let digits = last.map_or(3, |migration| {
        let label = migration.label();
        label.find("__").map_or(3, |end| end - 1)
    });
    format!(
        "sql/{}/V{version:0digits$}__adopt_policies.sql",
        system.name
    )
}

fn text(rendered: &RenderedPolicies, strays: &[policy::Stray], diff: &policy::Diff) -> String {
    let mut drops = String::new();
    for stray in strays {
        drops.push_str(&format!(
            "-- was made by hand: {}\n{}\n",
            identifier(&stray.policy),
            stray.drop
        ));
    }
    format!(
        "-- Policies of system {} that were made by hand become those of {}.\n\
         -- Written by `workroom policy adopt`, which tried everything as everybody before and after: nothing changes for anybody.\n\
         set local search_path = pg_catalog, pg_temp;\n\
         set local client_min_messages = warning;\n\n{drops}\n{}\n",
        rendered.policies.system,
        rendered.policies.file.path,
        diff.sql()
    )
}
