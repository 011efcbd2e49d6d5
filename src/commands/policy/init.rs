//! `workroom policy init`: a first policy file for a database that has policies of its own.

use std::collections::BTreeSet;

use clap::Args;

use super::one_system;
use crate::catalog::{Catalog, Name};
use crate::commands::Context;
use crate::error::{Error, Kind, Result};
use crate::files::suggest::suggestion;
use crate::files::write_new;
use crate::policy::init::{self, Draft, Ground};
use crate::report::Report;

/// What to take over.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Manage only this table, and leave the others as they are (can be repeated)
    #[arg(long = "table", value_name = "SCHEMA.TABLE")]
    pub tables: Vec<String>,

    /// Manage only the tables of this schema, and leave the others as they are (can be repeated)
    #[arg(long = "schema", value_name = "SCHEMA")]
    pub schemas: Vec<String>,

    /// Print the file instead of writing policies/<system>.toml
    #[arg(long)]
    pub print: bool,
}

/// Writes the file, and says which conditions have no words.
///
/// # Errors
/// When there is one already, or the system's schemas have no tables.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    // What the policy file says, if there is one, does not matter here.
    let (project, _) = context.what_can_be_read()?;
    let system = one_system(context, &project)?;
    let path = format!("policies/{}.toml", system.name);
    if !arguments.print && project.tree.exists(&path) {
        return Err(Error::refused(format!("{path} exists already"))
            .hint("print what it would be: `workroom policy init --print`")
            .hint(format!("a table more: `workroom policy init --print --table NAME`, and its parts go into {path}")));
    }
    let session = context.connect(&project).await?;
    let schemas: Vec<&str> = system.all_schemas().map(String::as_str).collect();
    let catalog = Catalog::load(session.client(), &schemas).await?;
    if catalog.tables().next().is_none() {
        return Err(Error::refused(format!(
            "the schemas of system {} have no tables in this database",
            system.name
        ))
        .hint("name the database that has the policies: `--database-url`, or DATABASE_URL")
        .hint("the schemas are those of workroom.toml"));
    }
    let only = chosen(&catalog, arguments)?;
    let query = init::people_query(&catalog);
    let results = session.run("reading roles", &query).await?;
    let people = results.last().map(init::read_people).unwrap_or_default();
    let draft = init::draft(Ground {
        system,
        catalog: &catalog,
        people: &people,
        only: &only,
    });
    if arguments.print {
        return Ok(Report::text(draft.text.trim_end()));
    }
    let folder = project.writable_folder()?;
    write_new(folder, &[(path.clone(), draft.text.clone().into_bytes())])?;
    Ok(report(&path, &draft))
}

fn report(path: &str, draft: &Draft) -> Report {
    let (managed, left) = draft.tables;
    let (cells, worded) = draft.cells;
    let mut report = Report::text(format!(
        "made {path}: {managed} tables, {cells} cells, {worded} of them with words{}",
        match left {
            0 => String::new(),
            left => format!("; {left} tables are left as they are"),
        }
    ));
    if !draft.wordless.is_empty() {
        report.push_text(format!(
            "without words, so that only invariants are proven:\n{}",
            draft.wordless.join("\n")
        ));
    }
    if !draft.notes.is_empty() {
        report.push_text(format!(
            "taken away once the tables are managed:\n{}",
            draft.notes.join("\n")
        ));
    }
    report.push_text("next: read the file, then `workroom policy adopt`".to_owned());
    report
}

/// The tables that are named, by themselves or by their schema.
fn chosen(catalog: &Catalog, arguments: &Arguments) -> Result<BTreeSet<Name>> {
    let mut chosen = BTreeSet::new();
    let mut mistakes = Vec::new();
    let known: Vec<String> = catalog.tables().map(|table| plain(&table.name)).collect();
    for named in &arguments.tables {
        let is_it = |name: &Name| plain(name) == *named || name.name == *named;
        let tables = catalog.tables().filter(|table| is_it(&table.name));
        let found: Vec<Name> = tables.map(|table| table.name.clone()).collect();
        if found.is_empty() {
            let hint = suggestion(named, known.iter().map(String::as_str));
            mistakes
                .push(Error::new(Kind::Usage, format!("there is no table `{named}`")).hint(hint));
        }
        chosen.extend(found);
    }
    for named in &arguments.schemas {
        let tables = catalog.tables().filter(|table| table.name.schema == *named);
        let found: Vec<Name> = tables.map(|table| table.name.clone()).collect();
        if found.is_empty() {
            let message = format!("the system has no tables in a schema `{named}`");
            mistakes.push(Error::new(Kind::Usage, message));
        }
        chosen.extend(found);
    }
    Error::all(mistakes)?;
    Ok(chosen)
}

fn plain(name: &Name) -> String {
    format!("{}.{}", name.schema, name.name)
}
