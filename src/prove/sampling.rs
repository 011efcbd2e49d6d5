//! Tables with more rows than can be proven one by one keep some of them, in the transaction that is rolled back: rows from
//! all over the table, and those that rows which stay refer to.

use super::world::World;
use crate::catalog::Catalog;
use crate::database::Session;
use crate::error::Result;
use crate::sql::{identifier, literal};

/// Rows of one table that are proven.
pub(super) const MOST: usize = 2000;

/// Rows that are kept of a table with more, before those that others refer to.
const KEPT: usize = 400;

/// How often rows are added that rows refer to which were added: references of references.
const ROUNDS: usize = 3;

/// Leaves some rows of large tables. What was done, in words.
///
/// # Errors
/// When the server refuses.
pub(super) async fn sample(
    session: &Session,
    world: &World,
    catalog: &Catalog,
) -> Result<Vec<String>> {
    let large = large(session, world).await?;
    if large.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = String::new();
    for (at, rows) in &large {
        let (name, kept) = (&world.tables[*at].name, kept(*at));
        // Pages from all over; where these turn out empty, what comes first.
        let percent = 100.0 * 4.0 * KEPT as f64 / rows.max(1.0);
        sql.push_str(&format!(
            "create temporary table {kept} as select * from {name} tablesample system ({:.6}) limit {KEPT}; \
             insert into {kept} select * from {name} where not exists (select from {kept}) limit {KEPT};",
            percent.min(100.0)
        ));
    }
    for _ in 0..ROUNDS {
        sql.push_str(&referred(world, catalog, &large));
    }
    let is_large = |at: &usize| large.iter().any(|(one, _)| one == at);
    let mut keys = Vec::new();
    for key in &catalog.constraints {
        let to = key
            .references
            .as_ref()
            .and_then(|one| world.position(&one.relation));
        let from = world.position(&key.relation);
        // The server empties no table that another refers to which keeps its rows.
        if to.is_some_and(|to| is_large(&to))
            && !from.is_some_and(|from| is_large(&from))
            && !key.inherited
        {
            let name = identifier(&key.name);
            sql.push_str(&format!(
                "alter table {} drop constraint {name};",
                key.relation
            ));
            keys.push(format!("{name} of {}", key.relation));
        }
    }
    let names: Vec<String> = large
        .iter()
        .map(|(at, _)| world.tables[*at].name.to_string())
        .collect();
    sql.push_str(&format!("truncate {};", names.join(", ")));
    for (at, _) in &large {
        let (table, kept) = (&world.tables[*at], kept(*at));
        let columns: Vec<String> = table
            .columns
            .iter()
            .filter(|column| column.generated.is_none())
            .map(|column| identifier(&column.name))
            .collect();
        let columns = columns.join(", ");
        sql.push_str(&format!(
            "insert into {} ({columns}) overriding system value select {columns} from {kept}; drop table {kept};",
            table.name
        ));
    }
    session
        .run("keeping some rows of large tables", &sql)
        .await?;
    let mut notes = vec![format!(
        "some rows are proven of {}, which have more than {MOST}: those and what they refer to",
        names.join(", ")
    )];
    if !keys.is_empty() {
        notes.push(format!(
            "not proven meanwhile: the key(s) {}",
            keys.join(", ")
        ));
    }
    Ok(notes)
}

/// Tables with too many rows, and about how many.
async fn large(session: &Session, world: &World) -> Result<Vec<(usize, f64)>> {
    let counts = world.tables.iter().map(|table| {
        let name = literal(&table.name.to_string());
        format!(
            "(select case when (select count(*) from (select from {} limit {}) as counted) > {MOST} then \
             greatest((select pg_catalog.sum(reltuples) from pg_catalog.pg_class where oid = {name}::regclass \
             or oid in (select relid from pg_catalog.pg_partition_tree({name}::regclass) where isleaf)), {MOST}) end)",
            table.name,
            MOST + 1
        )
    });
    let sql = format!("select {};", counts.collect::<Vec<_>>().join(", "));
    let rows = session.run("counting rows", &sql).await?;
    let row = rows.into_iter().flatten().next().unwrap_or_default();
    let counts = row.into_iter().enumerate();
    Ok(counts
        .filter_map(|(at, count)| Some((at, count?.parse().ok()?)))
        .collect())
}

fn kept(at: usize) -> String {
    format!("pg_temp.workroom_kept_{at}")
}

/// Rows of large tables that kept rows refer to, or rows of tables that keep all.
fn referred(world: &World, catalog: &Catalog, large: &[(usize, f64)]) -> String {
    let is_large = |at: usize| large.iter().any(|(one, _)| *one == at);
    let mut sql = String::new();
    for key in &catalog.constraints {
        let Some(reference) = &key.references else {
            continue;
        };
        let (Some(from), Some(to)) = (
            world.position(&key.relation),
            world.position(&reference.relation),
        ) else {
            continue;
        };
        if !is_large(to) {
            continue;
        }
        let source = if is_large(from) {
            kept(from)
        } else {
            key.relation.to_string()
        };
        let list = |names: &[String]| {
            names
                .iter()
                .map(|one| identifier(one))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let target = &world.tables[to];
        sql.push_str(&format!(
            "insert into {kept} select * from {} where ({}) in (select {} from {source}) \
             and {} not in (select {} from {kept}) limit {KEPT};",
            target.name,
            list(&reference.columns),
            list(&key.columns),
            target.key_sql(),
            target.key_sql(),
            kept = kept(to),
        ));
    }
    sql
}
