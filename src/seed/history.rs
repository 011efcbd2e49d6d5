//! `workroom.seed_runs`: one row for each load, so that a later one can add to it or move it in time.

use crate::database::{Session, making_own_tables};
use crate::error::Result;
use crate::seed::dataset::Dataset;
use crate::seed::load::Loaded;
use crate::sql::literal;

/// What was loaded: rows that were moved in time are of the file, seed and scale that they were loaded with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// SHA-256 of the seed file and its lists.
    pub fingerprint: String,
    /// The seed.
    pub seed: i64,
    /// The present day, as `2026-03-31`.
    pub as_of: String,
    /// The scale in thousandths.
    pub scale: u64,
}

impl Run {
    /// The load of a dataset.
    #[must_use]
    pub fn of(data: &Dataset) -> Self {
        Self {
            fingerprint: data.fingerprint.clone(),
            seed: data.seed,
            as_of: data.shown_as_of(),
            scale: data.scale.0,
        }
    }
}

const CREATE_TABLE: &str = "create table workroom.seed_runs (\n\
  id bigint generated always as identity primary key,\n\
  dataset text not null,\n\
  fingerprint text not null,\n\
  format integer not null,\n\
  seed bigint not null,\n\
  as_of date not null,\n\
  scale numeric not null,\n\
  rows bigint not null,\n\
  digest text not null,\n\
  load_ms numeric not null,\n\
  tool_version text not null,\n\
  loaded_by text not null default session_user,\n\
  loaded_at timestamptz not null default clock_timestamp()\n\
);\n";

/// Writes the row of a load, where the role may.
///
/// # Errors
/// When the server refuses what the role should be allowed to do.
pub async fn record(
    session: &Session,
    data: &Dataset,
    run: &Run,
    loaded: &[Loaded],
    millis: f64,
) -> Result<()> {
    let allowed = session
        .run(
            "asking whether the run may be recorded",
            // By the catalog: `to_regclass` raises for whom the schema is closed.
            "select case when n.oid is null \
               then pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') \
             when not pg_catalog.has_schema_privilege(n.oid, 'usage') then false \
             when c.oid is null then pg_catalog.has_schema_privilege(n.oid, 'create') \
             else pg_catalog.has_table_privilege(c.oid, 'insert') end, n.oid is null, c.oid is null \
             from (select 1) as one \
             left join pg_catalog.pg_namespace as n on n.nspname = 'workroom' \
             left join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = 'seed_runs';",
        )
        .await?;
    let is = |at: usize| {
        allowed
            .first()
            .and_then(|rows| rows.first()?.get(at)?.as_deref())
            == Some("t")
    };
    if !is(0) {
        return Ok(());
    }
    let schema = if is(1) {
        "create schema workroom;
"
    } else {
        ""
    };
    let made = match is(2) {
        true => making_own_tables(&format!("{schema}{CREATE_TABLE}")),
        false => schema.to_owned(),
    };
    let rows: u64 = loaded.iter().map(|loaded| loaded.rows).sum();
    let sql = format!(
        "{made}insert into workroom.seed_runs (dataset, fingerprint, format, seed, as_of, scale, rows, digest, load_ms, tool_version) \
         values ({}, {}, {}, {}, {}, {}.{:03}, {rows}, {}, {millis:.1}, {});",
        literal(&data.system),
        literal(&run.fingerprint),
        data.format,
        run.seed,
        literal(&run.as_of),
        run.scale / 1000,
        run.scale % 1000,
        literal(&summed(loaded)),
        literal(env!("CARGO_PKG_VERSION")),
    );
    session.run("recording the run", &sql).await.map(|_| ())
}

/// The digest of all rows of some tables, as runs are recorded with it.
#[must_use]
pub fn summed(loaded: &[Loaded]) -> String {
    let mut digest = crate::seed::encode::Digest::default();
    loaded.iter().for_each(|loaded| digest.merge(loaded.digest));
    digest.to_string()
}

/// The digest of the last load of a dataset, if it was recorded.
///
/// # Errors
/// When the server does not answer.
pub async fn digest(session: &Session, system: &str) -> Result<Option<String>> {
    let sql = format!(
        "select digest from workroom.seed_runs where dataset = {} order by id desc limit 1;",
        literal(system)
    );
    let results = session.run("looking for earlier runs", &sql).await?;
    Ok(results
        .first()
        .and_then(|rows| rows.first()?.first()?.clone()))
}

/// The last load of a dataset, if it was recorded.
///
/// # Errors
/// When the server does not answer.
pub async fn last(session: &Session, system: &str) -> Result<Option<Run>> {
    if !is_known(session).await? {
        return Ok(None);
    }
    let sql = format!(
        "select fingerprint, seed, pg_catalog.to_char(as_of, 'YYYY-MM-DD'), (scale * 1000)::bigint from workroom.seed_runs where dataset = {} order by id desc limit 1;",
        literal(system)
    );
    let results = session.run("looking for earlier runs", &sql).await?;
    let Some(row) = results.first().and_then(|rows| rows.first()) else {
        return Ok(None);
    };
    let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    Ok(Some(Run {
        fingerprint: text(0),
        seed: text(1).parse().unwrap_or(0),
        as_of: text(2),
        scale: text(3).parse().unwrap_or(1000),
    }))
}

/// Whether this role may read earlier runs.
async fn is_known(session: &Session) -> Result<bool> {
    let known = session
        .run(
            "looking for earlier runs",
            "select exists (select from pg_catalog.pg_class as c \
             join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
             where n.nspname = 'workroom' and c.relname = 'seed_runs' \
             and pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select'));",
        )
        .await?;
    Ok(known
        .first()
        .and_then(|rows| rows.first()?.first()?.as_deref())
        == Some("t"))
}

/// Why no earlier load is known.
///
/// # Errors
/// When the server does not answer.
pub async fn why_unknown(session: &Session) -> Result<String> {
    let rows = session
        .run(
            "looking for earlier runs",
            "select current_user, exists (select from pg_catalog.pg_class as c \
             join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
             where n.nspname = 'workroom' and c.relname = 'seed_runs');",
        )
        .await?;
    let cell = |at: usize| rows.first().and_then(|rows| rows.first()?.get(at)?.clone());
    Ok(
        match (cell(0), cell(1).as_deref(), is_known(session).await?) {
            (Some(role), Some("t"), false) => format!("{role} may not read workroom.seed_runs"),
            _ => "workroom.seed_runs does not know of an earlier load".to_owned(),
        },
    )
}

/// How fast a load was.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// Rows.
    pub rows: u64,
    /// What they took.
    pub millis: f64,
    /// When it was, as `2026-03-31`.
    pub day: String,
}

/// How fast the last load of a dataset was, in this database.
///
/// # Errors
/// When the server does not answer.
pub async fn pace(session: &Session, system: &str) -> Result<Option<Pace>> {
    if !is_known(session).await? {
        return Ok(None);
    }
    // What only moved rows in time is the same data with another present day.
    let sql = format!(
        "select r.rows, r.load_ms, pg_catalog.to_char(r.loaded_at at time zone 'UTC', 'YYYY-MM-DD') from workroom.seed_runs as r \
         where r.dataset = {} and r.rows > 0 and not exists (select from workroom.seed_runs as e where e.id < r.id \
           and (e.dataset, e.fingerprint, e.seed, e.scale) = (r.dataset, r.fingerprint, r.seed, r.scale) and e.as_of <> r.as_of) \
         order by r.id desc limit 1;",
        literal(system)
    );
    let results = session.run("looking for earlier runs", &sql).await?;
    let Some(row) = results.first().and_then(|rows| rows.first()) else {
        return Ok(None);
    };
    let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    Ok(text(0)
        .parse()
        .ok()
        .zip(text(1).parse().ok())
        .map(|(rows, millis)| Pace {
            rows,
            millis,
            day: text(2),
        }))
}

/// What every load takes before its first row.
const START_MS: f64 = 100.0;

/// What a row takes where nothing was measured: as of the agency on two cores, between a demo and ten million rows.
const ROW_MS: f64 = 0.015;

/// How long so many rows are going to take, in words, with the reason.
#[must_use]
pub fn estimate(rows: u64, pace: Option<Pace>) -> String {
    let (start, each, why) = match pace {
        None => (
            START_MS,
            ROW_MS,
            format!(
                "at {:.0} µs a row: nothing of it was loaded here yet",
                ROW_MS * 1000.0
            ),
        ),
        Some(pace) => {
            let start = START_MS.min(pace.millis / 2.0);
            let mut why = format!(
                "as {} rows took {} here on {}",
                pace.rows,
                duration(pace.millis),
                pace.day
            );
            if rows > 20 * pace.rows {
                why.push_str("; rows of tables that outgrow memory take longer");
            }
            (start, (pace.millis - start) / pace.rows as f64, why)
        }
    };
    format!(
        "loading takes about {}, {why}",
        duration(start + rows as f64 * each)
    )
}

fn duration(millis: f64) -> String {
    if millis < 100_000.0 {
        format!("{:.1} s", millis / 1000.0)
    } else {
        format!("{:.0} min", millis / 60_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_names_its_source() {
        assert_eq!(
            estimate(60_000, None),
            "loading takes about 1.0 s, at 15 µs a row: nothing of it was loaded here yet"
        );
        let pace = |rows, millis| Pace {
            rows,
            millis,
            day: "2026-03-31".to_owned(),
        };
        assert_eq!(
            estimate(76_126, Some(pace(76_126, 840.0))),
            "loading takes about 0.8 s, as 76126 rows took 0.8 s here on 2026-03-31"
        );
        assert_eq!(
            estimate(15_000_000, Some(pace(76_126, 840.0))),
            "loading takes about 2 min, as 76126 rows took 0.8 s here on 2026-03-31; rows of tables that outgrow memory take longer"
        );
        assert_eq!(
            estimate(100, Some(pace(1000, 60.0))),
            "loading takes about 0.0 s, as 1000 rows took 0.1 s here on 2026-03-31"
        );
    }
}
