//! `workroom seed init`: a first seed file for a system that is deployed.

use clap::Args;

use crate::catalog::{Catalog, Name};
use crate::commands::Context;
use crate::database::{Rows, Session};
use crate::error::{Error, Kind, Result};
use crate::files::{TextFile, write_new};
use crate::project::Project;
use crate::report::Report;
use crate::seed::init::{self, Draft};
use crate::seed::value::date;
use crate::seed::{Dataset, Options, SeedFile, source};

/// Drafts until nothing is learnt; each writes a line at least.
const ROUNDS: usize = 100;

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
    let catalog = context.deployed(&session, &project, system).await?;
    let reached = init::reached(&catalog, &system.schemas);
    let filled = filled(&session, &reached).await?;
    // Rows that are there, as those of reference tables, are referred to and left alone.
    let fill: Vec<Name> = reached
        .into_iter()
        .filter(|name| !filled.contains(name))
        .collect();
    let path = format!("seeds/{}.toml", system.name);
    let mut as_of = String::new();
    date::write(&mut as_of, source::today()?);
    let site = Site {
        session: &session,
        project: &project,
        catalog: &catalog,
        fill: &fill,
        system: &system.name,
        path: &path,
        as_of: &as_of,
        tenant: system.tenant.as_deref(),
    };
    let (text, draft) = site.write().await?;
    if arguments.print {
        return Ok(Report::text(text.trim_end()));
    }
    let Some(folder) = project.tree.folder() else {
        return Err(Error::refused(
            "the shipped systems have their seed files already",
        ));
    };
    write_new(folder, &[(path.clone(), text.into_bytes())])?;
    let mut report = Report::text(format!(
        "{path} is written; look at it with `workroom seed plan`"
    ));
    for (table, remark) in draft.left() {
        report.push_text(format!("{table}: {remark}"));
    }
    Ok(report)
}

/// What a first file is written for.
struct Site<'a> {
    session: &'a Session,
    project: &'a Project,
    catalog: &'a Catalog,
    fill: &'a [Name],
    system: &'a str,
    path: &'a str,
    as_of: &'a str,
    tenant: Option<&'a str>,
}

impl Site<'_> {
    /// The file, improved for as long as something is learnt: what the catalog leaves open shows itself as mistakes of a
    /// file without lines, keys are counted, and checks are asked of the rows that it makes. None of this knows of today.
    async fn write(&self) -> Result<(String, Draft)> {
        let tenant = init::tenant_column(self.catalog, self.fill, self.tenant);
        let mut draft = Draft::new(tenant);
        for _ in 0..ROUNDS {
            match self.by_day(&draft).await? {
                Err(mistakes) => {
                    if !draft.learn(&mistakes, &self.file(&draft, self.as_of, None)) {
                        // The rest is for its reader: the file shows where.
                        break;
                    }
                }
                Ok(by_day) => {
                    if !self.improve(&mut draft, &by_day).await? {
                        draft.note_rest(self.catalog, self.fill, &by_day)?;
                        return Ok((self.file(&draft, self.as_of, by_day.first()), draft));
                    }
                }
            }
        }
        Ok((self.file(&draft, self.as_of, None), draft))
    }

    fn file(&self, draft: &Draft, as_of: &str, known: Option<&Dataset>) -> String {
        init::file(self.catalog, self.fill, as_of, draft, known)
    }

    /// A draft joined with the catalog for each of the days that it is judged for, or its mistakes.
    async fn by_day(&self, draft: &Draft) -> Result<Result<Vec<Dataset>>> {
        let mut by_day = Vec::new();
        let mut existing = None;
        for day in init::days() {
            let text = self.file(draft, day, None);
            let read = SeedFile::read(
                self.system,
                &TextFile::new(self.path, text.as_str()),
                &self.project.tree,
            )?;
            let existing = match &existing {
                Some(existing) => existing,
                None => {
                    let rows = source::existing(self.session, self.catalog, &read).await;
                    match rows {
                        Ok(rows) => existing.insert(rows),
                        Err(mistakes) => return Ok(Err(mistakes)),
                    }
                }
            };
            match read.compile(self.catalog, existing, Options::default()) {
                Ok(data) => by_day.push(data),
                Err(mistakes) => return Ok(Err(mistakes)),
            }
        }
        Ok(Ok(by_day))
    }

    /// Lines for keys and checks that the rows of the file break.
    async fn improve(&self, draft: &mut Draft, by_day: &[Dataset]) -> Result<bool> {
        if draft.tell_apart(self.catalog, by_day)? {
            return Ok(true);
        }
        let Some(data) = by_day.first() else {
            return Ok(false);
        };
        let mut is_better = false;
        for at in data.filled() {
            let label = &data.tables[at].label;
            let may = |column: &str, line: &str| draft.may(label, column, line);
            let broken = init::judge(self.session, self.catalog, by_day, at, &may).await?;
            is_better |= draft.mend(label, broken);
        }
        Ok(is_better)
    }
}

/// Those of some tables that have rows.
async fn filled(session: &Session, tables: &[Name]) -> Result<Vec<Name>> {
    let sql: String = tables
        .iter()
        .map(|name| format!("select exists (select from {name});"))
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
