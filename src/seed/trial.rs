//! A load that is taken back: every row of a first file into its table, with everything in place, table by table, so that
//! the server names each table whose rows it refuses, and how many of them it would take.

use super::dataset::Dataset;
use super::encode::{Encoded, binary};
use super::generate::Pieces;
use super::load::{self, LoadOptions};
use super::maker::Maker;
use super::plan::{Mode, Plan, TablePlan};
use super::refusal::refusal;
use super::restricted::Restricted;
use super::{check, rebuild, staging};
use crate::catalog::Catalog;
use crate::database::{BatchFailure, Governor, Session};
use crate::error::{Error, Kind, Result};

/// A table whose rows the server refuses.
#[derive(Debug)]
pub struct Refused {
    /// Its position in the dataset.
    pub table: usize,
    /// The SQLSTATE.
    pub code: Option<String>,
    /// The constraint or index that is broken.
    pub constraint: Option<String>,
    /// The column that is named.
    pub column: Option<String>,
    /// How many of its first rows it would take.
    pub holds: u64,
    /// What the server says.
    pub error: Error,
}

const WHAT: &str = "trying the load";

/// Loads all tables of a plan and takes everything back. Of tables that refer to a refused one nothing is known.
///
/// # Errors
/// When a row cannot be made, or the server does not answer.
pub async fn load(
    governor: &Governor<'_>,
    catalog: &Catalog,
    data: &Dataset,
    plan: &Plan,
) -> Result<Vec<Refused>> {
    let session = governor.session;
    let tried = async {
        load::begin(governor, data, plan, &LoadOptions::default()).await?;
        // What may be judged at the end of the transaction is judged at once: it has no end.
        session.run(WHAT, "set constraints all immediate").await?;
        let restricted = Restricted::begin(session).await?;
        let allowed = restricted.may_write(session).await;
        allowed.map_err(|failure| failure.of_our_own(WHAT))?;
        let trial = Trial {
            session,
            catalog,
            data,
            restricted,
        };
        trial.tables(plan).await
    }
    .await;
    let ended = session.run(WHAT, "rollback").await;
    let refused = tried?;
    ended.map(|_| refused)
}

struct Trial<'a> {
    session: &'a Session,
    catalog: &'a Catalog,
    data: &'a Dataset,
    restricted: Restricted,
}

impl Trial<'_> {
    async fn tables(&self, plan: &Plan) -> Result<Vec<Refused>> {
        let mut refused: Vec<Refused> = Vec::new();
        // Those that are not there, with those that refer to them.
        let mut missing: Vec<usize> = Vec::new();
        for planned in &plan.tables {
            if self.refers_to_any(planned.table, &missing) {
                missing.push(planned.table);
            } else if let Some(found) = self.table(planned).await? {
                missing.push(planned.table);
                refused.push(found);
            }
        }
        for planned in &plan.tables {
            // Keys that were away while the rows came.
            if planned.foreign_keys.is_empty() || self.refers_to_any(planned.table, &missing) {
                continue;
            }
            let alone = Plan {
                tables: vec![planned.clone()],
                facts: plan.facts.clone(),
            };
            let sql = rebuild::after(self.data, &alone);
            self.save().await?;
            if let Err(failure) = self.session.batch(&sql).await {
                refused.push(self.refused(planned.table, failure, 0)?);
                self.back().await?;
            }
        }
        Ok(refused)
    }

    fn refers_to_any(&self, at: usize, missing: &[usize]) -> bool {
        let table = &self.data.tables[at];
        self.catalog.constraints.iter().any(|constraint| {
            let target = constraint.references.as_ref();
            constraint.relation == table.name
                && target.is_some_and(|target| {
                    let mut missing = missing.iter();
                    missing.any(|other| {
                        *other != at && self.data.tables[*other].name == target.relation
                    })
                })
        })
    }

    async fn save(&self) -> Result<()> {
        let saved = self.session.run(WHAT, "savepoint workroom_table").await;
        saved.map(drop)
    }

    async fn back(&self) -> Result<()> {
        let back = "rollback to savepoint workroom_table";
        self.session.run(WHAT, back).await.map(drop)
    }

    fn refused(&self, at: usize, failure: BatchFailure, holds: u64) -> Result<Refused> {
        let own = |text: Option<&str>| text.map(str::to_owned);
        let (code, constraint, column) = (
            own(failure.code()),
            own(failure.constraint()),
            own(failure.column()),
        );
        let error = refusal(self.data, at, failure, "loading", "nothing was written");
        if self.session.is_lost() || error.kind == Kind::Interrupted {
            return Err(error);
        }
        Ok(Refused {
            table: at,
            code,
            constraint,
            column,
            holds,
            error,
        })
    }

    /// Loads a table, and says what the server has against it.
    async fn table(&self, planned: &TablePlan) -> Result<Option<Refused>> {
        let (session, at) = (self.session, planned.table);
        let encoded = rows(self.data, at)?;
        let (count, digest) = (encoded.rows, encoded.digest);
        self.save().await?;
        let staged = staging::stage(session, self.data, at, encoded.bytes, &self.restricted).await;
        if let Err(failure) = staged {
            let refused = self.refused(at, failure, 0)?;
            self.back().await?;
            return Ok(Some(refused));
        }
        // Fewer and fewer, until it is known how many are taken.
        let mut first = None;
        let (mut holds, mut over, mut tried) = (0, count + 1, count);
        while holds + 1 < over {
            self.save().await?;
            match self.insert(planned, tried, count).await {
                Ok(()) => holds = tried,
                Err(failure) => {
                    over = tried;
                    let refused = self.refused(at, failure, 0)?;
                    first.get_or_insert(refused);
                    self.back().await?;
                    if planned.mode == Mode::Staged && planned.beside.is_none() {
                        break;
                    }
                }
            }
            if holds > 0 && holds + 1 < over {
                self.back().await?;
            }
            tried = (holds + over) / 2;
        }
        if let Some(refused) = first {
            return Ok(Some(Refused { holds, ..refused }));
        }
        let table = &self.data.tables[at];
        let is_alone = planned.beside.is_none() && planned.mode != Mode::Staged;
        if is_alone && !staging::is_needed(self.data, at) {
            let there = check::read_back(session, self.data, at).await?;
            if there != (digest, count) {
                let error = Error::database(format!("{} does not hold what was sent", table.label))
                    .because("a rule or a type of the server's keeps other values");
                return Ok(Some(Refused {
                    table: at,
                    code: None,
                    constraint: None,
                    column: None,
                    holds: 0,
                    error,
                }));
            }
        }
        if let Err(failure) = session.batch(&load::sequences(self.data, at)).await {
            let refused = self.refused(at, failure, 0)?;
            self.back().await?;
            return Ok(Some(refused));
        }
        Ok(None)
    }

    /// Moves so many staged rows to where they belong.
    async fn insert(&self, planned: &TablePlan, rows: u64, all: u64) -> Result<(), BatchFailure> {
        let sql = if rows == all {
            load::insertion(self.data, planned)
        } else {
            let target = self.data.tables[planned.table].name.to_string();
            format!(
                "{} limit {rows}{}",
                staging::insert(self.data, planned.table, &target),
                planned.beside.as_deref().unwrap_or_default()
            )
        };
        for statement in sql.split_inclusive(";\n") {
            self.restricted
                .run(self.session, statement.trim_end_matches(['\n', ';']))
                .await?;
        }
        Ok(())
    }
}

/// All rows of a table, as one COPY takes them.
fn rows(data: &Dataset, at: usize) -> Result<Encoded> {
    let mut encoded = Encoded {
        bytes: binary::HEADER.to_vec(),
        ..Encoded::default()
    };
    let mut pieces = Pieces::new(vec![at], vec![512; data.tables.len()], Vec::new());
    let mut maker = Maker::new(data);
    while let Some(piece) = pieces.next(data) {
        maker.encode(piece, &mut encoded)?;
    }
    encoded.bytes.extend_from_slice(binary::TRAILER);
    Ok(encoded)
}
