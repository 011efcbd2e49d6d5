//! `workroom db status`: migrations, and whether they are applied.

use std::collections::BTreeMap;

use clap::Args;

use crate::commands::Context;
use crate::deployment::{Deployment, Part};
use crate::error::{Error, Result};
use crate::migrate::Mismatch;
use crate::report::{Outcome, Report, Table};

/// How to answer.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Exit with status 1 when something is pending
    #[arg(long)]
    pub check: bool,
}

/// Lists migrations with when, by whom and how long, and repeatable objects that changed. Where files and history do
/// not agree, or files have mistakes, the list says where, and the mistakes follow it.
///
/// # Errors
/// When there is no project, or when the server lacks something or does not answer.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let (project, mut mistakes, session) = context.open_what_can_be().await?;
    let systems = context.systems(&project)?;
    let (deployment, further) =
        Deployment::look_at_what_can_be(&session, &project, &systems).await?;
    mistakes.extend(further);
    let mut table = Table::new("", &["system", "what", "state", "applied_on", "by", "ms"]);
    let mut pending = 0;
    for part in &deployment.parts {
        pending += list(part, &mut table);
    }
    let mut report = Report::table(table);
    for line in deployment.without_file() {
        report.push_text(line);
    }
    report.mistakes = Error::all(mistakes).err();
    if pending > 0 {
        report.push_text(match report.mistakes {
            None => format!("{pending} pending; `workroom db migrate` applies them"),
            Some(_) => format!("{pending} pending, once what is said below is put right"),
        });
        if arguments.check {
            report.outcome = Outcome::Found;
        }
    }
    Ok(report)
}

/// Lists one system and returns how much of it is pending.
fn list(part: &Part<'_>, table: &mut Table) -> usize {
    let system = part.system.name.as_str();
    let states = states(part);
    let mut pending = 0;
    for migration in &part.system.migrations {
        let own = part.migrations.applied.iter();
        let own = own.map(|(other, row)| (other, row));
        let mut own = own.filter(|(other, _)| other.file.path == migration.file.path);
        let moved = part.migrations.mismatches.iter().find_map(|one| match one {
            Mismatch::Renumbered(from, to) if to.file.path == migration.file.path => Some(*from),
            _ => None,
        });
        let row = moved
            .and_then(|from| part.row(from))
            .or_else(|| own.next().map(|(_, row)| row));
        let state = states.get(migration.file.path.as_str()).cloned();
        match row {
            Some(row) => table.row([
                system,
                migration.label(),
                &state.unwrap_or_else(|| "applied".to_owned()),
                &to_the_second(&row.applied_on),
                &row.applied_by,
                &row.duration_ms,
            ]),
            None => {
                pending += 1;
                let state = state.unwrap_or_else(|| "pending".to_owned());
                table.row([system, migration.label(), &state, "", "", ""]);
            }
        }
    }
    for mismatch in &part.migrations.mismatches {
        let (version, state) = match mismatch {
            Mismatch::Gone(version) => (*version, "applied, file gone"),
            Mismatch::Steps(version) if part.row(*version).is_none() => {
                (*version, "half applied, file gone")
            }
            _ => continue,
        };
        let row = part.row(version);
        let label = row.map_or_else(
            || format!("V{version:03}"),
            |row| format!("V{version:03}__{}", row.name),
        );
        let cell = |of: fn(&crate::migrate::Applied) -> &String| row.map_or("", |row| of(row));
        table.row([
            system,
            &label,
            state,
            &to_the_second(cell(|row| &row.applied_on)),
            cell(|row| &row.applied_by),
            cell(|row| &row.duration_ms),
        ]);
    }
    for at in &part.changed {
        pending += 1;
        let name = part.objects[*at].qualified();
        let state = if part.is_by_hand(*at) {
            "changed by hand"
        } else {
            "pending"
        };
        table.row([system, &name, state, "", "", ""]);
    }
    pending
}

/// A time without the part of a second.
fn to_the_second(time: &str) -> String {
    match time.split_once('.') {
        Some((whole, rest)) if rest.ends_with('Z') => format!("{whole}Z"),
        _ => time.to_owned(),
    }
}

/// What is to be said of files that are not simply applied or pending: path → state.
fn states<'part>(part: &'part Part<'_>) -> BTreeMap<&'part str, String> {
    let mut states = BTreeMap::new();
    for migration in &part.migrations.pending {
        if let Some(done) = part.steps_done(migration.version) {
            let all = migration.statements.len();
            states.insert(
                migration.file.path.as_str(),
                format!("stopped after {done} of {all} statements"),
            );
        }
    }
    for mismatch in &part.migrations.mismatches {
        let (migration, state) = match mismatch {
            Mismatch::Remarks(migration) => (migration, "applied, comments changed".to_owned()),
            Mismatch::Changed(migration) => (migration, "changed".to_owned()),
            Mismatch::Renamed(migration) => (migration, "renamed".to_owned()),
            Mismatch::Renumbered(from, migration) => (migration, format!("applied as {from}")),
            Mismatch::Late(migration, _) => (migration, "late".to_owned()),
            Mismatch::Gone(_) | Mismatch::Steps(_) => continue,
        };
        states.insert(migration.file.path.as_str(), state);
    }
    for pair in part.system.migrations.windows(2) {
        if pair[0].version == pair[1].version {
            for migration in pair {
                let path = migration.file.path.as_str();
                let before = states.remove(path);
                let is_applied = part
                    .migrations
                    .applied
                    .iter()
                    .any(|(one, row)| one.file.path == path && row.sha256 == one.sha256);
                let state = if is_applied {
                    "applied, version used twice"
                } else {
                    "version used twice"
                };
                states.insert(
                    path,
                    before
                        .filter(|_| is_applied)
                        .unwrap_or_else(|| state.to_owned()),
                );
            }
        }
    }
    states
}
