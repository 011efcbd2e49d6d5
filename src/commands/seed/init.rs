//! `workroom seed init`: a first seed file for a system that is deployed.

use std::collections::BTreeSet;

use clap::Args;

use super::dataset;
use crate::catalog::Name;
use crate::commands::Context;
use crate::database::{Rows, Session};
use crate::error::{Error, Kind, Result};
use crate::files::{TextFile, write_new};
use crate::report::Report;
use crate::seed::value::date;
use crate::seed::{Options, SeedFile, init};

/// Where to write.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print the file instead of writing seeds/<system>.toml
    #[arg(long)]
    pub print: bool,
}

/// Writes a seed file that can be loaded at once; every line that was inferred stands in it as a comment.
///
/// # Errors
/// When there is one already, or the system is not deployed.
pub async fn run(context: &Context, arguments: &Arguments) -> Result<Report> {
    let project = context.project()?;
    let systems = context.systems(&project)?;
    let system = systems
        .last()
        .ok_or_else(|| Error::new(Kind::Usage, "no system is named"))?;
    let session = context.connect(&project).await?;
    let names: Vec<&str> = project
        .systems
        .values()
        .flat_map(|system| system.all_schemas())
        .map(String::as_str)
        .collect();
    let catalog = crate::catalog::Catalog::load(session.client(), &names).await?;
    if !catalog
        .tables()
        .any(|relation| system.schemas.contains(&relation.name.schema))
    {
        return Err(Error::refused(format!(
            "system {} has no tables in this database",
            system.name
        ))
        .hint("run `workroom db migrate` first"));
    }
    let reached = init::reached(&catalog, &system.schemas);
    let filled = filled(&session, &reached).await?;
    // Rows that are there, as those of reference tables, are referred to and left alone.
    let fill: Vec<Name> = reached
        .into_iter()
        .filter(|name| !filled.contains(name))
        .collect();
    let path = format!("seeds/{}.toml", system.name);
    let mut as_of = String::new();
    date::write(&mut as_of, dataset::today());
    // What the catalog leaves open shows itself as mistakes of a file without lines; those get a line.
    let mut open: BTreeSet<String> = BTreeSet::new();
    let mut text = String::new();
    for _ in 0..8 {
        let draft = init::file(
            &catalog,
            &fill,
            &as_of,
            |table, column| {
                open.contains(&format!("{}.{}.{}", table.schema, table.name, column.name))
            },
            None,
        );
        let file = SeedFile::read(
            &system.name,
            &TextFile::new(&path, draft.as_str()),
            &project.tree,
        )?;
        match dataset::compile(&session, &catalog, &file, Options::default()).await {
            Ok(data) => {
                text = init::file(
                    &catalog,
                    &fill,
                    &as_of,
                    |table, column| {
                        open.contains(&format!("{}.{}.{}", table.schema, table.name, column.name))
                    },
                    Some(&data),
                );
                break;
            }
            Err(error) => {
                let before = open.len();
                open.extend(error.iter().filter_map(|mistake| {
                    Some(
                        mistake
                            .message
                            .split_once(" is not null and has no line")?
                            .0
                            .to_owned(),
                    )
                }));
                text = draft;
                if open.len() == before {
                    // The rest is for its reader: the file shows where.
                    break;
                }
            }
        }
    }
    if arguments.print {
        return Ok(Report::text(text.trim_end()));
    }
    let Some(folder) = project.tree.folder() else {
        return Err(Error::refused(
            "the shipped systems have their seed files already",
        ));
    };
    write_new(folder, &[(path.clone(), text.into_bytes())])?;
    Ok(Report::text(format!(
        "{path} is written; look at it with `workroom seed plan`"
    )))
}

/// Those of some tables that have rows.
async fn filled(session: &Session, tables: &[Name]) -> Result<Vec<Name>> {
    let sql: String = tables
        .iter()
        .map(|name| format!("select exists (select from only {name});"))
        .collect();
    let results = session.run("looking which tables have rows", &sql).await?;
    let is_filled = |rows: &Rows| rows.first().and_then(|row| row.first()?.as_deref()) == Some("t");
    Ok(tables
        .iter()
        .zip(&results)
        .filter(|(_, rows)| is_filled(rows))
        .map(|(name, _)| name.clone())
        .collect())
}
