//! Which values to try where: what the SQL and the words compare a column with, and what lies beside that.

use std::collections::{BTreeMap, BTreeSet};

use super::reach::{Reach, Texts};
use super::reading::{Constant, Reading};
use crate::catalog::{Catalog, Column, ConstraintKind, TypeKind};
use crate::prove::probe::ProbeContext;
use crate::prove::world::World;

/// A column of the world: table and position.
pub(super) type At = (usize, usize);

/// More labels than this are not tried one by one.
const MOST_LABELS: usize = 32;

/// One value that one column is given in its rows.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) at: At,
    /// As SQL.
    pub(super) value: String,
    /// Tables of the file whose policies may decide otherwise then.
    pub(super) readers: BTreeSet<usize>,
}

/// What there is to try, for the rows and for sessions.
#[derive(Default)]
pub(super) struct Candidates {
    values: BTreeMap<At, BTreeMap<String, BTreeSet<usize>>>,
    /// Setting and value → the tables whose policies read it.
    pub(super) settings: BTreeMap<(String, String), BTreeSet<usize>>,
    /// Tables whose policies compare something with a pattern.
    pub(super) patterns: BTreeSet<usize>,
    /// What reads the clock and compares no column with it: only the present can be tried.
    pub(super) clocks: BTreeSet<String>,
}

/// What a setting is given that is compared with nothing that is written out.
const SWITCHED_ON: [&str; 2] = ["on", "true"];

impl Candidates {
    pub(super) fn of(context: &ProbeContext<'_>) -> Self {
        let mut all = Self::default();
        let texts = Texts::new(context.catalog);
        for reader in 0..context.intent.policies.tables.len() {
            let reach = texts.of(&context.world.tables[reader].name);
            all.of_sql(context, reader, &reach);
        }
        all.of_words(context);
        all
    }

    /// One value of one column at a time.
    pub(super) fn each(self) -> Vec<Candidate> {
        let columns = self.values.into_iter();
        columns
            .flat_map(|(at, values)| {
                values
                    .into_iter()
                    .map(move |(value, readers)| Candidate { at, value, readers })
            })
            .collect()
    }

    fn add(&mut self, at: At, value: String, reader: usize) {
        let values = self.values.entry(at).or_default();
        values.entry(value).or_default().insert(reader);
    }

    fn of_sql(&mut self, context: &ProbeContext<'_>, reader: usize, reach: &Reach) {
        let columns = columns(context.world, reader, reach);
        if reach.has_pattern() {
            self.patterns.insert(reader);
        }
        let has_moment = columns
            .iter()
            .any(|at| is_moment(&context.world.tables[at.0].columns[at.1]));
        for (label, reading) in &reach.texts {
            if reading.has_clock && !has_moment {
                self.clocks.insert(label.clone());
            }
            for name in &reading.settings {
                let compared = reading.constants.iter();
                let compared = compared.filter(|one| one.setting.as_ref() == Some(name));
                let values = compared
                    .map(|one| one.value.as_str())
                    .filter(|one| !one.is_empty());
                for value in values.chain(SWITCHED_ON) {
                    let key = (name.clone(), value.to_owned());
                    self.settings.entry(key).or_default().insert(reader);
                }
            }
            for constant in &reading.constants {
                let mut targets = targets(context, &columns, constant);
                if targets.is_empty() && reads_tenant(context, reading) {
                    // What stands in for a tenant where a session has none.
                    targets.extend(context.hints.tenants.iter().filter(|(of, _)| *of == reader));
                }
                for at in targets {
                    let column = &context.world.tables[at.0].columns[at.1];
                    for value in beside(column, constant, reading.has_clock, reading.has_pattern) {
                        self.add(at, value, reader);
                    }
                    for value in listed(context.catalog, column) {
                        self.add(at, value, reader);
                    }
                    if !column.not_null {
                        self.add(at, "null".to_owned(), reader);
                    }
                }
            }
        }
    }

    /// What the words compare columns with, however long the list.
    fn of_words(&mut self, context: &ProbeContext<'_>) {
        for (at, values) in &context.hints.literals {
            let column = &context.world.tables[at.0].columns[at.1];
            let mut readers: Vec<usize> = context
                .hints
                .reads
                .iter()
                .filter(|(_, reads)| reads.contains(&at.0))
                .map(|(reader, _)| *reader)
                .collect();
            if at.0 < context.intent.policies.tables.len() {
                readers.push(at.0);
            }
            for reader in readers {
                for value in values {
                    let constant = Constant {
                        value: value.clone(),
                        is_number: value.parse::<f64>().is_ok(),
                        beside: Vec::new(),
                        setting: None,
                    };
                    for value in beside(column, &constant, false, false) {
                        self.add(*at, value, reader);
                    }
                }
                for value in listed(context.catalog, column) {
                    self.add(*at, value, reader);
                }
            }
        }
    }
}

/// Whether a text reads the setting of the session's tenant.
fn reads_tenant(context: &ProbeContext<'_>, reading: &Reading) -> bool {
    let tenant = context.intent.policies.context.tenant.as_ref();
    tenant.is_some_and(|tenant| reading.settings.contains(&tenant.setting))
}

/// The columns that the SQL behind a table's policies names.
fn columns(world: &World, reader: usize, reach: &Reach) -> Vec<At> {
    let mut columns = Vec::new();
    for (at, table) in world.tables.iter().enumerate() {
        if at != reader && !reach.names(&table.name.name) {
            continue;
        }
        let named = table.columns.iter().enumerate();
        let named = named.filter(|(_, column)| reach.names(&column.name));
        columns.extend(named.map(|(column, _)| (at, column)));
    }
    columns
}

/// The columns that a constant is compared with; of a function's argument, those that the function may compare it with.
fn targets(context: &ProbeContext<'_>, columns: &[At], constant: &Constant) -> Vec<At> {
    let column = |at: &At| &context.world.tables[at.0].columns[at.1];
    let direct: Vec<At> = columns
        .iter()
        .copied()
        .filter(|at| constant.beside.contains(&column(at).name))
        .collect();
    if !direct.is_empty() {
        return direct;
    }
    let function = constant.beside.iter().find_map(|word| {
        let mut functions = context.catalog.functions.iter();
        functions.find(|one| one.name.name == *word && !one.signature.is_empty())
    });
    // The application's roles are compared with the session's, and not with rows.
    let roles = &context.intent.policies.roles;
    let is_role = roles.iter().any(|role| role.name == constant.value);
    if function.is_none() || is_role {
        return Vec::new();
    }
    columns
        .iter()
        .copied()
        .filter(|at| is_textual(column(at)) && !context.hints.users.contains(at))
        .collect()
}

fn is_moment(column: &Column) -> bool {
    ["timestamptz", "timestamp", "date"].contains(&column.type_name.name.as_str())
}

fn is_textual(column: &Column) -> bool {
    let kind = column.type_name.name.as_str();
    ["text", "varchar", "bpchar", "citext", "name"].contains(&kind)
        || column.type_name.schema != "pg_catalog"
}

/// A constant and its neighbours, as SQL.
fn beside(column: &Column, constant: &Constant, has_clock: bool, has_pattern: bool) -> Vec<String> {
    let text = &constant.value;
    let quoted = |text: &str| crate::sql::literal(text);
    let kind = column.type_name.name.as_str();
    if is_moment(column) && has_clock && !constant.is_number && text.parse::<f64>().is_err() {
        // Whether it is a span of time the server says: what it does not take is not tried.
        return [("-", "-"), ("-", "+"), ("+", "-"), ("+", "+")]
            .iter()
            .map(|(sign, beside)| {
                format!(
                    "pg_catalog.now() {sign} {}::interval {beside} '1 hour'::interval",
                    quoted(text)
                )
            })
            .chain([quoted(text)])
            .collect();
    }
    if let Ok(number) = text.parse::<i64>()
        && !is_textual(column)
    {
        let numbers = [number.checked_sub(1), Some(number), number.checked_add(1)];
        return numbers
            .iter()
            .flatten()
            .map(|one| quoted(&one.to_string()))
            .collect();
    }
    let mut values = vec![quoted(text)];
    // To some types either case is the same.
    if is_textual(column) && kind != "citext" {
        let (lower, upper) = (text.to_lowercase(), text.to_uppercase());
        values.extend(
            [lower, upper]
                .iter()
                .filter(|one| *one != text)
                .map(|one| quoted(one)),
        );
        if has_pattern {
            let bare: String = text
                .chars()
                .filter(|letter| !"%_^$.*".contains(*letter))
                .collect();
            values.extend(
                [format!("{bare}x"), format!("x{bare}"), bare]
                    .iter()
                    .map(|one| quoted(one)),
            );
        }
    }
    values
}

/// What an enum or a check lists.
fn listed(catalog: &Catalog, column: &Column) -> Vec<String> {
    let found = catalog
        .types
        .iter()
        .find(|one| one.name == column.type_name);
    let labels = match found.map(|one| &one.kind) {
        Some(TypeKind::Enum { labels }) => labels.clone(),
        _ => {
            let checks = catalog.constraints.iter().filter(|one| {
                one.kind == ConstraintKind::Check
                    && one.relation == column.relation
                    && one.columns == [column.name.clone()]
            });
            let constants = checks.flat_map(|one| super::reading::read(&one.definition).constants);
            constants
                .filter(|one| !one.is_number)
                .map(|one| one.value)
                .collect()
        }
    };
    let few = labels.len() <= MOST_LABELS;
    let labels = labels.iter().filter(|_| few);
    labels.map(|one| crate::sql::literal(one)).collect()
}
