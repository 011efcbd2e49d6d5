//! What `reindex concurrently` and `detach partition concurrently` leave behind when they are cut off.

use super::form::{Detach, Scope};
use crate::database::Session;
use crate::error::Result;
use crate::sql::literal;

/// Invalid copies, qualified: `…_ccnew` that was not finished, `…_ccold` that was not dropped. The indexes that they
/// are copies of are valid either way.
pub(super) async fn of_reindex(session: &Session, scope: &Scope) -> Result<Vec<String>> {
    let tables = |root: String| {
        format!(
            "and i.indrelid in (select relid from pg_catalog.pg_partition_tree({root}) union select {root} \
             union select c.reltoastrelid from pg_catalog.pg_class as c where c.oid = {root})"
        )
    };
    let condition = match scope {
        Scope::Index(name) => tables(format!(
            "(select o.indrelid from pg_catalog.pg_index as o where o.indexrelid = pg_catalog.to_regclass({}))",
            literal(name)
        )),
        Scope::Table(name) => tables(format!("pg_catalog.to_regclass({})", literal(name))),
        Scope::Everything => String::new(),
    };
    let sql = format!(
        "select pg_catalog.format('%I.%I', n.nspname, c.relname) from pg_catalog.pg_index as i \
         join pg_catalog.pg_class as c on c.oid = i.indexrelid \
         join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
         where not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$' {condition};"
    );
    let rows = session.run("looking for what a reindex left", &sql).await?;
    Ok(rows.into_iter().flatten().flatten().flatten().collect())
}

/// Ends a detachment that was cut off between its two transactions. Returns whether the partition is detached now.
pub(super) async fn finish_detach(session: &Session, detach: &Detach) -> Result<bool> {
    let sql = format!(
        "select inhdetachpending from pg_catalog.pg_inherits where inhparent = pg_catalog.to_regclass({}) \
         and inhrelid = pg_catalog.to_regclass({});",
        literal(&detach.parent),
        literal(&detach.partition)
    );
    let rows = session.run("looking at a partition", &sql).await?;
    match rows
        .into_iter()
        .flatten()
        .flatten()
        .flatten()
        .next()
        .as_deref()
    {
        None => Ok(true),
        Some("t") => {
            let sql = format!(
                "alter table {} detach partition {} finalize",
                detach.parent, detach.partition
            );
            session
                .run("finishing the detachment of a partition", &sql)
                .await?;
            Ok(true)
        }
        Some(_) => Ok(false),
    }
}
