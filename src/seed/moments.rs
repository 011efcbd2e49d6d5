//! Which values are points in time, told from their generators: what moves with the present day also inside of JSON.

use std::collections::BTreeMap;

use crate::seed::column_type::ColumnType;
use crate::seed::dataset::{Dataset, Shape};
use crate::seed::expression::{End, Expression, Function, Hop, Operator, Path};
use crate::seed::grammar::{Choice, Family, Generator};
use crate::seed::value::Value;

/// Where the points in time lie in a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moments {
    /// The value is one.
    Here,
    /// Under these keys.
    Keys(BTreeMap<Box<str>, Self>),
    /// In the items of an array.
    Items(Box<Self>),
}

impl Moments {
    /// Both together; what does not go together is left alone.
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Keys(mut keys), Self::Keys(others)) => {
                for (key, moments) in others {
                    let both = match keys.remove(&key) {
                        Some(known) => known.with(moments),
                        None => moments,
                    };
                    keys.insert(key, both);
                }
                Self::Keys(keys)
            }
            (Self::Items(items), Self::Items(others)) => Self::Items(Box::new(items.with(*others))),
            (known, _) => known,
        }
    }
}

/// References that are followed to find out what a value is.
const DEEPEST: u32 = 24;

/// The points in time in the JSON values of a column.
#[must_use]
pub fn inside(data: &Dataset, table: usize, column: usize) -> Option<Moments> {
    let search = Search { data, depth: 0 };
    search.inside(table, &data.tables[table].columns[column].generator)
}

#[derive(Clone, Copy)]
struct Search<'d> {
    data: &'d Dataset,
    depth: u32,
}

impl Search<'_> {
    fn inside(self, table: usize, generator: &Generator) -> Option<Moments> {
        let all = |options: &mut dyn Iterator<Item = &Generator>| {
            options
                .filter_map(|option| self.inside(table, option))
                .reduce(Moments::with)
        };
        match generator {
            Generator::Json(json) => {
                let members = json.members().filter_map(|(key, member)| {
                    let found = if self.is_time(table, member) {
                        Moments::Here
                    } else {
                        self.inside(table, member)?
                    };
                    Some((key, found))
                });
                if json.is_array() {
                    return members
                        .map(|(_, found)| found)
                        .reduce(Moments::with)
                        .map(|found| Moments::Items(Box::new(found)));
                }
                let keys: BTreeMap<Box<str>, Moments> = members
                    .map(|(key, found)| (Box::from(key), found))
                    .collect();
                if keys.is_empty() {
                    return None;
                }
                let keys = Moments::Keys(keys);
                Some(if json.is_list() {
                    Moments::Items(Box::new(keys))
                } else {
                    keys
                })
            }
            Generator::Case(case) => all(&mut case.results()),
            Generator::Nth(options) => all(&mut options.iter()),
            Generator::Choice(choice) => match &**choice {
                Choice::Weighted(options) => all(&mut options.iter().map(|(option, _)| option)),
                Choice::Listed { .. } => None,
            },
            Generator::Copy(copy) => copy
                .sources()
                .filter_map(|path| {
                    let (table, column) = self.end(table, path)?;
                    self.deeper()?
                        .inside(table, &self.data.tables[table].columns[column].generator)
                })
                .reduce(Moments::with),
            _ => None,
        }
    }

    fn deeper(self) -> Option<Self> {
        (self.depth < DEEPEST).then_some(Self {
            depth: self.depth + 1,
            ..self
        })
    }

    /// Whether a generator makes points in time.
    fn is_time(self, table: usize, generator: &Generator) -> bool {
        match generator {
            Generator::Constant(value) => is_moment(value),
            Generator::Date(_) | Generator::After(_) | Generator::Calendar { .. } => true,
            Generator::Copy(copy) => copy.sources().any(|path| self.leads_to_time(table, path)),
            Generator::Value(expression) => self.is_time_expression(table, expression),
            Generator::Case(case) => case.results().any(|result| self.is_time(table, result)),
            Generator::Nth(options) => options.iter().any(|option| self.is_time(table, option)),
            Generator::Choice(choice) => match &**choice {
                Choice::Weighted(options) => options
                    .iter()
                    .any(|(option, _)| self.is_time(table, option)),
                Choice::Listed { .. } => false,
            },
            Generator::Reference(reference) => reference
                .column
                .is_some_and(|column| self.is_time_column(reference.target, column)),
            Generator::Family(Family::Last { table, column, .. }) => {
                self.is_time_column(*table, *column)
            }
            _ => false,
        }
    }

    fn is_time_column(self, table: usize, column: usize) -> bool {
        let made = &self.data.tables[table].columns[column];
        match &made.data_type {
            Some(data_type) => matches!(data_type, ColumnType::Date | ColumnType::Timestamp),
            None => self
                .deeper()
                .is_some_and(|deeper| deeper.is_time(table, &made.generator)),
        }
    }

    fn leads_to_time(self, table: usize, path: &Path) -> bool {
        if matches!(path.end, End::Day | End::Present) {
            return true;
        }
        self.end(table, path)
            .is_some_and(|(table, column)| self.is_time_column(table, column))
    }

    /// The table and column that a name ends at.
    fn end(self, mut table: usize, path: &Path) -> Option<(usize, usize)> {
        for hop in &path.hops {
            table = match hop {
                Hop::Reference(column) => self.data.tables[table].columns[*column]
                    .generator
                    .target()?,
                Hop::Parent => self.data.tables[table].shape.parent()?,
                Hop::Previous => table,
            };
        }
        let is_filled = !matches!(self.data.tables[table].shape, Shape::Existing(_));
        match path.end {
            End::Column(column) if is_filled => Some((table, column)),
            _ => None,
        }
    }

    fn is_time_expression(self, table: usize, expression: &Expression) -> bool {
        let is_time = |part: &Expression| self.is_time_expression(table, part);
        match expression {
            Expression::Constant(value) => is_moment(value),
            Expression::Path(path) => self.leads_to_time(table, path),
            Expression::Arithmetic(Operator::Add, one, other) => is_time(one) || is_time(other),
            // The difference of two days is a number.
            Expression::Arithmetic(Operator::Subtract, one, other) => {
                is_time(one) && !is_time(other)
            }
            Expression::Call(Function::If, arguments) => arguments[1..].iter().any(is_time),
            Expression::Call(
                Function::Coalesce
                | Function::Least
                | Function::Greatest
                | Function::Week
                | Function::Workday,
                arguments,
            ) => arguments.iter().any(is_time),
            _ => false,
        }
    }
}

fn is_moment(value: &Value) -> bool {
    matches!(value, Value::Date(_) | Value::Timestamp(_))
}
