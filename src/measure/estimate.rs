//! How long a real table would be locked: its size, and how fast this machine reads and writes.

use std::collections::BTreeMap;

use super::lock::LockMode;
use super::{Measured, Relation, RelationKind, Stats};
use crate::database::Session;
use crate::error::Result;

const PAGE: f64 = 8192.0;

/// Bytes of table a second.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Read to check a condition.
    pub scan: f64,
    /// Read and written anew, without indexes.
    pub rewrite: f64,
    /// Read, sorted and written as an index.
    pub index: f64,
}

impl Rates {
    /// A network disk of the cheaper sort, nothing in memory, with write-ahead log: what a rewrite of 170 MB took
    /// under load while this was written.
    pub const SLOW: Self = Self {
        scan: 100e6,
        rewrite: 45e6,
        index: 60e6,
    };
}

/// One relation under one lock in one transaction.
#[derive(Clone, Debug)]
pub struct Under {
    /// The transaction.
    pub transaction: usize,
    /// Position of its work.
    pub work: usize,
    /// The relation.
    pub relation: Relation,
    /// The strongest lock.
    pub mode: LockMode,
    /// Tables written anew while it was held.
    pub rewritten: Vec<Relation>,
    /// Tables read in full while it was held.
    pub scanned: Vec<Relation>,
    /// Estimated seconds, at best and at worst; nothing without sizes.
    pub seconds: Option<(f64, f64)>,
}

/// Measures how fast this server checks, rewrites and indexes, on a table of its own that is gone afterwards.
///
/// # Errors
/// When the server refuses.
pub async fn calibrate(session: &Session) -> Result<Rates> {
    let what = "measuring the speed of this machine";
    session
        .run(
            what,
            "begin; create temporary table workroom_speed on commit drop as \
             select number, pg_catalog.repeat('x', 80) as text from pg_catalog.generate_series(1, 200000) as number;",
        )
        .await?;
    let size = session
        .run(
            what,
            "select pg_catalog.pg_relation_size('pg_temp.workroom_speed')",
        )
        .await?;
    let bytes: f64 = size
        .first()
        .and_then(|rows| rows.first()?.first()?.as_deref()?.parse().ok())
        .unwrap_or(PAGE);
    let mut rates = [0.0; 3];
    for (rate, sql) in rates.iter_mut().zip([
        "alter table pg_temp.workroom_speed alter number set not null",
        "alter table pg_temp.workroom_speed alter number type bigint",
        "create index on pg_temp.workroom_speed (number)",
    ]) {
        let started = std::time::Instant::now();
        session.run(what, sql).await?;
        *rate = bytes / started.elapsed().as_secs_f64().max(0.000_1);
    }
    session.run(what, "rollback").await?;
    let [scan, rewrite, index] = rates;
    Ok(Rates {
        scan,
        rewrite,
        index,
    })
}

/// What happens under each strong lock, from the statement that takes it to the end of its transaction.
#[must_use]
pub fn under_lock(measured: &[Measured], sizes: Option<(&Stats, Rates)>) -> Vec<Under> {
    let mut all: Vec<Under> = Vec::new();
    for statement in measured {
        for (relation, mode) in &statement.held {
            let counts = match relation.kind {
                RelationKind::Table => mode.is_strong(),
                RelationKind::View | RelationKind::MaterializedView => *mode >= LockMode::Exclusive,
                RelationKind::Index | RelationKind::Other => false,
            };
            if !counts {
                continue;
            }
            let known = all.iter().position(|under| {
                under.transaction == statement.transaction && under.relation == *relation
            });
            let under = match known {
                Some(at) => &mut all[at],
                None => {
                    all.push(Under {
                        transaction: statement.transaction,
                        work: statement.work,
                        relation: relation.clone(),
                        mode: *mode,
                        rewritten: Vec::new(),
                        scanned: Vec::new(),
                        seconds: sizes.map(|_| (0.0, 0.0)),
                    });
                    let last = all.len() - 1;
                    &mut all[last]
                }
            };
            under.mode = under.mode.max(*mode);
            under.rewritten.extend(statement.rewritten.iter().cloned());
            under.scanned.extend(statement.scanned.iter().cloned());
            if let (Some(seconds), Some((stats, rates))) = (&mut under.seconds, sizes) {
                seconds.0 += work(statement, stats, rates);
                seconds.1 += work(statement, stats, Rates::SLOW);
            }
        }
    }
    for under in &mut all {
        under.rewritten.sort();
        under.rewritten.dedup();
        under.scanned.sort();
        under.scanned.dedup();
    }
    all
}

/// Estimated seconds of one statement on tables of the real size.
fn work(statement: &Measured, stats: &Stats, rates: Rates) -> f64 {
    let mut tables: BTreeMap<&str, f64> = BTreeMap::new();
    for relation in &statement.scanned {
        if let Some(size) = stats.tables.get(&relation.name) {
            tables.insert(&relation.name, pages(size.pages) / rates.scan);
        }
    }
    for relation in &statement.indexed {
        if let Some(size) = stats.tables.get(&relation.name) {
            tables.insert(&relation.name, pages(size.pages) / rates.index);
        }
    }
    for relation in &statement.rewritten {
        if let Some(size) = stats.tables.get(&relation.name) {
            let seconds = pages(size.pages) / rates.rewrite + pages(size.index_pages) / rates.index;
            tables.insert(&relation.name, seconds);
        }
    }
    tables.values().sum()
}

#[expect(clippy::cast_precision_loss, reason = "an estimate of seconds")]
fn pages(pages: u64) -> f64 {
    pages as f64 * PAGE
}

/// A span of seconds for people.
#[must_use]
pub fn in_words((best, worst): (f64, f64)) -> String {
    let one = |seconds: f64| {
        if seconds < 0.01 {
            "0 s".to_owned()
        } else if seconds < 120.0 {
            format!("{seconds:.1} s")
        } else {
            format!("{:.0} min", seconds / 60.0)
        }
    };
    if worst < 0.01 {
        "a moment".to_owned()
    } else {
        format!("{} to {}", one(best), one(worst.max(best)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_to_what_can_be_believed() {
        assert_eq!(in_words((0.0, 0.001)), "a moment");
        assert_eq!(in_words((0.34, 1.76)), "0.3 s to 1.8 s");
        assert_eq!(in_words((61.0, 600.0)), "61.0 s to 10 min");
    }
}
