//! After the load, inside its transaction: the tables hold what was sent, byte by byte, and the shares of their labels are
//! those of the file.

use crate::database::Session;
use crate::error::Result;
use crate::report::Check;
use crate::seed::column_type::ColumnType;
use crate::seed::dataset::Dataset;
use crate::seed::encode::{Digest, binary};
use crate::seed::grammar::{Choice, Generator};
use crate::seed::load::{Loaded, last_keys};
use crate::seed::plan::{Mode, Plan};
use crate::seed::staging;
use crate::seed::value::{Value, write_number};
use crate::sql::identifier;

/// Tables of more rows are counted, not read back.
const READ_BACK_UP_TO: u64 = 2_000_000;

/// Digest and number of the rows that a table holds, in the columns that are sent.
///
/// # Errors
/// When it cannot be read.
pub async fn read_back(session: &Session, data: &Dataset, at: usize) -> Result<(Digest, u64)> {
    let table = &data.tables[at];
    let columns: Vec<String> = table
        .stored
        .iter()
        .map(|at| {
            let name = identifier(&table.columns[*at].name);
            match table.columns[*at].data_type {
                // Not every type can be sent in a binary form.
                Some(ColumnType::Other(_)) => format!("{name}::text"),
                _ => name,
            }
        })
        .collect();
    let sql = format!(
        "copy (select {} from {}) to stdout (format binary)",
        columns.join(", "),
        table.alone()
    );
    let mut digest = Digest::default();
    let mut rows = 0;
    let taken = session
        .copy_out(&sql, |message| {
            // The first message has the header in front of its row; the last is the end.
            let row = message.strip_prefix(binary::HEADER).unwrap_or(message);
            if !row.is_empty() && row != binary::TRAILER {
                digest.add(row);
                rows += 1;
            }
        })
        .await;
    taken.map_err(|failure| failure.of_our_own(&format!("reading {} back", table.label)))?;
    Ok((digest, rows))
}

/// Checks what the tables hold, before forced row-level security is back. Where values were sent as texts, the server may
/// keep them in another spelling: there the digest becomes that of what it keeps, which is what data that are moved in
/// time are compared with.
///
/// # Errors
/// When the server does not answer.
pub async fn content(
    session: &Session,
    data: &Dataset,
    plan: &Plan,
    loaded: &mut [Loaded],
    alone: bool,
) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    for (loaded, planned) in loaded.iter_mut().zip(&plan.tables) {
        if planned.mode == Mode::Staged {
            // Others' rows are there too, or policies hide rows from this role; the server has said how many it took.
            continue;
        }
        let table = &data.tables[loaded.table];
        if alone && loaded.rows <= READ_BACK_UP_TO {
            let (digest, rows) = read_back(session, data, loaded.table).await?;
            if staging::is_needed(data, loaded.table) {
                loaded.digest = digest;
            }
            checks.push(made(
                data,
                "seed/content",
                &table.label,
                format!("{} rows, {}", loaded.rows, loaded.digest),
                format!("{rows} rows, {digest}"),
            ));
        } else {
            let sql = format!("select count(*) from {};", table.alone());
            let results = session
                .run(&format!("counting {}", table.label), &sql)
                .await?;
            let rows = results
                .first()
                .and_then(|rows| rows.first()?.first()?.clone())
                .unwrap_or_default();
            checks.push(made(
                data,
                "seed/rows",
                &table.label,
                data.rows(loaded.table).to_string(),
                rows,
            ));
        }
    }
    if plan
        .tables
        .iter()
        .all(|planned| planned.mode != Mode::Staged || planned.beside.is_some())
    {
        checks.extend(shares(session, data, plan).await?);
    }
    Ok(checks)
}

pub(super) fn made(
    data: &Dataset,
    key: &str,
    name: &str,
    expected: String,
    found: String,
) -> Check {
    Check {
        key: key.to_owned(),
        system: data.system.clone(),
        name: name.to_owned(),
        passed: expected == found,
        expected,
        found,
        details: Vec::new(),
        hint: Some(
            "something changed the rows on their way in: a trigger, which rests only where the role owns the table, a rule or a default"
                .to_owned(),
        ),
        place: None,
    }
}

/// Labels that are drawn by weight occur as often as the file says, within five deviations.
async fn shares(session: &Session, data: &Dataset, plan: &Plan) -> Result<Vec<Check>> {
    let mut wanted = Vec::new();
    let mut sql = String::new();
    for at in data.filled() {
        let table = &data.tables[at];
        if plan.facts.shared.contains(&table.label) {
            continue;
        }
        for column in table.stored.iter().map(|at| &table.columns[*at]) {
            let Generator::Choice(choice) = &column.generator else {
                continue;
            };
            let (Choice::Weighted(options), None, 0) = (&**choice, &column.when, column.null)
            else {
                continue;
            };
            // Others may come back in another spelling.
            let is_spelt_alike = matches!(
                column.data_type,
                Some(
                    ColumnType::Bool
                        | ColumnType::Int(_)
                        | ColumnType::Numeric(_)
                        | ColumnType::Text(_)
                        | ColumnType::Character(_)
                        | ColumnType::Enum(_)
                        | ColumnType::Date
                        | ColumnType::Uuid
                )
            );
            if data.rows(at) < 100 || !is_spelt_alike {
                continue;
            }
            let mut before = 0;
            let mut shares = Vec::new();
            for (option, threshold) in options {
                let share = (threshold - before) as f64 / 4_294_967_296.0;
                before = *threshold;
                if let Generator::Constant(value) = option {
                    let mut text = String::new();
                    crate::seed::encode::plain::write_for(
                        data,
                        column.data_type.as_ref(),
                        value,
                        &mut text,
                    );
                    let text = match value {
                        Value::Bool(value) => value.to_string(),
                        Value::Int(_) | Value::Number(_) => {
                            let scale = match column.data_type {
                                Some(ColumnType::Numeric(Some((_, scale)))) => scale,
                                _ => 0,
                            };
                            let mut text = String::new();
                            write_number(&mut text, value.number().unwrap_or(0), scale);
                            text
                        }
                        _ => text,
                    };
                    shares.push((text, share));
                }
            }
            let name = identifier(&column.name);
            sql.push_str(&format!(
                "select {name}::text, count(*) from {} group by 1;",
                table.alone()
            ));
            wanted.push((at, column, shares));
        }
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let results = session.run("counting labels", &sql).await?;
    let mut details = Vec::new();
    for ((at, column, shares), rows) in wanted.iter().zip(&results) {
        let total = data.rows(*at) as f64;
        for (label, share) in shares {
            let found: f64 = rows
                .iter()
                .filter(|row| row.first().cloned().flatten().as_deref() == Some(label))
                .find_map(|row| row.get(1)?.as_ref()?.parse().ok())
                .unwrap_or(0.0);
            let deviation = (total * share * (1.0 - share)).sqrt();
            if (found - total * share).abs() > 5.0 * deviation + 1.0 {
                details.push(format!(
                    "{}.{} is {label} in {found:.0} rows, about {:.0} expected",
                    data.tables[*at].label,
                    column.name,
                    total * share
                ));
            }
        }
    }
    let count = wanted.len();
    let mut check = made(
        data,
        "seed/shares",
        "shares of labels",
        format!("{count} columns as the file says"),
        format!("{} of {count} columns", count - details.len().min(count)),
    );
    check.passed = details.is_empty();
    check.details = details;
    check.hint = None;
    Ok(vec![check])
}

/// Sequences stand at or after the last key.
///
/// # Errors
/// When the server does not answer.
pub async fn sequences(session: &Session, data: &Dataset) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    for at in data.filled() {
        let table = &data.tables[at];
        for (column, last) in last_keys(data, at) {
            let sql = format!(
                "select coalesce((select case when s.goes_up then pg_catalog.pg_sequence_last_value(s.sequence) >= s.last \
                 else pg_catalog.pg_sequence_last_value(s.sequence) <= s.last end from {last} as s), true);"
            );
            let results = session.run("looking at sequences", &sql).await?;
            let holds = results
                .first()
                .and_then(|rows| rows.first()?.first()?.as_deref())
                == Some("t");
            let found = if holds {
                "after the last key"
            } else {
                "before the last key"
            };
            checks.push(made(
                data,
                "seed/sequence",
                &format!("sequence of {}.{column}", table.label),
                "after the last key".to_owned(),
                found.to_owned(),
            ));
        }
    }
    Ok(checks)
}
