//! When not to touch a database.

use std::collections::BTreeSet;

use super::dataset::Dataset;
use super::plan::{Facts, Mode, Plan};
use crate::database::Session;
use crate::error::{Error, Result};
use crate::sql::{identifier, literal, text_array};

/// The setting of a database that says its content may be thrown away.
pub const MARK: &str = "workroom.disposable";

/// Refuses the session's database where it is neither marked disposable nor named by the user.
///
/// # Errors
/// When it is none of these.
pub async fn unless_disposable(session: &Session, into: Option<&str>) -> Result<()> {
    let error = unmarked(session, "pg_catalog.current_database()", into).await?;
    error.map_or(Ok(()), |error| {
        Err(error.because("demo data do not belong beside real data"))
    })
}

/// Refuses to drop another database under the same conditions.
///
/// # Errors
/// When it is none of these.
pub async fn unless_other_is_disposable(
    admin: &Session,
    database: &str,
    into: Option<&str>,
) -> Result<()> {
    let error = unmarked(admin, &literal(database), into).await?;
    error.map_or(Ok(()), |error| {
        Err(error.because("everything in it would be lost"))
    })
}

/// What is wrong with a database that is not disposable; `database` is SQL that gives its name.
async fn unmarked(session: &Session, database: &str, into: Option<&str>) -> Result<Option<Error>> {
    // A backend that a pooler has kept may be older than the mark, so the catalog is asked as well; the setting is for
    // superusers, so that an owner may write a comment.
    let sql = format!(
        "select d.datname, d.datname = pg_catalog.current_database() and pg_catalog.current_setting('{MARK}', true) in \
           ('on', 'true', 'yes', '1') or exists (\
           select from pg_catalog.pg_db_role_setting as s where s.setdatabase = d.oid and s.setrole = 0 \
           and s.setconfig && array['{MARK}=on', '{MARK}=true', '{MARK}=yes', '{MARK}=1']) \
           or pg_catalog.shobj_description(d.oid, 'pg_database') like '%{MARK}%', \
           pg_catalog.current_setting('is_superuser') \
         from pg_catalog.pg_database as d where d.datname = {database};"
    );
    let results = session
        .run("asking whether the database is disposable", &sql)
        .await?;
    let row = results
        .first()
        .and_then(|rows| rows.first())
        .cloned()
        .unwrap_or_default();
    let name = row.first().cloned().flatten().unwrap_or_default();
    let cell = |at: usize| row.get(at).and_then(Option::as_deref);
    let marked = cell(1) == Some("t");
    if marked || into == Some(name.as_str()) {
        return Ok(None);
    }
    let mut error = Error::refused(format!("the database {name} is not marked disposable"));
    if let Some(other) = into {
        error = error.because(format!("`--into {other}` names another database"));
    }
    let database = identifier(&name);
    let mark = if cell(2) == Some("on") {
        format!("alter database {database} set {MARK} = 'on'")
    } else {
        format!("comment on database {database} is '{MARK}'")
    };
    Ok(Some(error.hint(format!("mark it once: {mark}")).hint(
        format!("or name it this once with `--into {name}`"),
    )))
}

/// Refuses tables that have rows, with the three ways to go on.
///
/// # Errors
/// When one has.
pub fn unless_empty(data: &Dataset, facts: &Facts) -> Result<()> {
    let tables: Vec<&str> = facts
        .filled
        .difference(&facts.shared)
        .map(String::as_str)
        .collect();
    if tables.is_empty() {
        return Ok(());
    }
    let error = Error::refused(format!(
        "{} of the {} tables have rows already",
        tables.len(),
        data.filled().count()
    ))
    .because(format!("not empty: {}", tables.join(", ")))
    .hint("`--reset` empties these tables first, and no others")
    .hint("`--top-up --scale N` adds the rows of a larger scale to those loaded before")
    .hint("`--slide --as-of today` moves the rows loaded before in time, by whole weeks");
    let tenants: Vec<&str> = data.tenants.iter().map(|one| one.name.as_str()).collect();
    Err(match tenants[..] {
        [] | [""] => error,
        _ => error.hint(format!(
            "`--tenant NAME` loads the rows of one tenant beside those of others: {}",
            tenants.join(", ")
        )),
    })
}

/// Refuses to go on from rows that are not there.
///
/// # Errors
/// When no table has one.
pub fn if_empty(data: &Dataset, facts: &Facts) -> Result<()> {
    if facts.filled.is_subset(&facts.shared) {
        return Err(Error::refused(format!(
            "the {} tables have no rows that could be added to or moved",
            data.filled().count()
        ))
        .hint("run `workroom seed run` to load them"));
    }
    Ok(())
}

/// Refuses to move rows of which policies show only some.
///
/// # Errors
/// When row-level security binds the role.
pub fn if_bound(data: &Dataset, plan: &Plan) -> Result<()> {
    let bound = plan
        .tables
        .iter()
        .find(|planned| planned.mode == Mode::Staged && planned.beside.is_none());
    match bound {
        None => Ok(()),
        Some(planned) => Err(Error::refused(format!(
            "{} may not move all rows of {}",
            plan.facts.role, data.tables[planned.table].label
        ))
        .because(planned.reason.clone())
        .hint("connect as the owner of the tables")),
    }
}

/// The tables outside of the file that refer to those that are emptied, one through another, and would be emptied with
/// them: all that are empty anyway, and those with rows where `cascade` says so.
///
/// # Errors
/// When one has rows and stays.
pub async fn emptied_along(
    session: &Session,
    data: &Dataset,
    shared: &BTreeSet<String>,
    cascade: bool,
) -> Result<Vec<String>> {
    let own: Vec<String> = data
        .filled()
        .map(|at| &data.tables[at])
        .filter(|table| !shared.contains(&table.label))
        .map(|table| table.name.to_string())
        .collect();
    let sql = format!(
        "with recursive emptied (oid) as (\
           select name::pg_catalog.regclass::oid from pg_catalog.unnest({}) as name \
           union select k.conrelid from pg_catalog.pg_constraint as k join emptied on emptied.oid = k.confrelid where k.contype = 'f') \
         select pg_catalog.format('%I.%I', n.nspname, c.relname), k.conname, k.confrelid::pg_catalog.regclass::text \
         from emptied join pg_catalog.pg_class as c on c.oid = emptied.oid and not c.relispartition \
         join pg_catalog.pg_namespace as n on n.oid = c.relnamespace \
         join lateral (select k.conname, k.confrelid from pg_catalog.pg_constraint as k \
           where k.conrelid = c.oid and k.contype = 'f' and k.confrelid in (select oid from emptied) order by 1 limit 1) as k on true \
         where c.oid not in (select name::pg_catalog.regclass::oid from pg_catalog.unnest({}) as name) order by 1;",
        text_array(own.iter().map(String::as_str)),
        text_array(own.iter().map(String::as_str)),
    );
    let results = session
        .run("asking which tables refer to these", &sql)
        .await?;
    let outside = results.into_iter().next().unwrap_or_default();
    if outside.is_empty() {
        return Ok(Vec::new());
    }
    let cell =
        |row: &[Option<String>], at: usize| row.get(at).cloned().flatten().unwrap_or_default();
    let asked: String = outside
        .iter()
        .map(|row| format!("select exists (select from {});", cell(row, 0)))
        .collect();
    let filled = session
        .run("looking whether tables are empty", &asked)
        .await?;
    let mut along = Vec::new();
    let mut errors = Vec::new();
    for (row, rows) in outside.iter().zip(&filled) {
        let has_rows = rows.first().and_then(|row| row.first()?.as_deref()) == Some("t");
        let (name, key, target) = (cell(row, 0), cell(row, 1), cell(row, 2));
        if has_rows && !cascade {
            errors.push(
                Error::refused(format!("{target} cannot be emptied: {name} refers to it"))
                    .because(format!("the foreign key {key} is not part of the seed file"))
                    .hint(format!("fill {name} from the seed file too, or empty it first; `--cascade` empties it with these")),
            );
        }
        along.push(name);
    }
    Error::all(errors)?;
    Ok(along)
}
