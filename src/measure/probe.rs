//! Looking: which relations exist, which locks a session holds, what was written anew and what was read in full.

use std::collections::{BTreeMap, BTreeSet};

use super::lock::LockMode;
use super::{Relation, RelationKind};
use crate::database::{Rows, Session};
use crate::error::Result;

/// Relations by their object id.
#[derive(Clone, Debug, Default)]
pub(super) struct Relations {
    known: BTreeMap<u32, Known>,
    /// How many rows each table has.
    rows: BTreeMap<u32, u64>,
}

#[derive(Clone, Debug)]
struct Known {
    relation: Relation,
    file: u32,
    /// The table of an index.
    table: u32,
}

/// What a session holds and has done in its transaction, by object id.
#[derive(Clone, Debug, Default)]
pub(super) struct Sight {
    pub(super) locks: BTreeSet<(u32, LockMode)>,
    files: BTreeMap<u32, u32>,
    /// Indexes and their tables.
    indexes: BTreeMap<u32, u32>,
    scans: BTreeMap<u32, (u64, u64)>,
    /// Rows fetched through an index, and rows changed or deleted.
    touched: BTreeMap<u32, (u64, u64)>,
}

/// Every query names its schema: what is measured may have changed the search path.
const FILES: &str = "select relation.oid, coalesce(pg_catalog.pg_relation_filenode(relation.oid), 0), \
     coalesce(place.indrelid, 0) from pg_catalog.pg_class as relation \
     left join pg_catalog.pg_index as place on place.indexrelid = relation.oid \
     where relation.oid >= 16384 and relation.relkind in ('r', 'm', 'i');";
const LOCKS: &str = "select relation, mode from pg_catalog.pg_locks where locktype = 'relation' \
     and database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) and pid = ";
const SCANS_OF_TRANSACTION: &str = "select relid, seq_scan, seq_tup_read, coalesce(idx_tup_fetch, 0), n_tup_upd + n_tup_del \
     from pg_catalog.pg_stat_xact_user_tables where seq_scan > 0 or idx_tup_fetch > 0 or n_tup_upd + n_tup_del > 0;";
const SCANS_EVER: &str = "select relid, seq_scan, seq_tup_read, coalesce(idx_tup_fetch, 0), n_tup_upd + n_tup_del \
     from pg_catalog.pg_stat_user_tables where seq_scan > 0 or idx_tup_fetch > 0 or n_tup_upd + n_tup_del > 0;";

/// Fewer rows than this do not tell a look-up from reading all of them.
const FEWEST: u64 = 3;

impl Relations {
    /// The relations that exist now.
    pub(super) async fn read(session: &Session) -> Result<Self> {
        let results = session
            .run(
                "reading the relations of the copy",
                include_str!("relations.sql"),
            )
            .await?;
        let mut known = BTreeMap::new();
        for row in results.first().into_iter().flatten() {
            let [Some(oid), Some(kind), Some(name), Some(file), Some(table)] = row.as_slice()
            else {
                continue;
            };
            let kind = match kind.as_str() {
                "r" | "p" => RelationKind::Table,
                "v" => RelationKind::View,
                "m" => RelationKind::MaterializedView,
                "i" | "I" => RelationKind::Index,
                "S" => RelationKind::Sequence,
                _ => RelationKind::Other,
            };
            let relation = Relation {
                name: name.clone(),
                kind,
            };
            let known_relation = Known {
                relation,
                file: file.parse().unwrap_or_default(),
                table: table.parse().unwrap_or_default(),
            };
            known.insert(oid.parse().unwrap_or_default(), known_relation);
        }
        let mut relations = Self {
            known,
            rows: BTreeMap::new(),
        };
        relations.count(session).await;
        Ok(relations)
    }

    /// Counts the rows of the copy; where that is refused nothing is known of them.
    async fn count(&mut self, session: &Session) {
        let tables = self.known.iter();
        let tables = tables.filter(|(_, known)| known.relation.kind == RelationKind::Table);
        let counts: Vec<String> = tables
            .map(|(oid, known)| format!("select {oid}, count(*) from only {}", known.relation.name))
            .collect();
        let sql = counts.join(" union all ");
        let counted = session.run("counting the rows of the copy", &sql).await;
        for row in counted.iter().flatten().flatten() {
            let [Some(oid), Some(rows)] = row.as_slice() else {
                continue;
            };
            if let (Ok(oid), Ok(rows)) = (oid.parse(), rows.parse()) {
                self.rows.insert(oid, rows);
            }
        }
    }

    /// Names of tables that can be locked by `lock table`.
    pub(super) fn tables(&self) -> Vec<&str> {
        self.known
            .values()
            .filter(|known| known.relation.kind == RelationKind::Table)
            .map(|known| known.relation.name.as_str())
            .collect()
    }

    /// Locks on known relations, the strongest for each, strongest first.
    pub(super) fn locks<'set>(
        &self,
        locks: impl IntoIterator<Item = &'set (u32, LockMode)>,
    ) -> Vec<(Relation, LockMode)> {
        let mut strongest: BTreeMap<u32, LockMode> = BTreeMap::new();
        for (oid, mode) in locks {
            let mode = *mode;
            strongest
                .entry(*oid)
                .and_modify(|known| *known = (*known).max(mode))
                .or_insert(mode);
        }
        let mut locks: Vec<(Relation, LockMode)> = strongest
            .into_iter()
            .filter_map(|(oid, mode)| Some((self.known.get(&oid)?.relation.clone(), mode)))
            .collect();
        locks.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        locks
    }

    /// Relations that have another file than before; an index only when its table keeps its own.
    pub(super) fn rewritten(&self, before: &Sight, after: &Sight) -> Vec<Relation> {
        let file = |sight: &Sight, oid: u32| sight.files.get(&oid).copied().unwrap_or_default();
        let changed = |oid: u32| {
            let was = match file(before, oid) {
                0 => self.known.get(&oid).map_or(0, |known| known.file),
                file => file,
            };
            let is = file(after, oid);
            was != 0 && is != 0 && was != is
        };
        self.sorted(
            self.known
                .iter()
                .filter(|(oid, known)| changed(**oid) && !changed(known.table))
                .map(|(_, known)| &known.relation),
        )
    }

    /// Tables that have an index more than before.
    pub(super) fn indexed(&self, before: &Sight, after: &Sight) -> Vec<Relation> {
        let added = after
            .indexes
            .iter()
            .filter(|(index, table)| **table != 0 && !before.indexes.contains_key(index));
        let mut relations =
            self.sorted(added.filter_map(|(_, table)| Some(&self.known.get(table)?.relation)));
        relations.dedup();
        relations
    }

    /// Tables that were read in full since `before`.
    pub(super) fn scanned(&self, before: &Sight, after: &Sight) -> Vec<Relation> {
        let grown = after
            .scans
            .iter()
            .filter(|(oid, scans)| before.scans.get(oid).is_none_or(|before| before < scans));
        self.sorted(grown.filter_map(|(oid, _)| Some(&self.known.get(oid)?.relation)))
    }

    /// Tables of which as many rows as they have were fetched through an index since `before`.
    pub(super) fn fetched(&self, before: &Sight, after: &Sight) -> Vec<Relation> {
        self.touched(before, after, |(fetched, _)| fetched)
    }

    /// Tables of which as many rows as they have were changed or deleted since `before`.
    pub(super) fn changed(&self, before: &Sight, after: &Sight) -> Vec<Relation> {
        self.touched(before, after, |(_, changed)| changed)
    }

    fn touched(&self, before: &Sight, after: &Sight, of: fn((u64, u64)) -> u64) -> Vec<Relation> {
        let all = after.touched.iter().filter(|(oid, touched)| {
            let was = before.touched.get(oid).copied().unwrap_or_default();
            let rows = self.rows.get(oid).copied().unwrap_or_default();
            rows >= FEWEST && of(**touched).saturating_sub(of(was)) >= rows
        });
        self.sorted(all.filter_map(|(oid, _)| Some(&self.known.get(oid)?.relation)))
    }

    fn sorted<'known>(&self, relations: impl Iterator<Item = &'known Relation>) -> Vec<Relation> {
        let mut relations: Vec<Relation> = relations.cloned().collect();
        relations.sort();
        relations
    }
}

impl Sight {
    /// What the session's own open transaction holds and has done.
    pub(super) async fn of_transaction(session: &Session) -> Result<Self> {
        let sql = format!("{LOCKS} pg_catalog.pg_backend_pid();{FILES}{SCANS_OF_TRANSACTION}");
        let results = session.run("looking at the transaction", &sql).await?;
        Ok(Self::read(&results))
    }

    /// What all finished transactions have done. The one that is measured must have flushed its counters.
    pub(super) async fn of_finished(session: &Session) -> Result<Self> {
        let sql = format!("select pg_catalog.pg_stat_clear_snapshot();{FILES}{SCANS_EVER}");
        let mut results = session.run("looking at the copy", &sql).await?;
        // In place of the locks.
        results[0] = Rows::new();
        Ok(Self::read(&results))
    }

    /// The locks that another session holds or waits for, and whether it waits.
    pub(super) async fn of_other(
        session: &Session,
        process: &str,
    ) -> Result<(BTreeSet<(u32, LockMode)>, bool)> {
        let sql = format!(
            "{LOCKS} {process};select count(*) from pg_catalog.pg_locks where pid = {process} and not granted;"
        );
        let results = session.run("watching the other session", &sql).await?;
        let waits = results
            .get(1)
            .and_then(|rows| rows.first())
            .is_some_and(|row| row.first() != Some(&Some("0".to_owned())));
        Ok((locks(&results[0]), waits))
    }

    fn read(results: &[Rows]) -> Self {
        let number = |cell: &Option<String>| cell.as_deref().and_then(|text| text.parse().ok());
        let pairs = |rows: &Rows, value: usize| -> BTreeMap<u32, u32> {
            rows.iter()
                .filter_map(|row| Some((number(row.first()?)?, number(row.get(value)?)?)))
                .collect()
        };
        let wide = |cell: &Option<String>| -> Option<u64> { cell.as_deref()?.parse().ok() };
        let nothing = Rows::new();
        let rows = |at: usize| results.get(at).unwrap_or(&nothing);
        Self {
            locks: locks(rows(0)),
            files: pairs(rows(1), 1),
            indexes: pairs(rows(1), 2),
            scans: rows(2)
                .iter()
                .filter_map(|row| {
                    Some((
                        number(row.first()?)?,
                        (wide(row.get(1)?)?, wide(row.get(2)?)?),
                    ))
                })
                .filter(|(_, (scans, _))| *scans > 0)
                .collect(),
            touched: rows(2)
                .iter()
                .filter_map(|row| {
                    Some((
                        number(row.first()?)?,
                        (wide(row.get(3)?)?, wide(row.get(4)?)?),
                    ))
                })
                .collect(),
        }
    }
}

fn locks(rows: &Rows) -> BTreeSet<(u32, LockMode)> {
    rows.iter()
        .filter_map(|row| {
            let oid = row.first()?.as_deref()?.parse().ok()?;
            Some((oid, LockMode::from_catalog(row.get(1)?.as_deref()?)?))
        })
        .collect()
}
