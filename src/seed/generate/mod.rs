//! Rows from a [`Dataset`]: any cell of any row, by its address, in any order, on any thread.

mod calendar;
mod draw;
mod evaluate;
mod pods;
mod refer;
mod rows;

use std::sync::Arc;

pub use rows::{Piece, Pieces, Rows};

use crate::error::{Error, Result};
use crate::seed::dataset::{Address, Dataset, Shape, SumKey};
use crate::seed::expression::{End, Hop, Path, Root};
use crate::seed::value::Value;
use crate::seed::value::random::{Draw, QuickMap, join};
pub(crate) use pods::{PodRows, shared_key};
pub(crate) use refer::{Candidates, Choices};

/// Rows kept at hand for each table that others refer to; a power of two.
const KEPT_ROWS: usize = 1024;

/// No row.
pub(crate) const NOWHERE: u32 = u32::MAX;

/// One row while its cells are being computed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) table: usize,
    pub(crate) address: Address,
    pub(crate) key: u64,
    pub(crate) spot: Spot,
    cells: Vec<Value>,
    /// For columns that refer: the index of the row they refer to.
    pub(crate) targets: Vec<u32>,
}

/// Where a row stands under its parent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spot {
    /// The parent's index in the pod.
    pub(crate) parent: u32,
    /// The row's place under its parent (under its day, for a calendar), from 0.
    pub(crate) order: u32,
    /// How many rows stand there.
    pub(crate) siblings: u32,
    /// The day of a calendar's row.
    pub(crate) day: i32,
}

/// The rows that an expression may speak of.
pub(crate) struct InScope<'a> {
    pub(crate) row: &'a mut Row,
    pub(crate) it: Option<&'a mut Row>,
    pub(crate) via: Option<&'a mut Row>,
}

impl<'a> InScope<'a> {
    /// A row alone.
    pub(crate) fn of(row: &'a mut Row) -> Self {
        Self {
            row,
            it: None,
            via: None,
        }
    }
}

/// Computes cells. Each thread has its own; what it remembers is bounded and changes nothing.
pub struct Worker<'d> {
    pub(crate) data: &'d Dataset,
    kept: Vec<Vec<Option<Box<Row>>>>,
    #[expect(
        clippy::vec_box,
        reason = "rows move between here and their places without being copied"
    )]
    spare: Vec<Box<Row>>,
    pods: Vec<Vec<Arc<PodRows>>>,
    days: Vec<Vec<Arc<calendar::Days>>>,
    candidates: QuickMap<usize, Candidates>,
    last_sums: Option<(SumKey, Arc<Vec<i64>>)>,
    pub(crate) curves: QuickMap<(u32, u32), Arc<[u64]>>,
    pub(crate) centres: QuickMap<u64, Arc<[f32]>>,
    failure: Option<Error>,
}

impl<'d> Worker<'d> {
    /// A worker that remembers nothing yet.
    #[must_use]
    pub fn new(data: &'d Dataset) -> Self {
        let tables = data.tables.len();
        Self {
            data,
            kept: vec![Vec::new(); tables],
            spare: Vec::new(),
            pods: vec![Vec::new(); tables],
            days: vec![Vec::new(); tables],
            candidates: QuickMap::default(),
            last_sums: None,
            curves: QuickMap::default(),
            centres: QuickMap::default(),
            failure: None,
        }
    }

    /// Remembers the first thing that could not be made.
    pub(crate) fn fail(
        &mut self,
        row: &Row,
        column: usize,
        reason: impl FnOnce() -> String,
    ) -> Value {
        if self.failure.is_none() {
            let table = &self.data.tables[row.table];
            let column = &table.columns[column];
            let number = self.data.number(row.table, row.address) + 1;
            self.failure = Some(
                Error::project(format!("row {number} of {} has no value for {}", table.label, column.name))
                    .at(column.place.clone())
                    .because(reason())
                    .hint("make its values fit: another generator, other bounds or words; or allow null with `null = …` or `when = …`"),
            );
        }
        Value::Null
    }

    /// The first thing that could not be made, if there was one.
    ///
    /// # Errors
    /// With it.
    pub fn verdict(&mut self) -> Result<()> {
        self.failure.take().map_or(Ok(()), Err)
    }

    /// Fills `row` for an address; its cells are computed when they are asked for.
    pub(crate) fn begin(&self, row: &mut Row, table: usize, address: Address, spot: Spot) {
        let columns = self.data.tables[table].columns.len();
        row.table = table;
        row.address = address;
        row.key = self.data.row_key(table, address);
        row.spot = spot;
        row.cells.clear();
        row.cells.resize(columns, Value::Unset);
        row.targets.clear();
        row.targets.resize(columns, NOWHERE);
    }

    /// A row of another table, perhaps with cells computed before. Give it back with [`Worker::put_back`].
    pub(crate) fn row_at(&mut self, table: usize, address: Address) -> Box<Row> {
        let kept = &mut self.kept[table];
        if kept.is_empty() {
            kept.resize_with(KEPT_ROWS, || None);
        }
        let slot = &mut kept[kept_at(address)];
        if let Some(row) = slot.take_if(|row| row.address == address) {
            return row;
        }
        let mut row = slot.take().or_else(|| self.spare.pop()).unwrap_or_default();
        let spot = self.spot(table, address);
        self.begin(&mut row, table, address, spot);
        row
    }

    /// A cell of the first row that a tenant has in a table.
    pub(crate) fn first_of_tenant(&mut self, table: usize, tenant: u32, column: usize) -> Value {
        let address = Address {
            tenant,
            pod: 0,
            index: 0,
        };
        let mut row = self.row_at(table, address);
        let value = self.cell(&mut row, column);
        self.put_back(row);
        value
    }

    /// Keeps a row for the next who asks.
    pub(crate) fn put_back(&mut self, row: Box<Row>) {
        let slot = &mut self.kept[row.table][kept_at(row.address)];
        if let Some(other) = slot.replace(row)
            && self.spare.len() < 16
        {
            self.spare.push(other);
        }
    }

    /// A cell's value.
    pub(crate) fn cell(&mut self, row: &mut Row, column: usize) -> Value {
        match &row.cells[column] {
            Value::Unset => {}
            known => return known.clone(),
        }
        let value = self.compute(row, column);
        row.cells[column] = value.clone();
        value
    }

    /// A cell's value, computed and kept in the row.
    pub(crate) fn cell_ref<'r>(&mut self, row: &'r mut Row, column: usize) -> &'r Value {
        if matches!(row.cells[column], Value::Unset) {
            row.cells[column] = self.compute(row, column);
        }
        &row.cells[column]
    }

    fn compute(&mut self, row: &mut Row, at: usize) -> Value {
        let data = self.data;
        let table = &data.tables[row.table];
        if let Shape::Existing(existing) = &table.shape {
            let rows = &existing.rows[row.address.tenant as usize];
            return rows[row.address.index as usize][at].clone();
        }
        let column = &table.columns[at];
        if !table.first.is_empty()
            && let Some(value) = literal(table, row, at)
        {
            return value;
        }
        if column.null > 0 && Draw::new(join(column.key, 1), row.key).chance(column.null) {
            return Value::Null;
        }
        if let Some(when) = &column.when
            && !self.holds(&mut InScope::of(row), when)
        {
            return Value::Null;
        }
        let mut draw = Draw::new(column.key, row.key);
        column
            .generator
            .draw(self, &mut InScope::of(row), &mut draw, at)
    }

    /// The value that a name leads to.
    pub(crate) fn path(&mut self, scope: &mut InScope<'_>, path: &Path) -> Value {
        let row = match path.root {
            Root::Own => &mut *scope.row,
            Root::It => match &mut scope.it {
                Some(row) => row,
                None => return Value::Null,
            },
            Root::Via => match &mut scope.via {
                Some(row) => row,
                None => return Value::Null,
            },
        };
        self.follow(row, &path.hops, path.end)
    }

    pub(crate) fn follow(&mut self, row: &mut Row, hops: &[Hop], end: End) -> Value {
        let Some((hop, rest)) = hops.split_first() else {
            return self.end(row, end);
        };
        let Some((table, address)) = self.hop(row, *hop) else {
            return Value::Null;
        };
        let mut next = self.row_at(table, address);
        let value = self.follow(&mut next, rest, end);
        self.put_back(next);
        value
    }

    fn end(&mut self, row: &mut Row, end: End) -> Value {
        match end {
            End::Column(column) => self.cell(row, column),
            End::Order => Value::Int(i64::from(row.spot.order) + 1),
            End::Siblings => Value::Int(i64::from(row.spot.siblings)),
            End::Day => Value::Date(row.spot.day),
            End::Present => Value::Date(self.data.as_of),
            End::Row => Value::Int(self.data.number(row.table, row.address) as i64 + 1),
            End::Tenant => {
                let tenant = &self.data.tenants[row.address.tenant as usize];
                self.data
                    .words
                    .find(&tenant.name)
                    .map_or(Value::Null, Value::Word)
            }
        }
    }

    /// The row at the other end of a step, if there is one.
    pub(crate) fn hop(&mut self, row: &mut Row, hop: Hop) -> Option<(usize, Address)> {
        let data = self.data;
        match hop {
            Hop::Reference(column) => {
                self.cell_ref(row, column);
                let index = row.targets[column];
                let target = data.tables[row.table].columns[column].generator.target()?;
                (index != NOWHERE).then(|| (target, self.beside(row, target, index)))
            }
            Hop::Parent => {
                let parent = data.tables[row.table].shape.parent()?;
                Some((parent, self.beside(row, parent, row.spot.parent)))
            }
            Hop::Previous => {
                let address = Address {
                    index: row.address.index.checked_sub(1)?,
                    ..row.address
                };
                (row.spot.order > 0).then_some((row.table, address))
            }
        }
    }

    /// The address of a row of another table in the tenant and pod that belong to `row`.
    pub(crate) fn beside(&self, row: &Row, table: usize, index: u32) -> Address {
        let (tenant, pod) = self.data.pod_in(table, row.address.tenant, row.address.pod);
        Address { tenant, pod, index }
    }

    /// The sum of `column` over the rows of `table` whose `by` refers to `row`. A pod's sums are made once for all
    /// threads.
    pub(crate) fn sum_over(&mut self, row: &Row, table: usize, column: usize, by: usize) -> i64 {
        let key = (table, column, row.address.tenant, row.address.pod);
        let found = self.last_sums.as_ref().filter(|(known, _)| *known == key);
        let sums = match found {
            Some((_, sums)) => Arc::clone(sums),
            None => {
                let known = self.data.sums.get(&key);
                let sums = match known {
                    Some(sums) => sums,
                    None => {
                        let made = self.sums(row, table, column, by);
                        self.data.sums.put(key, made)
                    }
                };
                self.last_sums = Some((key, Arc::clone(&sums)));
                sums
            }
        };
        sums[row.address.index as usize]
    }

    fn sums(&mut self, row: &Row, table: usize, column: usize, by: usize) -> Vec<i64> {
        let (tenant, pod) = (row.address.tenant, row.address.pod);
        let mut values = vec![0_i64; self.data.rows_in(row.table, tenant, pod) as usize];
        // With a worker of its own, because this one is in the midst of a row.
        let mut worker = Worker::new(self.data);
        let mut rows = Rows::of_pod(self.data, table, tenant, pod);
        while let Some(other) = rows.next_row(&mut worker) {
            worker.cell_ref(other, by);
            let target = other.targets[by];
            if target != NOWHERE
                && let Some(number) = worker.cell_ref(other, column).number()
            {
                values[target as usize] += number;
            }
        }
        if let Err(error) = worker.verdict() {
            self.failure.get_or_insert(error);
        }
        values
    }
}

fn literal(table: &crate::seed::dataset::Table, row: &Row, column: usize) -> Option<Value> {
    let is_meant = row.address.pod == 0
        && table
            .first_of
            .is_none_or(|tenant| tenant == row.address.tenant as usize);
    let values = table
        .first
        .get(row.address.index as usize)
        .filter(|_| is_meant)?;
    values
        .iter()
        .find(|(at, _)| *at == column)
        .map(|(_, value)| value.clone())
}

/// Rows of the same index in other pods share a place: a pod's rows push out those of the pod before, so that any number of
/// pods takes the room of one.
fn kept_at(address: Address) -> usize {
    address.index as usize & (KEPT_ROWS - 1)
}

impl Shape {
    /// The table whose rows this one's are made for.
    #[must_use]
    pub fn parent(&self) -> Option<usize> {
        match self {
            Self::Per { parent, .. } => Some(*parent),
            Self::Calendar(calendar) => Some(calendar.who),
            Self::Rows(_) | Self::Existing(_) => None,
        }
    }
}
