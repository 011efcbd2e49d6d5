//! Every row that the server refuses, found by letting it judge them: types column by column, then each row as a whole,
//! with defaults, keys, checks, triggers and policies. Nothing of it stays.

use super::plan::{Plan, PlannedOrigin};
use super::staging::{cast, insert, lost_rows, name, takes_default};
use crate::catalog::{Catalog, Name};
use crate::database::Session;
use crate::error::{Error, Result};

/// Refusals after which a column or a table is not looked at any further.
pub(super) const MOST: usize = 1000;

/// What the judging stands on: a table of refusals, and the function that finds them.
pub(super) const SQL: &str = include_str!("judge.sql");

/// What is asked of a table.
pub(super) struct Judge<'a> {
    pub(super) session: &'a Session,
    pub(super) plan: &'a Plan,
    pub(super) catalog: &'a Catalog,
    /// Rows of each table.
    pub(super) rows: &'a [u64],
    /// Whether policies may refuse rows of a table.
    pub(super) policies_bind: &'a dyn Fn(&Name) -> bool,
}

impl Judge<'_> {
    /// Judges the staged rows of all tables; the refusals are in the order of tables, files and lines.
    ///
    /// # Errors
    /// When the server fails for another reason than the rows.
    pub(super) async fn run(&self) -> Result<Vec<Error>> {
        let mut mistakes = Vec::new();
        for at in 0..self.plan.tables.len() {
            self.prepare(at).await?;
            self.columns(at).await?;
            self.whole_rows(at).await?;
            mistakes.extend(self.refusals(at).await?);
        }
        Ok(mistakes)
    }

    async fn prepare(&self, at: usize) -> Result<()> {
        let name = name(at);
        let sql = format!("create index on {name} (row_number);\nanalyze {name};\n");
        self.session.run("preparing the rows", &sql).await?;
        Ok(())
    }

    /// Values that are not of their column's type, missing ones, and keys of rows that are not there.
    async fn columns(&self, at: usize) -> Result<()> {
        let mut sql = lost_rows(self.plan, at);
        for (number, column) in self.plan.tables[at].columns.iter().enumerate() {
            let is_cast = !column.is_text() && !matches!(column.origin, PlannedOrigin::Row { .. });
            if is_cast {
                let statement = format!(
                    "select pg_catalog.count({}) from {} as s where s.row_number between $1 and $2",
                    cast(number, column),
                    name(at)
                );
                sql.push_str(&self.call(at, Some(number), &statement));
            }
            if column.not_null && !takes_default(column) {
                sql.push_str(&format!(
                    "insert into pg_temp.workroom_refusals (relation, row_number, column_number, state, message) \
                     select {at}, s.row_number, {number}, '23502', 'a value is missing' from {} as s \
                     where s.c{number} is null order by s.row_number limit {MOST};\n",
                    name(at)
                ));
            }
        }
        self.session.run("judging the values", &sql).await?;
        Ok(())
    }

    /// What the server refuses of rows whose values are right by themselves.
    async fn whole_rows(&self, at: usize) -> Result<()> {
        let is_left = format!(
            "s.row_number between $1 and $2 and not exists (select from pg_temp.workroom_refusals as r \
             where r.relation = {at} and r.row_number = s.row_number)"
        );
        let statement = insert(self.plan, at, &is_left);
        let sql = self.call(at, None, &statement);
        self.session.run("judging the rows", &sql).await?;
        if self.refers_to_itself(at) {
            self.again(at).await?;
        }
        Ok(())
    }

    /// A row may have come before the one that it refers to: those are tried again for as long as one of them gets in.
    async fn again(&self, at: usize) -> Result<()> {
        let sql = format!(
            "create temporary table if not exists workroom_again (row_number bigint primary key) on commit drop;\n\
             truncate pg_temp.workroom_again;\n\
             with taken as (delete from pg_temp.workroom_refusals \
               where relation = {at} and column_number is null and state = '23503' returning row_number) \
             insert into pg_temp.workroom_again select row_number from taken;\n{}\
             select (select pg_catalog.count(*) from pg_temp.workroom_again), pg_catalog.count(*) \
             from pg_temp.workroom_refusals where relation = {at} and column_number is null and state = '23503';\n",
            self.call(
                at,
                None,
                &insert(
                    self.plan,
                    at,
                    "s.row_number between $1 and $2 \
                     and exists (select from pg_temp.workroom_again as a where a.row_number = s.row_number)"
                )
            )
        );
        loop {
            let results = self.session.run("judging the rows again", &sql).await?;
            let row = results.last().and_then(|rows| rows.first());
            let [tried, left] = [0, 1].map(|at| row.and_then(|row| row.get(at)?.clone()));
            if left == tried || left.as_deref() == Some("0") {
                return Ok(());
            }
        }
    }

    fn refers_to_itself(&self, at: usize) -> bool {
        let name = &self.plan.tables[at].name;
        self.catalog.constraints.iter().any(|constraint| {
            let target = constraint.references.as_ref().map(|to| &to.relation);
            constraint.relation == *name && target == Some(name)
        })
    }

    fn call(&self, at: usize, column: Option<usize>, statement: &str) -> String {
        let column = column.map_or_else(|| "null".to_owned(), |column| column.to_string());
        format!(
            "select pg_temp.workroom_judge({at}, {column}, {}, 1, {}, {MOST}, {});\n",
            crate::sql::literal(statement),
            self.rows[at].max(1),
            (self.policies_bind)(&self.plan.tables[at].name)
        )
    }

    async fn refusals(&self, at: usize) -> Result<Vec<Error>> {
        let sql = format!(
            "select s.source, s.line, s.item, r.column_number, r.state, r.message, r.detail \
             from pg_temp.workroom_refusals as r join {} as s on s.row_number = r.row_number \
             where r.relation = {at} order by s.source, s.line, s.item, r.column_number;\n",
            name(at)
        );
        let rows = self.session.run("reading what was refused", &sql).await?;
        let rows = rows.into_iter().next().unwrap_or_default();
        let table = &self.plan.tables[at];
        let read = |row: Vec<Option<String>>| {
            let mut row = row.into_iter();
            let mut next = || row.next().flatten();
            let source = next()?.parse::<usize>().ok()?;
            let line = next()?.parse().ok()?;
            let item = next()?;
            let column = next().and_then(|number| table.columns.get(number.parse::<usize>().ok()?));
            let (state, said, detail) = (next()?, next()?, next());
            let source = &self.plan.sources[source];
            let mut error = Error::project(format!("row {item} of {}: {said}", source.name))
                .at(source.place(line));
            if let Some(column) = column {
                error = error.because(format!("in the column `{}` of {}", column.name, table.name));
            }
            if let Some(detail) = detail {
                error = error.because(detail);
            }
            error.code = Some(state);
            Some(error)
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }
}
