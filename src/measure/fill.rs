//! A few rows in every empty table, so that scans and checks have something to read.
//!
//! The n-th row has the n-th value of every type, so that foreign keys and unique keys that are still to come hold.
//! Checks are met by trying the constants that they name. A table that cannot be filled stays empty: a scan of
//! it is still counted, since the server counts the scan, not the rows.

use crate::database::{BatchFailure, Session};
use crate::error::Result;
use crate::sql::text_array;

/// Rows for each table.
const ROWS: usize = 3;

/// Tries for one row before the table stays as it is.
const TRIES: usize = 60;

struct Column {
    name: String,
    kind: String,
    category: String,
    base: String,
    modifier: i64,
    required: bool,
    labels: Vec<String>,
    /// The checks that mention it, as SQL.
    checks: String,
}

/// What became of the tables that were empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// They have a few rows now.
    pub filled: Vec<String>,
    /// No row could be made that they accept.
    pub empty: Vec<String>,
}

/// Fills the tables of a copy that lie in these schemas.
///
/// # Errors
/// When the catalog cannot be read.
pub async fn fill(session: &Session, schemas: &[&str]) -> Result<Filled> {
    // Neither foreign keys nor the project's own triggers run, where the role may say so.
    let may_hold = may_hold_triggers(session).await?;
    if may_hold {
        session
            .run("filling the copy", "set session_replication_role = replica")
            .await?;
    }
    let mut all = Filled::default();
    for (table, columns) in tables(session, schemas).await? {
        let has_rows = session
            .run(
                "looking for rows",
                &format!("select 1 from {table} limit 1"),
            )
            .await?
            .first()
            .is_some_and(|rows| !rows.is_empty());
        if has_rows {
            continue;
        }
        if fill_table(session, &table, &columns).await {
            all.filled.push(table);
        } else {
            all.empty.push(table);
        }
    }
    if may_hold {
        session
            .run("filling the copy", "reset session_replication_role")
            .await?;
    }
    for table in &all.filled {
        session
            .run("filling the copy", &format!("analyze {table}"))
            .await?;
    }
    Ok(all)
}

/// Whether the role may hold triggers and foreign keys still: a superuser, or who was given the parameter.
pub(super) async fn may_hold_triggers(session: &Session) -> Result<bool> {
    let sql = "select pg_catalog.has_parameter_privilege('session_replication_role', 'set')";
    let results = session.run("asking for a privilege", sql).await?;
    let answer = results
        .first()
        .and_then(|rows| rows.first()?.first()?.clone());
    Ok(answer.as_deref() == Some("t"))
}

async fn tables(session: &Session, schemas: &[&str]) -> Result<Vec<(String, Vec<Column>)>> {
    let sql = format!(
        "with given (schemas) as (select {})\n{}",
        text_array(schemas),
        include_str!("columns.sql")
    );
    let results = session.run("reading the columns of the copy", &sql).await?;
    let mut tables: Vec<(String, Vec<Column>)> = Vec::new();
    for row in results.into_iter().flatten() {
        let mut cells = row.into_iter().skip(1).map(Option::unwrap_or_default);
        let mut next = || cells.next().unwrap_or_default();
        let table = next();
        let column = Column {
            name: next(),
            kind: next(),
            category: next(),
            base: next(),
            modifier: next().parse().unwrap_or_default(),
            required: next() == "t",
            labels: next()
                .split(',')
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect(),
            checks: next(),
        };
        match tables.last_mut().filter(|(name, _)| *name == table) {
            Some((_, columns)) => columns.push(column),
            None => tables.push((table, vec![column])),
        }
    }
    Ok(tables)
}

async fn fill_table(session: &Session, table: &str, columns: &[Column]) -> bool {
    let mut filled = false;
    for number in 1..=ROWS {
        let candidates: Vec<Vec<String>> = columns
            .iter()
            .map(|column| candidates(column, number))
            .collect();
        let mut choice = vec![0; columns.len()];
        for _ in 0..TRIES {
            let values: Vec<&str> = candidates
                .iter()
                .zip(&choice)
                .map(|(candidates, at)| candidates[*at].as_str())
                .collect();
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            let sql = format!(
                "insert into {table} ({}) overriding system value values ({})",
                names.join(", "),
                values.join(", ")
            );
            let Err(failure) = session.batch(&sql).await else {
                filled = true;
                break;
            };
            if !next_choice(&failure, columns, &candidates, &mut choice) {
                break;
            }
        }
    }
    filled
}

/// Moves on to the next combination of the columns that an error speaks of; false when there is none left.
fn next_choice(
    failure: &BatchFailure,
    columns: &[Column],
    candidates: &[Vec<String>],
    choice: &mut [usize],
) -> bool {
    let constraint = failure.constraint().unwrap_or_default();
    let is_meant = |column: &Column| match failure.code() {
        // Not null.
        Some("23502") => failure.column().is_some_and(|name| column.name == name),
        // A check's columns are those whose checks are known; the name of the check often holds the column's.
        Some(_) => !column.checks.trim().is_empty(),
        None => false,
    };
    let named: Vec<usize> = (0..columns.len())
        .filter(|at| {
            is_meant(&columns[*at]) && constraint.contains(columns[*at].name.trim_matches('"'))
        })
        .collect();
    let meant = if named.is_empty() {
        (0..columns.len())
            .filter(|at| is_meant(&columns[*at]))
            .collect()
    } else {
        named
    };
    for at in meant {
        if choice[at] + 1 < candidates[at].len() {
            choice[at] += 1;
            return true;
        }
        choice[at] = 0;
    }
    false
}

/// Values to try, as SQL: the type's own, those that checks name, nothing.
fn candidates(column: &Column, number: usize) -> Vec<String> {
    let mut candidates = vec![value(column, number)];
    let kind = &column.kind;
    for literal in literals(&column.checks) {
        candidates.push(format!("{literal}::{kind}"));
    }
    if column.category == "S" {
        for text in [
            "lower",
            "AAA",
            "EUR",
            "a@example.org",
            "aa",
            "https://example.org",
        ] {
            candidates.push(format!("'{text}'::{kind}"));
        }
    }
    if !column.required {
        candidates.push("null".to_owned());
    }
    candidates
}

/// The texts and numbers of a check.
fn literals(checks: &str) -> Vec<String> {
    let mut literals = Vec::new();
    let mut rest = checks;
    while let Some(start) = rest.find(|part: char| part == '\'' || part.is_ascii_digit()) {
        let inside = &rest[start..];
        let length = match inside.strip_prefix('\'') {
            Some(text) => text.find('\'').map_or(inside.len(), |end| end + 2),
            None => inside
                .find(|part: char| !(part.is_ascii_digit() || part == '.'))
                .unwrap_or(inside.len()),
        };
        let literal = &inside[..length];
        let quoted = if literal.starts_with('\'') {
            literal.to_owned()
        } else {
            format!("'{literal}'")
        };
        if !literals.contains(&quoted) && literals.len() < 8 {
            literals.push(quoted);
        }
        rest = &inside[length..];
    }
    literals
}

/// The n-th value of a type, as SQL.
fn value(column: &Column, number: usize) -> String {
    let kind = &column.kind;
    if !column.labels.is_empty() {
        return format!(
            "{}::{kind}",
            column.labels[(number - 1) % column.labels.len()]
        );
    }
    let text = match (column.category.as_str(), column.base.as_str()) {
        ("A", _) => "{}".to_owned(),
        ("B", _) => "true".to_owned(),
        ("D", "time" | "timetz") => format!("0{number}:00"),
        ("D", _) => format!("2031-01-0{number}"),
        ("T", _) => format!("{number} days"),
        ("I", _) => format!("10.0.0.{number}"),
        ("R", _) => "empty".to_owned(),
        ("N", _) => number.to_string(),
        ("S", _) => number.to_string(),
        ("V", _) => "0".repeat(usize::try_from(column.modifier).unwrap_or(1).max(1)),
        (_, "uuid") => format!("00000000-0000-4000-8000-00000000000{number}"),
        (_, "json" | "jsonb") => "{}".to_owned(),
        (_, "bytea") => format!("\\x0{number}"),
        (_, "vector" | "halfvec") => {
            let dimensions = usize::try_from(column.modifier).unwrap_or(1).max(1);
            format!("[{}]", vec!["1"; dimensions].join(","))
        }
        (_, "xml") => "<a/>".to_owned(),
        (_, "tsvector" | "tsquery") => String::new(),
        ("G", "point") => format!("({number},{number})"),
        (_, "macaddr") => format!("08:00:2b:01:02:0{number}"),
        (_, "pg_lsn") => format!("0/{number}"),
        _ => return "null".to_owned(),
    };
    format!("'{text}'::{kind}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constants_of_a_check_are_worth_trying() {
        assert_eq!(
            literals("CHECK ((kind = ANY (ARRAY['a'::text, 'b'::text])) AND (size >= 10.5))"),
            ["'a'", "'b'", "'10.5'"]
        );
    }
}
