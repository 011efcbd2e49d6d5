//! Which lines make the checks of a table hold. The server decides: rows as the file makes them go into a temporary table
//! without checks, and each check is asked of them; for one that fails, proposals for its columns are tried together with
//! what the other columns hold. No check is understood here, so that none is misunderstood.

use super::check::{Broken, Check, checks, mentions};
use super::clock::{self, DAY, NOW};
use super::combine::{combinations, question_of};
use super::draft::Draft;
use super::literals::Texts;
use super::propose::{Asked, Proposal, Words, proposals};
use super::rows::{self, ROWS, SOME};
use crate::catalog::{Catalog, Name};
use crate::database::{Rows, Session};
use crate::error::Result;
use crate::seed::column_type::{ColumnType, refuses_null};
use crate::seed::dataset::Dataset;
use crate::seed::grammar::Generator;
use crate::seed::restricted::Restricted;
use crate::seed::value::write_number;
use crate::sql::{identifier, literal, text_array};

/// Columns that are looked at together.
const MOST_COLUMNS: usize = 5;

/// Combinations that are tried in one message.
const A_MESSAGE: usize = 300;

/// The checks of a table that the rows of a file break on one of several days, each with lines that mend it. `by_day` is
/// the file joined with the catalog for each of these days; `draft` knows which lines were tried.
///
/// # Errors
/// When the server does not answer.
pub async fn judge(
    session: &Session,
    catalog: &Catalog,
    by_day: &[Dataset],
    at: usize,
    draft: &Draft,
) -> Result<Vec<Broken>> {
    let Some(data) = by_day.first() else {
        return Ok(Vec::new());
    };
    let mut checks = checks(catalog, &data.tables[at].name);
    if data.tables[at].partitioned {
        checks.extend(bounds(session, catalog, &data.tables[at].name).await?);
    }
    if checks.is_empty() || data.rows(at) == 0 {
        return Ok(Vec::new());
    }
    session
        .run("looking at checks", "begin; set local timezone = 'UTC'")
        .await?;
    let found = match filled(session, catalog, by_day, at).await {
        Ok(restricted) => {
            let search = Search {
                session,
                restricted,
                catalog,
                data,
                at,
                checks: &checks,
                draft,
            };
            search.broken().await
        }
        // Its rows cannot even be stored: the plan says why.
        Err(error) if session.is_lost() => Err(error),
        Err(_) => Ok(Vec::new()),
    };
    let ended = session.run("looking at checks", "rollback").await;
    let found = found?;
    ended.map(|_| found)
}

/// Rows to ask, and who asks them.
async fn filled(
    session: &Session,
    catalog: &Catalog,
    by_day: &[Dataset],
    at: usize,
) -> Result<Restricted> {
    let restricted = Restricted::begin(session).await?;
    rows::fill(session, &restricted, catalog, by_day, at).await?;
    Ok(restricted)
}

/// What the partitions of a table take, as a check of it.
async fn bounds(session: &Session, catalog: &Catalog, table: &Name) -> Result<Option<Check>> {
    let sql = format!(
        "select pg_catalog.string_agg(pg_catalog.pg_get_partition_constraintdef(i.inhrelid), ' or ') \
         from pg_catalog.pg_inherits as i where i.inhparent = {}::pg_catalog.regclass;",
        literal(&table.to_string())
    );
    let results: Vec<Rows> = session.run("looking at partitions", &sql).await?;
    let condition = results
        .first()
        .and_then(|rows| rows.first()?.first()?.clone());
    Ok(condition.map(|condition| Check {
        name: "any partition".to_owned(),
        columns: catalog
            .columns_of(table)
            .map(|column| column.name.clone())
            .filter(|name| mentions(&condition, name))
            .collect(),
        condition: clock::of_the_row(&condition),
        definition: condition,
    }))
}

/// The first of some questions whose answer is not no.
async fn first(
    session: &Session,
    restricted: &Restricted,
    questions: &[String],
) -> Result<Option<usize>> {
    for (round, questions) in questions.chunks(A_MESSAGE).enumerate() {
        // Row by row, so that the first that holds is the last that is asked.
        let sql = format!(
            "select place - 1 from pg_catalog.unnest({}) with ordinality as asked (question, place) \
             where pg_temp.workroom_holds(question) limit 1;",
            text_array(questions.iter().map(String::as_str))
        );
        let found = restricted.ask(session, &sql).await;
        let found = found.map_err(|failure| failure.of_our_own("looking at checks"))?;
        if let Some(place) = found.and_then(|place| place.parse::<usize>().ok()) {
            return Ok(Some(round * A_MESSAGE + place));
        }
    }
    Ok(None)
}

/// Whether the answer to no question is no.
async fn all(session: &Session, restricted: &Restricted, questions: &[String]) -> Result<bool> {
    for question in questions {
        if first(session, restricted, std::slice::from_ref(question))
            .await?
            .is_none()
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A table whose checks are looked at.
struct Search<'a> {
    session: &'a Session,
    restricted: Restricted,
    catalog: &'a Catalog,
    data: &'a Dataset,
    at: usize,
    checks: &'a [Check],
    draft: &'a Draft,
}

impl Search<'_> {
    /// The checks that fail, with lines that mend them.
    async fn broken(&self) -> Result<Vec<Broken>> {
        let mut broken: Vec<Broken> = Vec::new();
        for check in self.checks {
            let question = format!(
                "select pg_catalog.bool_and(({}) is not false) from pg_temp.{ROWS}",
                check.condition
            );
            let mut questions = vec![question];
            questions.extend(self.at_bounds(check));
            if all(self.session, &self.restricted, &questions).await? {
                continue;
            }
            let is_changed = |name: &String| {
                let mut lines = broken.iter().flat_map(|other| &other.lines);
                lines.any(|(column, _)| column == name)
            };
            let mut lines = Vec::new();
            // What another check has changed is looked at when the rows are made anew.
            if !check.columns.iter().any(is_changed) {
                lines = self.lines(&check.columns).await?;
                let wider = self.around(&check.columns);
                if lines.is_empty() && wider.len() <= MOST_COLUMNS && !wider.iter().any(is_changed)
                {
                    lines = self.lines(&wider).await?;
                }
            }
            broken.push(Broken {
                name: check.name.clone(),
                columns: check.columns.clone(),
                definition: check.definition.clone(),
                lines,
            });
        }
        Ok(broken)
    }

    /// Whether a check of one number holds at the bounds of what is drawn, which a hundred rows may not meet.
    fn at_bounds(&self, check: &Check) -> Option<String> {
        let [name] = &check.columns[..] else {
            return None;
        };
        let mut columns = self.data.tables[self.at].columns.iter();
        let Generator::Number(number) = columns.find(|column| column.name == *name)?.generator
        else {
            return None;
        };
        let (low, high) = number.bounds();
        let show = |number| {
            let mut text = String::new();
            write_number(&mut text, number, 4);
            text
        };
        Some(format!(
            "select pg_catalog.bool_and(({}) is not false) from (values ({}), ({})) as made ({}) \
             cross join (select {DAY}, {NOW} from pg_temp.{SOME}) as clock",
            check.condition,
            show(low),
            show(high),
            identifier(name)
        ))
    }

    /// Checks that speak of one of these columns.
    fn touching(&self, columns: &[String]) -> Vec<&Check> {
        let touches = |check: &&Check| check.columns.iter().any(|name| columns.contains(name));
        self.checks.iter().filter(touches).collect()
    }

    /// These columns and those that other checks tie to them.
    fn around(&self, columns: &[String]) -> Vec<String> {
        let mut all = columns.to_vec();
        for name in self
            .touching(columns)
            .iter()
            .flat_map(|check| &check.columns)
        {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        all
    }

    /// Lines for some of these columns with which all checks that speak of them hold; none when none are found.
    async fn lines(&self, columns: &[String]) -> Result<Vec<(String, String)>> {
        let mut words = Words::default();
        let touching = self.touching(columns);
        touching
            .iter()
            .for_each(|check| words.read(&check.condition));
        let asked: Vec<Asked> = columns
            .iter()
            .filter_map(|name| asked(self.catalog, self.data, self.at, name, self.draft.texts()))
            .collect();
        let options: Vec<Vec<Proposal>> = asked
            .iter()
            .map(|column| {
                if !may_change(self.data, self.at, column) {
                    return Vec::new();
                }
                let others = asked.iter().filter(|other| other.name != column.name);
                let others: Vec<Asked> = others.cloned().collect();
                let mut made = proposals(column, &others, &words);
                let label = &self.data.tables[self.at].label;
                made.retain(|proposal| self.draft.may(label, &column.name, &proposal.line));
                made
            })
            .collect();
        let sizes: Vec<usize> = options.iter().map(|options| options.len() + 1).collect();
        let combinations = combinations(&sizes);
        let table = &self.data.tables[self.at];
        let questions: Vec<String> = combinations
            .iter()
            .map(|chosen| question_of(self.catalog, table, &touching, &asked, &options, chosen))
            .collect();
        let Some(place) = first(self.session, &self.restricted, &questions).await? else {
            return Ok(Vec::new());
        };
        let chosen = asked.iter().zip(&options).zip(&combinations[place]);
        Ok(chosen
            .filter(|(_, choice)| **choice > 0)
            .map(|((column, options), choice)| {
                (column.name.clone(), options[choice - 1].line.clone())
            })
            .collect())
    }
}

/// Whether a column's line is free to be another. A number that is a key remains one, from another number on.
fn may_change(data: &Dataset, at: usize, asked: &Asked) -> bool {
    let mut columns = data.tables[at].columns.iter();
    let found = columns.find(|column| column.name == asked.name);
    found.is_some_and(|column| match column.generator {
        Generator::Tenant => false,
        Generator::Key(_) => matches!(asked.data_type, ColumnType::Int(_)),
        _ => true,
    })
}

/// What proposals for a column depend on; nothing for one that the server computes.
fn asked(catalog: &Catalog, data: &Dataset, at: usize, name: &str, texts: &Texts) -> Option<Asked> {
    let table = &data.tables[at].name;
    let column = catalog
        .columns_of(table)
        .find(|column| column.name == name)?;
    if column.generated.is_some() {
        return None;
    }
    let target = catalog.constraints.iter().find_map(|constraint| {
        let reference = constraint.references.as_ref()?;
        let is_meant =
            constraint.relation == *table && constraint.columns.last() == Some(&column.name);
        let key = reference.columns.last().filter(|_| is_meant)?;
        Some((super::label(&reference.relation), key.clone()))
    });
    let mut columns = data.tables[at].columns.iter();
    let tenant = columns
        .find(|column| matches!(column.generator, Generator::Tenant))
        .map(|column| column.name.as_str());
    let data_type = ColumnType::of(catalog, column);
    let read = match &data_type {
        ColumnType::Other(_) => texts.of(&column.data_type).map(|found| found.plain.clone()),
        _ => None,
    };
    Some(Asked {
        name: name.to_owned(),
        texts: read.unwrap_or_default(),
        data_type,
        nullable: !refuses_null(catalog, column),
        target,
        differs: super::is_unique_in_tenant(catalog, table, column, tenant),
    })
}
