//! The load: one transaction, COPY in the binary form, generation ahead of the network. A failure anywhere, a killed
//! process included, leaves the tables and the schema as they were.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::database::{BatchFailure, Buffer, Governor, Session};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::seed::dataset::{Column, Dataset};
use crate::seed::encode::{Digest, binary};
use crate::seed::grammar::{Generator, Key};
use crate::seed::pipeline::{Pipeline, Work};
use crate::seed::plan::{Mode, Plan, TablePlan};
use crate::seed::rebuild;
use crate::seed::refusal::refusal;
use crate::seed::staging;
use crate::sql::{identifier, literal};

/// What was loaded into a table.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The table's position in the dataset.
    pub table: usize,
    /// Rows sent, and taken by the server.
    pub rows: u64,
    /// Bytes sent.
    pub bytes: u64,
    /// Their digest.
    pub digest: Digest,
    /// How long COPY took.
    pub took: Duration,
    /// How long of that nothing could be sent because no row was ready.
    pub waited: Duration,
}

/// How the load is done.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Threads that make rows.
    pub threads: usize,
    /// Whether the tables are emptied first, numbering started anew.
    pub reset: bool,
    /// Tables that are emptied with them, as they refer to them.
    pub along: Vec<String>,
    /// Rows left out at the beginning, for each table and tenant.
    pub skip: Vec<Vec<u64>>,
}

/// Opens the transaction and prepares the tables.
///
/// # Errors
/// When a statement fails; nothing has changed then.
pub async fn begin(
    governor: &Governor<'_>,
    data: &Dataset,
    plan: &Plan,
    options: &LoadOptions,
) -> Result<()> {
    // Who may insert alone may not lock out others.
    let names: Vec<String> = plan
        .tables
        .iter()
        .filter(|planned| planned.mode != Mode::Staged)
        .map(|planned| &data.tables[planned.table])
        .filter(|table| plan.facts.owned.contains(&table.label))
        .map(|table| table.name.to_string())
        .collect();
    let mut sql = format!(
        "begin;\n\
         set local idle_in_transaction_session_timeout = 0;\n\
         set local timezone = 'UTC';\n\
         set local client_min_messages = warning;\n\
         {}\n",
        governor.limits.settings("set local")
    );
    sql.push_str(&format!(
        "set local maintenance_work_mem = '{}MB';\n",
        rebuild::maintenance_memory(plan)
    ));
    if !names.is_empty() {
        sql.push_str(&format!(
            "lock table {} in share row exclusive mode;\n",
            names.join(", ")
        ));
    }
    if options.reset {
        let emptied: Vec<String> = plan
            .tables
            .iter()
            .filter(|planned| planned.beside.is_none())
            .map(|planned| data.tables[planned.table].alone())
            .chain(options.along.iter().cloned())
            .collect();
        sql.push_str(&format!(
            "truncate {} restart identity;\n",
            emptied.join(", ")
        ));
    }
    sql.push_str(&rebuild::before(data, plan));
    // What is locked later is another's, as a table that is referred to.
    sql.push_str("set local lock_timeout = '5s';\n");
    let prepared = governor.transaction("preparing the tables", &sql).await;
    prepared
        .map(|_| ())
        .map_err(|failure| failure.of_our_own("preparing the tables"))
}

/// Sends the rows of all tables.
///
/// # Errors
/// When a row cannot be made or the server refuses one.
pub async fn rows(
    session: &Session,
    data: &Arc<Dataset>,
    plan: &Plan,
    options: &LoadOptions,
    observer: &dyn Observer,
) -> Result<Vec<Loaded>> {
    let mut work = Work::new(
        data,
        plan.tables.iter().map(|planned| planned.table).collect(),
    )?;
    work.skip.clone_from(&options.skip);
    let mut pipeline = Pipeline::start(data, &work, options.threads);
    let mut all = Vec::new();
    let mut failure = None;
    for planned in &plan.tables {
        match table(session, data, planned, &mut pipeline, observer).await {
            Ok(loaded) => all.push(loaded),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    pipeline.stop();
    failure.map_or(Ok(all), Err)
}

async fn table(
    session: &Session,
    data: &Dataset,
    planned: &TablePlan,
    pipeline: &mut Pipeline,
    observer: &dyn Observer,
) -> Result<Loaded> {
    let table = &data.tables[planned.table];
    let started = Instant::now();
    let columns = staging::columns(data, planned.table);
    let goes_round = planned.mode == Mode::Staged || staging::is_needed(data, planned.table);
    let target = if goes_round {
        session
            .run(
                "making a temporary table",
                &staging::create(data, planned.table),
            )
            .await?;
        format!("pg_temp.{}", staging::name(planned.table))
    } else {
        table.name.to_string()
    };
    let failed = |failure: BatchFailure| failed(data, planned, failure);
    let sql = format!("copy {target}{columns} from stdin (format binary)");
    let opened = session.copy_in_unless_silent(&sql).await.map_err(failed)?;
    let mut copy = opened.ok_or_else(|| silent(session, &table.name.to_string()))?;
    copy.send(Buffer::new(binary::HEADER.to_vec(), None))
        .await
        .map_err(failed)?;
    let mut loaded = Loaded {
        table: planned.table,
        rows: 0,
        bytes: 0,
        digest: Digest::default(),
        took: Duration::ZERO,
        waited: Duration::ZERO,
    };
    let mut shown = Instant::now();
    loop {
        let asked = Instant::now();
        let Some((encoded, home)) = pipeline.next(planned.table).await? else {
            break;
        };
        loaded.waited += asked.elapsed();
        loaded.rows += encoded.rows;
        loaded.bytes += encoded.bytes.len() as u64;
        loaded.digest.merge(encoded.digest);
        copy.send(Buffer::new(encoded.bytes, Some(home)))
            .await
            .map_err(failed)?;
        if shown.elapsed() > Duration::from_millis(100) {
            shown = Instant::now();
            observer.event(&Event::Progress {
                label: &table.label,
                done: loaded.rows,
                total: planned.rows,
                unit: "rows",
                bytes: loaded.bytes,
            });
        }
    }
    copy.send(Buffer::new(binary::TRAILER.to_vec(), None))
        .await
        .map_err(failed)?;
    let taken = copy.finish().await.map_err(failed)?;
    if taken != loaded.rows {
        return Err(Error::database(format!(
            "the server took {taken} of {} rows of {}",
            loaded.rows, table.label
        ))
        .because("a trigger or a rule turned rows away"));
    }
    if goes_round {
        insert_staged(session, data, planned).await?;
    }
    loaded.took = started.elapsed();
    observer.event(&Event::Finished(&table.label, loaded.took));
    Ok(loaded)
}

/// Moves staged rows over tenant by tenant, with the setting that names the tenant, so that policies judge them.
async fn insert_staged(session: &Session, data: &Dataset, planned: &TablePlan) -> Result<()> {
    let sql = insertion(data, planned);
    let sql = format!(
        "{sql}drop table pg_temp.{};\n",
        staging::name(planned.table)
    );
    match session.batch(&sql).await {
        Ok(_) => Ok(()),
        Err(failure) => Err(failed(data, planned, failure)),
    }
}

/// The statements that move staged rows over.
pub(crate) fn insertion(data: &Dataset, planned: &TablePlan) -> String {
    let table = &data.tables[planned.table];
    let tenant_column = table
        .stored
        .iter()
        .find(|at| matches!(table.columns[**at].generator, Generator::Tenant));
    let beside = planned.beside.as_deref().unwrap_or_default();
    let insert = staging::insert(data, planned.table, &table.name.to_string());
    let mut sql = String::new();
    match (tenant_column, &data.tenant_setting) {
        (Some(column), Some(setting)) if planned.mode == Mode::Staged => {
            let column = identifier(&table.columns[*column].name);
            for tenant in &data.tenants {
                let crate::seed::value::Value::Uuid(id) = tenant.id else {
                    continue;
                };
                let mut text = String::new();
                crate::seed::value::uuid::write(&mut text, &id);
                let id = literal(&text);
                sql.push_str(&format!(
                    "select pg_catalog.set_config({}, {id}, true);\n{insert} where {column} = {id}{beside};\n",
                    literal(setting)
                ));
            }
        }
        _ => sql.push_str(&format!("{insert}{beside};\n")),
    }
    sql
}

fn failed(data: &Dataset, planned: &TablePlan, failure: BatchFailure) -> Error {
    refusal(
        data,
        planned.table,
        failure,
        "loading",
        "everything was rolled back: the tables are as they were",
    )
}

/// Puts back what was taken away, sets sequences, and gathers statistics.
///
/// # Errors
/// When the data break a key or an index; everything is rolled back then.
pub async fn finish(
    session: &Session,
    data: &Dataset,
    plan: &Plan,
    loaded: &[Loaded],
    observer: &dyn Observer,
) -> Result<()> {
    let started = Instant::now();
    let mut sql = String::new();
    for planned in &plan.tables {
        sql.push_str(&rebuild::indexes(planned));
    }
    if !sql.is_empty() {
        session.run("building the indexes again", &sql).await?;
        observer.event(&Event::Finished("indexes", started.elapsed()));
    }
    let started = Instant::now();
    let mut sql = rebuild::after(data, plan);
    for loaded in loaded {
        sql.push_str(&sequences(data, loaded.table));
    }
    let names: Vec<String> = plan
        .tables
        .iter()
        .filter(|planned| plan.facts.owned.contains(&data.tables[planned.table].label))
        .map(|planned| data.tables[planned.table].name.to_string())
        .collect();
    if !names.is_empty() {
        // A fifth of the usual sample is enough for the first plans, and costs a fifth; autovacuum takes a whole one.
        sql.push_str(&format!(
            "set local default_statistics_target = 20;\nanalyze {};\n",
            names.join(", ")
        ));
    }
    if !sql.is_empty() {
        session.run("putting keys and triggers back", &sql).await?;
        observer.event(&Event::Finished(
            "foreign keys, triggers, statistics",
            started.elapsed(),
        ));
    }
    Ok(())
}

/// The sequence that numbers a column, as SQL: its own, or the one that its default asks.
fn sequence_of(table: &str, column: &str) -> String {
    let (table, column) = (literal(table), literal(column));
    format!(
        "coalesce(pg_catalog.pg_get_serial_sequence({table}, {column})::pg_catalog.regclass, \
         (select d.refobjid::pg_catalog.regclass from pg_catalog.pg_attrdef as f \
          join pg_catalog.pg_attribute as a on (a.attrelid, a.attnum) = (f.adrelid, f.adnum) \
          join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and d.objid = f.oid \
          join pg_catalog.pg_class as c on d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.refobjid \
          where f.adrelid = {table}::pg_catalog.regclass and a.attname = {column} and c.relkind = 'S' limit 1))"
    )
}

/// The sequences that number the keys of a table, each as SQL: one row of the sequence, and the last key that it could have
/// given, the least where it counts down. Keys out of its bounds are never in its way.
pub(crate) fn last_keys(data: &Dataset, at: usize) -> Vec<(&str, String)> {
    let table = &data.tables[at];
    let numbered = table
        .stored
        .iter()
        .map(|column| &table.columns[*column])
        .filter(|column| matches!(column.generator, Generator::Key(Key::Number(_))));
    let last = |column: &Column| {
        let key = identifier(&column.name);
        let keys = format!(
            "from {} where {key} between workroom_numbering.seqmin and workroom_numbering.seqmax",
            table.alone()
        );
        format!(
            "(select workroom_numbering.seqrelid::pg_catalog.regclass as sequence, workroom_numbering.seqincrement > 0 as goes_up, \
             case when workroom_numbering.seqincrement > 0 then (select max({key}) {keys}) else (select min({key}) {keys}) end as last \
             from pg_catalog.pg_sequence as workroom_numbering where workroom_numbering.seqrelid = {})",
            sequence_of(&table.name.to_string(), &column.name),
        )
    };
    numbered
        .map(|column| (column.name.as_str(), last(column)))
        .collect()
}

/// Sequences go on after the last key.
pub(crate) fn sequences(data: &Dataset, at: usize) -> String {
    let sequences = last_keys(data, at).into_iter();
    sequences
        .map(|(_, last)| {
            format!("select pg_catalog.setval(s.sequence, s.last) from {last} as s;\n")
        })
        .collect()
}

/// The error for a COPY that nobody answers.
fn silent(session: &Session, table: &str) -> Error {
    let error = Error::database(format!("loading {table} is not answered"))
        .because("the server has not said for a minute whether it takes rows by COPY")
        .hint("some poolers, such as pgpool-II, do not pass it on: connect to the server itself with `--database-url`");
    match session.process() {
        Some(process) => error.hint(format!(
            "what was begun may still hold its locks there: `select pg_terminate_backend({process})`"
        )),
        None => error,
    }
}
