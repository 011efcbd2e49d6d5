//! How long a real table would be locked: its size, and how fast this machine reads and writes.

use std::collections::BTreeMap;

use super::lock::LockMode;
use super::{Measured, Relation, RelationKind, Stats, TableStats};
use crate::database::Session;
use crate::error::Result;

const PAGE: f64 = 8192.0;

/// What one kind of work costs: so much for each row and so much for each page, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// For a row.
    pub row: f64,
    /// For a page.
    pub page: f64,
}

/// A table's rows and pages.
type Size = (f64, f64);

/// Pieces of long values that lie on a page beside a table.
///
/// Source: `TOAST_TUPLES_PER_PAGE` of Postgres.
const PIECES_ON_A_PAGE: f64 = 4.0;

impl Cost {
    fn of(self, (rows, pages): Size) -> f64 {
        self.row * rows + self.page * pages
    }

    /// From how long the same took on a table of narrow rows and on one of wide rows.
    fn from((narrow, slow): (Size, f64), (wide, fast): (Size, f64)) -> Self {
        let determinant = narrow.0 * wide.1 - wide.0 * narrow.1;
        let row = (slow * wide.1 - fast * narrow.1) / determinant;
        let page = (narrow.0 * fast - wide.0 * slow) / determinant;
        if row <= 0.0 {
            Self {
                row: 0.0,
                page: fast / wide.1,
            }
        } else if page <= 0.0 {
            Self {
                row: slow / narrow.0,
                page: 0.0,
            }
        } else {
            Self { row, page }
        }
    }
}

/// How fast a server works on what lies in its memory.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// Reading rows to check a condition.
    pub scan: Cost,
    /// Writing rows anew, without indexes.
    pub rewrite: Cost,
    /// Building an index.
    pub index: Cost,
    /// Changing rows one by one, with an entry in one index for each.
    pub change: Cost,
    /// Entries on a page of an index.
    pub entries: f64,
}

/// Bytes a second on a network disk of the cheaper sort, nothing in memory, with write-ahead log: what a rewrite of
/// 170 MB took under load while this was written. The target's disk cannot be measured without work on it.
struct Disk {
    scan: f64,
    rewrite: f64,
    index: f64,
}

const DISK: Disk = Disk {
    scan: 100e6,
    rewrite: 45e6,
    index: 60e6,
};

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
    /// Whether a table that is worked on was never analyzed, so that nobody knows how many rows it has.
    pub is_unknown: bool,
}

/// Rows of the two tables that are worked on, and the text in each row.
const NARROW: (u32, u32) = (400_000, 0);
const WIDE: (u32, u32) = (20_000, 30);

/// Measures how fast this server checks, rewrites and indexes, on tables of its own that are gone afterwards.
///
/// # Errors
/// When the server refuses.
pub async fn calibrate(session: &Session) -> Result<Rates> {
    session
        .run(WHAT, "begin; create schema workroom_speed")
        .await?;
    let measured = async {
        Ok((
            Trial::run(session, "workroom_speed.narrow", NARROW).await?,
            Trial::run(session, "workroom_speed.wide", WIDE).await?,
        ))
    };
    let measured = measured.await;
    session.run(WHAT, "rollback").await?;
    let (narrow, wide) = measured?;
    let cost =
        |of: fn(&Trial) -> f64| Cost::from((narrow.size, of(&narrow)), (wide.size, of(&wide)));
    Ok(Rates {
        scan: cost(|trial| trial.scan),
        rewrite: cost(|trial| trial.rewrite),
        index: cost(|trial| trial.index),
        change: cost(|trial| trial.change),
        entries: (narrow.size.0 / narrow.index_pages.max(1.0)).max(1.0),
    })
}

const WHAT: &str = "measuring the speed of this machine";

/// How long each kind of work took on one table.
struct Trial {
    size: Size,
    index_pages: f64,
    scan: f64,
    rewrite: f64,
    index: f64,
    change: f64,
}

/// Of the rows of a trial one in so many is changed.
const CHANGED: u32 = 8;

impl Trial {
    async fn run(session: &Session, table: &str, (rows, text): (u32, u32)) -> Result<Self> {
        let timed = async |sql: &str| -> Result<f64> {
            let started = std::time::Instant::now();
            session.run(WHAT, sql).await?;
            Ok(started.elapsed().as_secs_f64().max(0.000_1))
        };
        // In no order, as keys are in most indexes. The second reading finds what the first one has left in memory.
        timed(&format!(
            "create table {table} as select (number * 7919::pg_catalog.int8 % 1000003)::pg_catalog.int4 as number, \
             (number % 1000)::pg_catalog.numeric as amount, pg_catalog.md5(number::pg_catalog.text) as key, \
             pg_catalog.repeat(pg_catalog.md5(number::pg_catalog.text), {text}) as text \
             from pg_catalog.generate_series(1, {rows}) as number"
        ))
        .await?;
        // One that costs little and one that costs more: which one it will be is not known.
        let is_there = format!("alter table {table} alter key set not null");
        timed(&is_there).await?;
        timed(&format!("alter table {table} alter key drop not null")).await?;
        let check = format!("alter table {table} add constraint trial check (amount >= 0)");
        let scan = (timed(&is_there).await? + timed(&check).await?) / 2.0;
        let index = (timed(&format!("create index trial on {table} (number)")).await?
            + timed(&format!("create index trial_of_text on {table} (key)")).await?)
            / 2.0;
        timed("drop index workroom_speed.trial_of_text").await?;
        let change = timed(&format!(
            "update {table} set number = number + 1 where amount % {CHANGED} = 0"
        ))
        .await?
            * f64::from(CHANGED);
        let sizes = session
            .run(
                WHAT,
                &format!(
                    "select pg_catalog.pg_relation_size('{table}') / 8192, \
                     pg_catalog.pg_relation_size('workroom_speed.trial') / 8192; drop index workroom_speed.trial"
                ),
            )
            .await?;
        let pages = |at: usize| -> f64 {
            let cell = sizes
                .first()
                .and_then(|rows| rows.first()?.get(at)?.as_deref());
            cell.and_then(|cell| cell.parse().ok()).unwrap_or(1.0)
        };
        let rewrite = timed(&format!(
            "alter table {table} drop constraint trial; alter table {table} alter number type pg_catalog.int8"
        ))
        .await?;
        Ok(Self {
            size: (f64::from(rows), pages(0)),
            index_pages: pages(1),
            scan,
            rewrite,
            index,
            change,
        })
    }
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
                RelationKind::Index | RelationKind::Sequence | RelationKind::Other => false,
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
                        is_unknown: false,
                    });
                    let last = all.len() - 1;
                    &mut all[last]
                }
            };
            under.mode = under.mode.max(*mode);
            under.rewritten.extend(statement.rewritten.iter().cloned());
            under.scanned.extend(statement.scanned.iter().cloned());
            if let (Some(seconds), Some((stats, rates))) = (&mut under.seconds, sizes) {
                match work(statement, stats, rates) {
                    Some((best, worst)) => {
                        seconds.0 += best;
                        seconds.1 += worst;
                    }
                    None => under.is_unknown = true,
                }
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

/// Estimated seconds of one statement on tables of the real size, in memory and from a slow disk; nothing where the size of
/// one is not known.
fn work(statement: &Measured, stats: &Stats, rates: Rates) -> Option<(f64, f64)> {
    let mut tables: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let mut is_unknown = false;
    let mut add = |relation: &Relation, work: &dyn Fn(Size, &TableStats) -> (f64, f64)| {
        if let Some(size) = stats.tables.get(&relation.name) {
            let Some(rows) = size.rows else {
                is_unknown = true;
                return;
            };
            let (best, worst) = work((rows, number(size.pages)), size);
            // What lies on a slow disk is not done faster than what is in memory. Of two kinds of work on one table the
            // longer one counts: the rows that it changes are those that it reads.
            let known = tables.entry(relation.name.clone()).or_default();
            known.0 = known.0.max(best);
            known.1 = known.1.max(worst.max(best));
        }
    };
    for relation in &statement.scanned {
        add(relation, &|size, _| {
            (rates.scan.of(size), size.1 * PAGE / DISK.scan)
        });
    }
    for relation in &statement.indexed {
        add(relation, &|size, _| {
            (rates.index.of(size), size.1 * PAGE / DISK.index)
        });
    }
    let rebuilt = statement
        .rewritten
        .iter()
        .filter(|relation| relation.kind == RelationKind::Index);
    let rebuilt = number(rebuilt.count() as u64);
    if rebuilt > 0.0 {
        // Each index is built from the table that was read for it.
        for relation in &statement.scanned {
            add(relation, &|size, table| {
                let pages = size.1 * rebuilt + number(table.index_pages);
                (rates.index.of(size) * rebuilt, pages * PAGE / DISK.index)
            });
        }
    }
    for relation in &statement.rewritten {
        add(relation, &|size, table| {
            // Its indexes are built again, and long values are put into a table of their own piece by piece.
            let index_pages = number(table.index_pages);
            let entries = (index_pages * rates.entries, 0.0);
            let long = number(table.toast_pages);
            (
                rates.rewrite.of(size)
                    + rates.index.of(entries)
                    + rates.change.of((long * PIECES_ON_A_PAGE, long)),
                (size.1 + long) * PAGE / DISK.rewrite + index_pages * PAGE / DISK.index,
            )
        });
    }
    for relation in &statement.changed {
        add(relation, &|size, table| {
            // Each row is written again, with an entry in every index.
            let index_pages = number(table.index_pages);
            let indexes = index_pages * rates.entries / size.0.max(1.0);
            (
                rates.change.of(size) * f64::midpoint(1.0, indexes),
                (size.1 * 2.0 + index_pages) * PAGE / DISK.rewrite,
            )
        });
    }
    if is_unknown {
        return None;
    }
    let (best, worst): (Vec<f64>, Vec<f64>) = tables.into_values().unzip();
    Some((best.iter().sum(), worst.iter().sum()))
}

#[expect(clippy::cast_precision_loss, reason = "an estimate of seconds")]
fn number(pages: u64) -> f64 {
    pages as f64
}

/// A span of seconds for people.
#[must_use]
pub fn in_words((best, worst): (f64, f64)) -> String {
    let one = |seconds: f64| {
        if seconds < 0.05 {
            "0 s".to_owned()
        } else if seconds < 120.0 {
            format!("{seconds:.1} s")
        } else {
            format!("{:.0} min", seconds / 60.0)
        }
    };
    if worst < 0.05 {
        "a moment".to_owned()
    } else {
        format!("{} to {}", one(best), one(worst.max(best)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_told_apart_by_two_tables_and_never_negative() {
        let cost = |row: f64, page: f64| {
            let time = |size: Size| row * size.0 + page * size.1;
            let (narrow, wide) = ((400.0, 2.0), (20.0, 3.0));
            Cost::from((narrow, time(narrow)), (wide, time(wide)))
        };
        let found = cost(2.0, 30.0);
        assert!((found.row - 2.0).abs() < 1e-9 && (found.page - 30.0).abs() < 1e-9);
        assert_eq!(cost(2.0, -1.0).page, 0.0);
        assert_eq!(cost(-0.1, 40.0).row, 0.0);
    }

    #[test]
    fn spans_are_rounded_to_what_can_be_believed() {
        assert_eq!(in_words((0.0, 0.001)), "a moment");
        assert_eq!(in_words((0.34, 1.76)), "0.3 s to 1.8 s");
        assert_eq!(in_words((61.0, 600.0)), "61.0 s to 10 min");
    }
}
