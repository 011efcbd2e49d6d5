//! Concurrent index builds: what became of one is asked of the catalog, not of a flag that a crash left behind.

use std::time::{Duration, Instant};

use super::form::IndexBuild;
use crate::database::Session;
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::sql::{identifier, literal};

/// What the catalog says of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// There is none of this name beside the table.
    Missing,
    /// It is complete.
    Valid,
    /// Its build failed, or was cut off.
    Invalid {
        /// Qualified name.
        name: String,
    },
    /// Another session is building it.
    Building {
        /// That session's process.
        process: String,
        /// Blocks read so far.
        done: u64,
        /// Blocks in all.
        total: u64,
    },
}

pub(super) async fn state(session: &Session, build: &IndexBuild) -> Result<State> {
    let sql = format!(
        "select i.indisvalid and i.indisready, n.nspname, p.pid, p.blocks_done, p.blocks_total \
         from pg_catalog.pg_class as t \
         join pg_catalog.pg_class as c on c.relnamespace = t.relnamespace and c.relname = {} \
         join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
         join pg_catalog.pg_index as i on i.indexrelid = c.oid and i.indrelid = t.oid \
         left join pg_catalog.pg_stat_progress_create_index as p on p.index_relid = c.oid \
         where t.oid = pg_catalog.to_regclass({});",
        literal(&build.name),
        literal(&build.table)
    );
    let rows = session
        .run("looking at an index", &sql)
        .await?
        .pop()
        .unwrap_or_default();
    let Some([valid, schema, process, done, total]) = rows.first().map(Vec::as_slice) else {
        return Ok(State::Missing);
    };
    let number = |cell: &Option<String>| {
        cell.as_deref()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    };
    Ok(match (valid.as_deref(), process) {
        (Some("t"), _) => State::Valid,
        (_, Some(process)) => State::Building {
            process: process.clone(),
            done: number(done),
            total: number(total),
        },
        _ => State::Invalid {
            name: format!(
                "{}.{}",
                identifier(schema.as_deref().unwrap_or_default()),
                identifier(&build.name)
            ),
        },
    })
}

/// Waits while another session builds the index, which goes on after its client was killed. Returns what it left.
pub(super) async fn settled(
    session: &Session,
    build: &IndexBuild,
    label: &str,
    observer: &dyn Observer,
) -> Result<State> {
    let started = Instant::now();
    loop {
        let state = state(session, build).await?;
        let State::Building {
            process,
            done,
            total,
        } = &state
        else {
            return Ok(state);
        };
        observer.event(&Event::Waiting {
            what: &format!("the build of index {}", build.name),
            holder: &format!("process {process} goes on with it"),
            waited: started.elapsed(),
        });
        observer.event(&Event::Progress {
            label,
            done: *done,
            total: *total,
            unit: "blocks",
            bytes: 0,
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// SQL that drops what a failed build left.
pub(super) fn drop(name: &str) -> String {
    format!("drop index concurrently if exists {name}")
}

/// The error for an index that is there although the file was never tried.
pub(super) fn in_the_way(build: &IndexBuild, state: &State) -> Error {
    let condition = match state {
        State::Invalid { .. } => "an invalid index, left by a build that failed",
        State::Building { .. } => "an index that another session is building",
        _ => "an index",
    };
    Error::refused(format!("there is {condition} named {} on {} already", build.name, build.table))
        .because("this migration has never tried to build it, so workroom will not touch it")
        .hint(format!("look at it with `\\d {}`; drop it with `drop index concurrently`, or name the new one differently", build.table))
}
