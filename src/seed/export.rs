//! The data as files that psql loads: SQL statements, CSV, or the binary form of COPY, made in one pass in constant memory.

use std::io::{self, Write};

use crate::catalog::{Catalog, Constraint};
use crate::error::Result;
use crate::seed::dataset::Dataset;
use crate::seed::encode::{Encoded, binary, plain};
use crate::seed::generate::{Pieces, Rows, Worker};
use crate::seed::maker::Maker;
use crate::seed::plan::{Facts, Mode, Plan, TablePlan, resting_triggers};
use crate::seed::value::Value;
use crate::seed::{load, rebuild, staging};
use crate::sql::{identifier, literal};

/// What the files look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One file of `insert` statements.
    Sql,
    /// One CSV file for each table, and a script that loads them.
    Csv,
    /// One file in the binary form of COPY for each table, and a script that loads them.
    Copy,
}

/// Rows of an `insert` statement.
const ROWS_A_STATEMENT: u64 = 500;

/// Writes one table.
///
/// # Errors
/// When a row cannot be made.
pub fn table(data: &Dataset, at: usize, form: Form, out: &mut dyn Write) -> Result<io::Result<()>> {
    let mut sizes = vec![1; data.tables.len()];
    sizes[at] = 512;
    let mut pieces = Pieces::new(vec![at], sizes, Vec::new());
    let mut maker = Maker::new(data);
    let mut writer = Writer {
        data,
        at,
        form,
        rows: 0,
        text: String::new(),
    };
    if form == Form::Copy
        && let Err(error) = out.write_all(binary::HEADER)
    {
        return Ok(Err(error));
    }
    while let Some(piece) = pieces.next(data) {
        let written = if form == Form::Copy {
            let mut encoded = Encoded::default();
            maker.encode(piece, &mut encoded)?;
            out.write_all(&encoded.bytes)
        } else {
            let mut rows = Rows::new(piece);
            writer.rows_of(&mut rows, &mut maker.worker)?;
            let written = out.write_all(writer.text.as_bytes());
            writer.text.clear();
            written
        };
        if let Err(error) = written {
            return Ok(Err(error));
        }
    }
    let end: &[u8] = match form {
        Form::Copy => binary::TRAILER,
        Form::Sql if writer.rows > 0 => b";\n",
        _ => b"",
    };
    Ok(out.write_all(end))
}

/// The statement that makes the rows of a table of which nothing is sent.
fn rows_of_nothing(data: &Dataset, at: usize) -> String {
    format!(
        "insert into {} overriding system value select from pg_catalog.generate_series(1, {})",
        data.tables[at].name,
        data.rows(at)
    )
}

struct Writer<'d> {
    data: &'d Dataset,
    at: usize,
    form: Form,
    rows: u64,
    text: String,
}

impl Writer<'_> {
    fn rows_of(&mut self, rows: &mut Rows, worker: &mut Worker<'_>) -> Result<()> {
        let table = &self.data.tables[self.at];
        while let Some(values) = rows.next_values(worker) {
            match self.form {
                Form::Sql if table.stored.is_empty() => {
                    let first = rows_of_nothing(self.data, self.at);
                    self.text.push_str(if self.rows > 0 { "" } else { &first });
                }
                Form::Sql => {
                    if self.rows.is_multiple_of(ROWS_A_STATEMENT) {
                        let columns: Vec<String> = table
                            .stored
                            .iter()
                            .map(|at| identifier(&table.columns[*at].name))
                            .collect();
                        self.text.push_str(if self.rows > 0 { ";\n" } else { "" });
                        self.text.push_str(&format!(
                            "insert into {} ({}) overriding system value values\n",
                            table.name,
                            columns.join(", ")
                        ));
                    } else {
                        self.text.push_str(",\n");
                    }
                    self.text.push('(');
                    self.fields(&values, ", ");
                    self.text.push(')');
                }
                _ => {
                    self.fields(&values, ",");
                    self.text.push('\n');
                }
            }
            self.rows += 1;
        }
        worker.verdict()
    }

    fn fields(&mut self, values: &[Value], between: &str) {
        let table = &self.data.tables[self.at];
        for (position, (value, column)) in values.iter().zip(&table.stored).enumerate() {
            if position > 0 {
                self.text.push_str(between);
            }
            let mut field = String::new();
            let text = if matches!(value, Value::Null | Value::Unset) {
                None
            } else {
                plain::write_for(
                    self.data,
                    table.columns[*column].data_type.as_ref(),
                    value,
                    &mut field,
                );
                Some(field.as_str())
            };
            match (self.form, text) {
                (Form::Sql, None) => self.text.push_str("null"),
                (Form::Sql, Some(text)) => self.text.push_str(&literal(text)),
                _ => plain::csv_field(text, &mut self.text),
            }
        }
    }
}

/// The script that loads the files of all tables, in one transaction. Triggers rest, so that what was exported is what
/// is there afterwards; foreign keys to rows that come later are dropped and added again; sequences go on after the keys.
#[must_use]
pub fn script(data: &Dataset, catalog: &Catalog, form: Form) -> String {
    let plan = later_keys(data, catalog);
    let mut sql = format!(
        "-- {} rows of {} as of {}, seed {}. Load with: psql -v ON_ERROR_STOP=1 -f load.sql\nbegin;\nset local timezone = 'UTC';\n",
        data.filled().map(|at| data.rows(at)).sum::<u64>(),
        data.system,
        data.shown_as_of(),
        data.seed
    );
    sql.push_str(&rebuild::before(data, &plan));
    for at in data.filled() {
        let table = &data.tables[at];
        let columns = staging::columns(data, at);
        match form {
            Form::Sql => sql.push_str(&format!("\\ir {}\n", file_name(data, at, form))),
            // Empty lines are no rows of a table with columns.
            Form::Csv if table.stored.is_empty() => {
                sql.push_str(&format!("{};\n", rows_of_nothing(data, at)));
            }
            Form::Csv => sql.push_str(&format!(
                "\\copy {}{columns} from '{}' (format csv)\n",
                table.name,
                file_name(data, at, form)
            )),
            Form::Copy if staging::is_needed(data, at) => sql.push_str(&format!(
                "{};\n\\copy {}{columns} from '{}' (format binary)\n{};\n",
                staging::create(data, at),
                staging::name(at),
                file_name(data, at, form),
                staging::insert(data, at, &table.name.to_string())
            )),
            Form::Copy => sql.push_str(&format!(
                "\\copy {}{columns} from '{}' (format binary)\n",
                table.name,
                file_name(data, at, form)
            )),
        }
    }
    sql.push_str(&rebuild::after(data, &plan));
    let sequences: String = data.filled().map(|at| load::sequences(data, at)).collect();
    if !sequences.is_empty() {
        // In a block, so that psql shows no results.
        let sequences = sequences.replace("select pg_catalog.setval", "perform pg_catalog.setval");
        sql.push_str(&format!(
            "do $sequences$ begin\n{sequences}end $sequences$;\n"
        ));
    }
    let names: Vec<String> = data
        .filled()
        .map(|at| data.tables[at].name.to_string())
        .collect();
    sql.push_str(&format!("commit;\nanalyze {};\n", names.join(", ")));
    sql
}

/// Foreign keys that rows would break for as long as others are not there.
fn later_keys(data: &Dataset, catalog: &Catalog) -> Plan {
    let order: Vec<usize> = data.filled().collect();
    let tables = order.iter().enumerate().map(|(place, at)| {
        let name = &data.tables[*at].name;
        let is_later = |constraint: &&Constraint| {
            let target = constraint
                .references
                .as_ref()
                .filter(|_| constraint.relation == *name);
            target.is_some_and(|target| {
                let later = order[place..].iter();
                later
                    .map(|other| &data.tables[*other].name)
                    .any(|other| *other == target.relation)
            })
        };
        TablePlan {
            table: *at,
            rows: data.rows(*at),
            bytes: 0,
            mode: Mode::Rebuild,
            reason: String::new(),
            triggers: resting_triggers(catalog, name),
            rules: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: catalog
                .constraints
                .iter()
                .filter(is_later)
                .cloned()
                .collect(),
            // Its owner is bound by them as well, and may not load by COPY then.
            lift_force: catalog
                .relation(name)
                .is_some_and(|relation| relation.force_row_security),
            beside: None,
        }
    });
    Plan {
        tables: tables.collect(),
        facts: Facts::default(),
    }
}

/// The name of a table's file: letters, digits, points, dashes and underscores of the table's name, and all other bytes by
/// their numbers, so that every file system takes it and psql reads it as one word.
#[must_use]
pub fn file_name(data: &Dataset, at: usize, form: Form) -> String {
    let end = match form {
        Form::Sql => "sql",
        Form::Csv => "csv",
        Form::Copy => "copy",
    };
    let mut name = String::new();
    for byte in data.tables[at].label.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02x}"));
        }
    }
    format!("{name}.{end}")
}
