//! What becomes of rows that an earlier run has loaded: added to, moved in time, or left.

use std::time::Instant;

use super::job::{Job, Rows};
use super::load::Loaded;
use super::plan::{Facts, Plan, plan};
use super::{Dataset, Scale, check, history, rebuild, refuse, show, slide, source};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::report::Report;

impl Job<'_> {
    /// Loads when the tables are empty, and moves what an earlier week has loaded to this one; in any case asks the
    /// questions of the file.
    ///
    /// # Errors
    /// As [`Job::run`].
    pub async fn run_if_empty(&self) -> Result<Report> {
        let catalog = source::catalog(self.session, self.project, self.file).await?;
        let data = source::compile(self.session, &catalog, self.file, self.options).await?;
        let facts = source::facts(self.session, self.project, &data, &catalog).await?;
        let mut report = Report::default();
        // Users of a login service may be another system's: they are no reason not to begin.
        if facts.filled.is_subset(&facts.shared) {
            let loaded = self.run().await?;
            // The sum is enough here; `seed run` shows the tables.
            report.blocks.extend(loaded.blocks.into_iter().last());
        } else if let Some(last) = history::last(self.session, &data.system).await? {
            if last.fingerprint != data.fingerprint {
                let note = format!(
                    "{} was filled from another version of its seed file and stays as it is",
                    data.system
                );
                self.observer.event(&Event::Note(&note));
            } else if last.as_of < data.shown_as_of() {
                let moved = if data.keeps_days() {
                    self.load_anew(&data, &catalog, facts).await?
                } else {
                    self.slide(&data, &catalog, facts, Instant::now()).await?
                };
                report.append(moved);
            }
        }
        for show in &data.shows {
            report.push_table(show::ask(self.session, &data, show).await?);
        }
        Ok(report)
    }

    /// Loads everything anew as of the present day, unless somebody has changed a row since.
    async fn load_anew(&self, data: &Dataset, catalog: &Catalog, facts: Facts) -> Result<Report> {
        let plan = plan(data, catalog, facts, true)?;
        let there = self.there(data, &plan).await?;
        if history::digest(self.session, &data.system).await? != Some(history::summed(&there)) {
            return Ok(Report::text(format!(
                "{} is of an earlier week and was changed since: it stays as it is; `workroom seed run --reset` loads it anew",
                data.system
            )));
        }
        let anew = Job {
            rows: Rows::Replace,
            ..*self
        };
        let mut loaded = anew.run().await?;
        loaded.blocks.drain(..loaded.blocks.len().saturating_sub(1));
        Ok(loaded)
    }

    /// The rows that an earlier load at a smaller scale has made.
    pub(super) async fn skipped(&self, data: &Dataset, facts: &Facts) -> Result<Vec<Vec<u64>>> {
        let wrong = |why: String| {
            Error::refused("the rows that are there cannot be added to")
                .because(why)
                .hint("run `workroom seed run --reset` to load everything anew")
        };
        refuse::if_empty(data, facts)?;
        let Some(last) = history::last(self.session, &data.system).await? else {
            return Err(wrong(history::why_unknown(self.session).await?));
        };
        if last.fingerprint != data.fingerprint || last.seed != data.seed {
            return Err(wrong(
                "they were made from another file, list or seed".to_owned(),
            ));
        }
        if last.as_of != data.shown_as_of() {
            return Err(wrong(format!(
                "they are as of {}, not {}",
                last.as_of,
                data.shown_as_of()
            ))
            .hint(format!("or add `--as-of {}`", last.as_of)));
        }
        let old = Scale(last.scale);
        if !old.0.is_multiple_of(1000)
            || !data.scale.0.is_multiple_of(1000)
            || old.0 >= data.scale.0
        {
            return Err(wrong(format!(
                "they were loaded at scale {}, and only a larger whole one adds to a whole one",
                last.scale as f64 / 1000.0
            ))
            .hint(format!(
                "or add `--scale {}` or more, if the first was a whole one",
                old.0 / 1000 + 1
            )));
        }
        let pods = old.pods() as usize;
        Ok(data
            .tables
            .iter()
            .map(|table| {
                table
                    .pods
                    .iter()
                    .map(|bounds| bounds[pods.min(bounds.len() - 1)])
                    .collect()
            })
            .collect())
    }

    /// What the tables hold now, whoever wrote it.
    async fn there(&self, data: &Dataset, plan: &Plan) -> Result<Vec<Loaded>> {
        let mut found = Vec::new();
        for planned in plan
            .tables
            .iter()
            .filter(|planned| planned.beside.is_none())
        {
            let (digest, rows) = check::read_back(self.session, data, planned.table).await?;
            found.push(Loaded {
                table: planned.table,
                rows,
                bytes: 0,
                digest,
                took: std::time::Duration::ZERO,
                waited: std::time::Duration::ZERO,
            });
        }
        Ok(found)
    }

    pub(super) async fn slide(
        &self,
        data: &Dataset,
        before: &Catalog,
        facts: Facts,
        started: Instant,
    ) -> Result<Report> {
        refuse::if_empty(data, &facts)?;
        if data.keeps_days() {
            return Err(
                Error::refused("the rows cannot be moved to another week")
                    .because("the file has holidays that come every year and stay where they are, so other days would be worked")
                    .hint("load them anew: `--reset` with `--as-of`"),
            );
        }
        let Some(last) = history::last(self.session, &data.system).await? else {
            return Err(Error::refused("nothing was loaded that could be moved")
                .because(history::why_unknown(self.session).await?)
                .hint("run `workroom seed run` first"));
        };
        let from = crate::seed::value::date::parse(&last.as_of).unwrap_or(data.as_of);
        let days = data.as_of + data.shift - from;
        if days == 0 {
            return Ok(Report::text(format!(
                "the rows are as of {} already: nothing was moved; `--as-of today` moves them to the present week",
                last.as_of
            )));
        }
        if last.fingerprint != data.fingerprint {
            self.observer.event(&Event::Note(
                "the rows were made from another version of the seed file: times inside of JSON move where this one knows of them",
            ));
        }
        let plan = plan(data, before, facts, true)?;
        refuse::if_bound(data, &plan)?;
        let (sql, after) = slide::statements(data, before, &plan, &self.limits, days);
        let result = async {
            let moved = self.governor().transaction("moving the dates", &sql).await;
            moved.map_err(|failure| failure.of_our_own("moving the dates"))?;
            let loaded = self.there(data, &plan).await?;
            self.session.run("waking the triggers", &after).await?;
            let after = source::catalog(self.session, self.project, self.file).await?;
            rebuild::compare(before, &after)?;
            let run = history::Run {
                as_of: data.shown_as_of(),
                ..last.clone()
            };
            history::record(
                self.session,
                data,
                &run,
                &loaded,
                started.elapsed().as_secs_f64() * 1000.0,
            )
            .await?;
            self.session.run("committing", "commit").await
        }
        .await;
        if let Err(error) = result {
            // The connection may be gone, and the transaction with it.
            let _ = self.session.batch("rollback").await;
            return Err(error);
        }
        Ok(Report::text(format!(
            "moved by {days} days, from {} to {}",
            last.as_of,
            data.shown_as_of()
        )))
    }
}
