//! What `seed init` and `seed add` have in common: a draft that is improved until it can be loaded.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Name};
use crate::commands::Context;
use crate::database::{Governor, Limits, Rows, Session};
use crate::error::{Error, Kind, Result};
use crate::files::TextFile;
use crate::project::Project;
use crate::seed::init::{self, Draft, Texts, Written};
use crate::seed::plan::plan;
use crate::seed::value::date;
use crate::seed::{Dataset, Options, SeedFile, source, trial};
use crate::sql::{identifier, literal};

/// Drafts until nothing is learnt; each writes a line, or takes rows or a table away.
const ROUNDS: usize = 400;

/// Drafts after which tables that are refused are given fewer rows or left out, and no other lines.
const MENDED: usize = 100;

/// What a draft is written for.
pub(super) struct Site<'a> {
    pub(super) context: &'a Context,
    pub(super) session: &'a Session,
    pub(super) project: &'a Project,
    pub(super) catalog: &'a Catalog,
    /// The system.
    pub(super) system: &'a str,
    /// The file's path in the project.
    pub(super) path: &'a str,
    /// The file that tables are added to, if there is one.
    pub(super) base: Option<&'a SeedFile>,
}

impl Site<'_> {
    /// The file with these tables, improved for as long as something is learnt: what the catalog leaves open shows itself as
    /// mistakes of a file without lines, keys are counted, checks are asked of the rows that it makes, and last of all the
    /// rows are loaded in a transaction that is rolled back. `declared` is the column by which rows belong to tenants.
    pub(super) async fn write(
        &self,
        fill: Vec<Name>,
        declared: Option<&str>,
    ) -> Result<(Written, Draft)> {
        let mut as_of = String::new();
        date::write(&mut as_of, source::today()?);
        let present = present(self.session).await?;
        let tenant = match self.base {
            Some(_) => declared.map(str::to_owned),
            None => init::tenant_column(self.catalog, &fill, declared),
        };
        let ids = match &tenant {
            Some(column) => self.tenant_ids(&fill, column).await?,
            None => Vec::new(),
        };
        let types = init::types_as_texts(self.catalog, &fill);
        let texts = Texts::ask(self.session, self.catalog, types).await?;
        let mut draft = Draft::new(fill, tenant, ids, texts);
        let mut judged = BTreeMap::new();
        for round in 0..ROUNDS {
            if draft.is_empty() {
                return Err(nothing(&draft));
            }
            let written = self.file(&draft, &as_of, None);
            let mistakes = match self.by_day(&draft).await? {
                Err(mistakes) => mistakes,
                Ok(by_day) => match self
                    .improve(&mut draft, &by_day, &mut judged, (round < MENDED, &present))
                    .await
                {
                    Ok(true) => continue,
                    Ok(false) => {
                        return Ok((self.file(&draft, &as_of, by_day.first()), draft));
                    }
                    Err(error) if error.kind == Kind::Project => error,
                    Err(error) => return Err(error),
                },
            };
            if !draft.learn(self.catalog, &mistakes, &written) {
                return Err(mistakes);
            }
        }
        Err(Error::new(
            Kind::Bug,
            "a first seed file does not come to an end",
        ))
    }

    fn file(&self, draft: &Draft, as_of: &str, known: Option<&Dataset>) -> Written {
        match self.base {
            Some(base) => init::extended(&base.file.text, self.catalog, draft, known),
            None => init::file(self.catalog, as_of, draft, known),
        }
    }

    /// The ids of tenants that are rows already.
    async fn tenant_ids(&self, fill: &[Name], column: &str) -> Result<Vec<String>> {
        let Some((table, key)) = init::tenants(self.catalog, column) else {
            return Ok(Vec::new());
        };
        if fill.contains(&table) {
            return Ok(Vec::new());
        }
        let sql = format!(
            "select {}::text from {table} order by 1 limit 2;",
            identifier(&key)
        );
        let results = self.session.run("reading the tenants", &sql).await?;
        Ok(results.into_iter().flatten().flatten().flatten().collect())
    }

    /// A draft joined with the catalog for each of the days that it is judged for, or its mistakes.
    async fn by_day(&self, draft: &Draft) -> Result<Result<Vec<Dataset>>> {
        let mut by_day = Vec::new();
        let mut existing = None;
        // A file that is there has its own present day.
        let days = if self.base.is_some() { 1 } else { usize::MAX };
        for day in init::days().take(days) {
            match self.on_day(draft, day, &mut existing).await? {
                Ok(data) => by_day.push(data),
                Err(mistakes) => return Ok(Err(mistakes)),
            }
        }
        Ok(Ok(by_day))
    }

    async fn on_day(
        &self,
        draft: &Draft,
        day: &str,
        existing: &mut Option<source::Rows>,
    ) -> Result<Result<Dataset>> {
        let text = self.file(draft, day, None).text;
        let file = TextFile::new(self.path, text.as_str());
        let read = SeedFile::read(self.system, &file, &self.project.tree)?;
        let existing = match existing {
            Some(existing) => existing,
            None => match source::existing(self.session, self.catalog, &read).await {
                Ok(rows) => existing.insert(rows),
                Err(mistakes) => return Ok(Err(mistakes)),
            },
        };
        let options = Options {
            today: source::today()?,
            ..Options::default()
        };
        Ok(read.compile(self.catalog, existing, options))
    }

    /// Lines for keys and checks that the rows of the file break, and answers to what the server refuses.
    async fn improve(
        &self,
        draft: &mut Draft,
        by_day: &[Dataset],
        judged: &mut BTreeMap<String, String>,
        (mend, present): (bool, &str),
    ) -> Result<bool> {
        if mend && draft.tell_apart(self.catalog, by_day)? {
            return Ok(true);
        }
        let Some(data) = by_day.first() else {
            return Ok(false);
        };
        let mut is_better = false;
        for at in data.filled().filter(|_| mend) {
            let table = &data.tables[at];
            if !draft.has(&table.name) {
                continue;
            }
            let lines = init::lines_of(self.catalog, draft, &table.name);
            if judged.get(&table.label) == Some(&lines) {
                continue;
            }
            let broken = init::judge(self.session, self.catalog, by_day, at, draft).await?;
            judged.insert(table.label.clone(), lines);
            is_better |= draft.mend(self.catalog, &table.name, broken);
        }
        if is_better {
            return Ok(true);
        }
        let data = self.on_day(draft, present, &mut None).await??;
        let facts = source::facts(self.session, self.project, &data, self.catalog).await?;
        let mut plan = plan(&data, self.catalog, facts, false)?;
        // What was loaded before is there to be referred to.
        plan.tables.retain(|planned| {
            !plan
                .facts
                .filled
                .contains(&data.tables[planned.table].label)
        });
        let governor = Governor {
            session: self.session,
            limits: Limits::default(),
            observer: self.context.observer.as_ref(),
        };
        let refused = trial::load(&governor, self.catalog, &data, &plan).await?;
        Ok(draft.answer(self.catalog, &data, &refused, mend))
    }
}

/// The error for a schema of which no table can be filled.
fn nothing(draft: &Draft) -> Error {
    let error = Error::refused("there is no table that a first seed file could fill");
    let mut reasons = draft.left().into_iter();
    let Some(first) = reasons.next() else {
        return error
            .because("every table has rows already, or takes none from this role")
            .hint("write the file by hand, or empty the tables first");
    };
    reasons.fold(error.because(first), Error::because)
}

/// The server's present day in UTC.
async fn present(session: &Session) -> Result<String> {
    let sql = "select pg_catalog.to_char(pg_catalog.now() at time zone 'UTC', 'YYYY-MM-DD');";
    let results = session.run("asking for the day", sql).await?;
    let day = results.into_iter().flatten().flatten().flatten().next();
    day.ok_or_else(|| Error::database("the server does not say which day it is"))
}

/// Those of some tables that have rows, or take none from this role.
pub(super) async fn closed(session: &Session, tables: &[Name]) -> Result<Vec<Name>> {
    let sql: String = tables
        .iter()
        .map(|name| {
            format!(
                "select not pg_catalog.has_table_privilege({}, 'insert');",
                literal(&name.to_string())
            )
        })
        .collect();
    let is_true = |rows: &Rows| rows.first().and_then(|row| row.first()?.as_deref()) == Some("t");
    let results = session.run("asking what this role may do", &sql).await?;
    let refused: Vec<bool> = results.iter().map(is_true).collect();
    let readable: Vec<&Name> = tables
        .iter()
        .zip(&refused)
        .filter(|(_, refused)| !**refused)
        .map(|(name, _)| name)
        .collect();
    let sql: String = readable
        .iter()
        .map(|name| format!("select exists (select from {name});"))
        .collect();
    let results = session.run("looking which tables have rows", &sql).await?;
    let filled = readable
        .into_iter()
        .zip(&results)
        .filter(|(_, rows)| is_true(rows));
    let refused = tables.iter().zip(&refused).filter(|(_, refused)| **refused);
    let names = filled.map(|(name, _)| name);
    Ok(names
        .chain(refused.map(|(name, _)| name))
        .cloned()
        .collect())
}
