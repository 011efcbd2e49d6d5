//! A seed file joined with the catalog: every table, column and generator resolved, ready to make rows.
//!
//! Counts are those of one *pod*: a whole agency, shop or clinic as the file describes it. `--scale 200` makes 200
//! pods in every tenant, each closed in itself, so that a row is the same at every scale and what has to be
//! remembered does not grow. A row is addressed by tenant, pod and its index inside the pod.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::catalog::Name;
use crate::error::Place;
use crate::seed::column_type::{ColumnType, Comparison};
use crate::seed::expression::Expression;
use crate::seed::grammar::Generator;
use crate::seed::scale::Scale;
use crate::seed::value::random::{join, mix};
use crate::seed::value::{Value, date};
use crate::seed::words::Words;

/// A seed file, checked and resolved.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(Default))]
pub struct Dataset {
    /// The system that the file belongs to.
    pub system: String,
    /// The contract of the value functions; 1.
    pub format: i64,
    /// The number that all randomness comes from.
    pub seed: i64,
    /// The present day that the file was written for.
    pub as_of: i32,
    /// Days, a multiple of 7, by which every date and time is moved on its way out.
    pub shift: i32,
    /// How many pods.
    pub scale: Scale,
    /// The tenants; one without a name when the file has none.
    pub tenants: Vec<Tenant>,
    /// The setting that names the tenant to row-level security, if the file says so.
    pub tenant_setting: Option<String>,
    /// Lists and phrases.
    pub words: Words,
    /// The tables, in the order of the file.
    pub tables: Vec<Table>,
    /// Positions in `tables`, referenced ones first.
    pub order: Vec<usize>,
    /// What must differ, and how it is known to.
    pub uniques: Vec<Unique>,
    /// Questions that show what the data are worth.
    pub shows: Vec<Show>,
    /// Sums made so far.
    pub sums: Sums,
    /// SHA-256 of the file and its word lists.
    pub fingerprint: String,
}

/// A table, a column, a tenant and a pod.
pub type SumKey = (usize, usize, u32, u32);

/// Sums over the rows of pods, made once by whichever thread needs them first. A number for each row that is summed for,
/// whatever the number of rows that are summed.
#[derive(Debug, Default)]
pub struct Sums(RwLock<HashMap<SumKey, Arc<Vec<i64>>>>);

impl Clone for Sums {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Sums {
    pub(crate) fn get(&self, key: &SumKey) -> Option<Arc<Vec<i64>>> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }

    pub(crate) fn put(&self, key: SumKey, values: Vec<i64>) -> Arc<Vec<i64>> {
        let mut sums = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(sums.entry(key).or_insert_with(|| Arc::new(values)))
    }
}

/// Whoever the rows belong to.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its name in the file.
    pub name: String,
    /// Its id, unless it is the key of a seeded row.
    pub id: Value,
    /// What makes its rows differ from those of others.
    pub key: u64,
}

/// A table that is filled.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: Name,
    /// Its name as the file writes it.
    pub label: String,
    /// Its columns and its helper values.
    pub columns: Vec<Column>,
    /// Positions in `columns` of those that are sent, in the order of the table.
    pub stored: Vec<usize>,
    /// What makes its keys differ from those of other tables.
    pub key: u64,
    /// How its rows come about.
    pub shape: Shape,
    /// Whether it has rows of each tenant.
    pub by_tenant: bool,
    /// Whether it stays as it is when the scale grows.
    pub fixed: bool,
    /// Rows that a part of a pod has at least, when the whole has as many.
    pub least: u64,
    /// Rows given literally: for each of the first rows its columns.
    pub first: Vec<Vec<(usize, Value)>>,
    /// The tenant whose first rows are given literally; all of them when `None`.
    pub first_of: Option<usize>,
    /// For each tenant, where each of its pods begins, and the total at the end.
    pub pods: Vec<Vec<u64>>,
    /// Where the file speaks of it.
    pub place: Place,
    /// What the server asks of its rows.
    pub rules: Vec<Rule>,
    /// Whether its rows are in partitions.
    pub partitioned: bool,
}

impl Table {
    /// The table without those that inherit from it: what the file fills. The rows of a partitioned one are in others.
    #[must_use]
    pub fn alone(&self) -> String {
        let only = if self.partitioned { "" } else { "only " };
        format!("{only}{}", self.name)
    }
}

/// A constraint, for whoever has to mend a row that breaks it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The columns it speaks of.
    pub columns: Vec<usize>,
    /// The whole as SQL.
    pub definition: String,
}

/// How the rows of a table come about.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A number of rows for each tenant.
    Rows(Vec<u64>),
    /// So many rows for each row of another table.
    Per {
        /// The other table.
        parent: usize,
        /// Least number.
        least: u32,
        /// Greatest number.
        most: u32,
        /// The number where it follows from the parent, which is `it`.
        number: Option<Expression>,
        /// Parents that get none when it is false; it sees the parent as `it`.
        condition: Option<Expression>,
    },
    /// Rows on the days of the rows of another table, usually people.
    Calendar(Box<Calendar>),
    /// Rows that are in the database already; nothing is made.
    Existing(Existing),
}

/// Which days, and how many rows on each.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The table of the people.
    pub who: usize,
    /// Rows of each tenant; none when every day has as many as it has room for by its draw.
    pub rows: Option<Vec<u64>>,
    /// Least and most rows on a day.
    pub per_day: (u32, u32),
    /// First and last day.
    pub between: (i32, i32),
    /// One row of days for each week (its Monday) instead of each day.
    pub weekly: bool,
    /// Bit n: whether the weekday n (0 is Monday) is a working day.
    pub weekdays: u8,
    /// Days on which nobody works, before everything is moved.
    pub holidays: Vec<i32>,
    /// Whether some of them come every year, and stay where they are when everything is moved.
    pub yearly: bool,
    /// Chance of a day off, in blocks, as a threshold.
    pub absent: u64,
    /// Chance of work on another day.
    pub weekend: u64,
    /// Column of `who` before whose day nothing happens.
    pub from: Option<usize>,
    /// Column of `who` after whose day nothing happens.
    pub until: Option<usize>,
}

/// Rows of a table that the file does not fill but refers to.
#[derive(Clone, Debug, Default)]
pub struct Existing {
    /// For each tenant, its rows: values of the columns, in the order of the table's `columns`.
    pub rows: Vec<Vec<Vec<Value>>>,
}

/// A column, or a helper value that is not stored.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What makes its draws differ from those of other columns.
    pub key: u64,
    /// Where its values come from.
    pub generator: Generator,
    /// Chance of null, as a threshold.
    pub null: u64,
    /// Null where it is false.
    pub when: Option<Expression>,
    /// Its type; `None` for a helper value.
    pub data_type: Option<ColumnType>,
    /// Whether null is refused.
    pub not_null: bool,
    /// How the server compares its values.
    pub comparison: Comparison,
    /// Where the file speaks of it; the table's place when it was inferred.
    pub place: Place,
    /// Whether it was inferred.
    pub inferred: Option<&'static str>,
}

/// Columns that together must differ from row to row.
#[derive(Clone, Debug)]
pub struct Unique {
    /// The table.
    pub table: usize,
    /// The constraint or index.
    pub name: String,
    /// The columns; none of a tenant's other than the tenant itself can be in the way of each other.
    pub columns: Vec<usize>,
    /// Whether two nulls are alike.
    pub nulls_alike: bool,
    /// The rows that it is about; all of them when `None`.
    pub predicate: Option<Expression>,
    /// How they are known to differ: a reason, or `None` when the rows must be counted.
    pub proof: Option<String>,
}

/// A question.
#[derive(Clone, Debug)]
pub struct Show {
    /// The heading of the answer.
    pub title: String,
    /// The tenant's position, if it is asked for one.
    pub tenant: Option<usize>,
    /// The role that asks.
    pub role: Option<String>,
    /// A statement that says who asks, run before the role is taken on: it may look up the person.
    pub sign_in: Option<String>,
    /// What stands for `{vector}`.
    pub vector: Option<Arc<[f32]>>,
    /// The question; its columns become those of the answer.
    pub sql: String,
}

/// Which row of which tenant and pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Address {
    /// The tenant, 0 in tables that have none.
    pub tenant: u32,
    /// The pod.
    pub pod: u32,
    /// The index in the pod.
    pub index: u32,
}

impl Dataset {
    /// The part of a row's identity that all its cells share.
    #[must_use]
    pub fn row_key(&self, table: usize, address: Address) -> u64 {
        let tenant = if self.tables[table].by_tenant {
            self.tenants[address.tenant as usize].key
        } else {
            0
        };
        mix(tenant.wrapping_add(
            (u64::from(address.pod) << 32 | u64::from(address.index))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15),
        ))
    }

    /// Rows of a table in a pod.
    #[must_use]
    pub fn rows_in(&self, table: usize, tenant: u32, pod: u32) -> u32 {
        let pods = &self.tables[table].pods[tenant as usize];
        (pods[pod as usize + 1] - pods[pod as usize]) as u32
    }

    /// A row's number in its tenant, from 0.
    #[must_use]
    pub fn number(&self, table: usize, address: Address) -> u64 {
        self.tables[table].pods[address.tenant as usize][address.pod as usize]
            + u64::from(address.index)
    }

    /// Whether some days stay where they are when everything else is moved in time.
    #[must_use]
    pub fn keeps_days(&self) -> bool {
        self.tables
            .iter()
            .any(|table| matches!(&table.shape, Shape::Calendar(calendar) if calendar.yearly))
    }

    /// A row's number in its table, from 0; the same at every scale.
    #[must_use]
    pub fn global_number(&self, table: usize, address: Address) -> u64 {
        let tenants = self.tables[table].pods.len() as u64;
        self.number(table, address) * tenants + u64::from(address.tenant)
    }

    /// All rows of a table.
    #[must_use]
    pub fn rows(&self, table: usize) -> u64 {
        self.tables[table]
            .pods
            .iter()
            .map(|pods| pods.last().copied().unwrap_or(0))
            .sum()
    }

    /// The tenant's and pod's counterpart in another table.
    #[must_use]
    pub fn pod_in(&self, table: usize, tenant: u32, pod: u32) -> (u32, u32) {
        let table = &self.tables[table];
        let tenant = if table.by_tenant { tenant } else { 0 };
        let pods = table.pods[tenant as usize].len() as u32 - 1;
        (tenant, pod.min(pods - 1))
    }

    /// A pod of each kind that a table has, by tenant: the first, for which all whole ones stand, and a last one in part.
    #[must_use]
    pub fn kinds_of_pods(&self, table: usize) -> Vec<(u32, u32)> {
        let mut kinds = Vec::new();
        for (tenant, pods) in self.tables[table].pods.iter().enumerate() {
            let last = pods.len() as u32 - 2;
            kinds.push((tenant as u32, 0));
            if last > 0 && !self.scale.0.is_multiple_of(1000) {
                kinds.push((tenant as u32, last));
            }
        }
        kinds
    }

    /// Tables that the file fills, referenced ones first.
    pub fn filled(&self) -> impl Iterator<Item = usize> {
        self.order
            .iter()
            .copied()
            .filter(|table| !matches!(self.tables[*table].shape, Shape::Existing(_)))
    }

    /// The present day of the data as they are sent.
    #[must_use]
    pub fn shown_as_of(&self) -> String {
        let mut text = String::new();
        date::write(&mut text, self.as_of + self.shift);
        text
    }

    /// The text of a value that is one.
    #[must_use]
    pub fn text<'a>(&'a self, value: &'a Value) -> Option<&'a str> {
        match value {
            Value::Word(word) => Some(self.words.text(*word)),
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The key of a column's draws.
#[must_use]
pub fn column_key(seed: i64, table: u64, column: u64) -> u64 {
    join(join(seed as u64, table), column)
}
