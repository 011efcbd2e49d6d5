//! Rows in blocks: each column of a table is compiled once, and computed for a few hundred rows at a time before the
//! rows are written. The cells are those of the evaluation row by row in `generate`, which serves what has no code here,
//! and every block in which something does not fit.

mod code;
mod column;
mod compile;
mod conditions;
mod evaluate;
mod kind;
mod lanes;
mod names;
mod operand;
mod pick;
mod place;
mod terms;

use std::sync::{Arc, OnceLock};

use code::{Code, Kind, NULL, UNSET, bits};
use lanes::{How, Lane};

use crate::seed::dataset::{Address, Dataset};
use crate::seed::encode::{Encoded, binary};
use crate::seed::generate::{NOWHERE, Piece, PodRows, Row, Rows, Spot, Worker};
use crate::seed::value::Value;

/// What is compiled of a dataset, once it is needed; for each dataset its own.
#[derive(Debug, Default)]
pub struct Programs(OnceLock<Vec<Option<Program>>>);

/// A table's columns as code.
#[derive(Debug)]
pub(crate) struct Program {
    /// The columns that have code, in an order in which each finds what it reads.
    order: Vec<usize>,
    columns: Vec<Option<Column>>,
    sources: Vec<Source>,
    /// Columns of keys that other columns lead to.
    keys: Vec<(usize, usize)>,
    /// Tables made `per` rows that columns lead to.
    children: Vec<usize>,
    picks: usize,
    lanes: Vec<Lane>,
}

/// A column with code.
#[derive(Clone, Debug)]
struct Column {
    key: u64,
    null: u64,
    when: Option<Code>,
    code: Code,
    /// Whether it stays as it is from one row of a parent and day to the next.
    steady: bool,
}

/// A column of another table that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Source {
    table: usize,
    column: usize,
    kind: Kind,
}

/// The cells of a block, and what is remembered of other tables while the pod is the same.
#[derive(Debug, Default)]
pub(crate) struct Block {
    programs: Arc<Programs>,
    table: usize,
    tenant: u32,
    pod: u32,
    /// The index of the first row.
    first: u32,
    spots: Vec<Spot>,
    /// For each row, whether it stands under the parent and day of the one before.
    goes_on: Vec<bool>,
    /// All rows, and those that do not go on.
    all: Vec<u32>,
    heads: Vec<u32>,
    keys: Vec<u64>,
    /// For each column with code its cells.
    cells: Vec<Vec<i64>>,
    /// The least and the greatest of a column's cells, once that is asked.
    ranges: Vec<Option<(i64, i64)>>,
    sources: Vec<Vec<i64>>,
    row_keys: Vec<Vec<[u8; 16]>>,
    is_known: Vec<Vec<bool>>,
    children: Vec<Option<Arc<PodRows>>>,
    picks: Vec<pick::Picked>,
    group: pick::Group,
    /// The day whose shares are in `shares`.
    shares_of: Option<(u64, u32, i32)>,
    shares: Vec<i64>,
    /// The index of the candidate that a condition is asked about.
    it: i64,
    /// For lanes without code, where each row's field is in `bytes`.
    by_row: Vec<Vec<(u32, u32)>>,
    bytes: Vec<u8>,
    same: Vec<Vec<u8>>,
    /// Cells and lists of rows that were needed for a while, and will be again.
    spare: Vec<Vec<i64>>,
    lists: Vec<Vec<u32>>,
    /// Where rows are written.
    page: Vec<u8>,
    /// For asking the evaluation row by row.
    row: Row,
    /// Whether something does not fit.
    is_off: bool,
}

impl Programs {
    fn of(&self, data: &Dataset, table: usize) -> Option<&Program> {
        let programs = self.0.get_or_init(|| {
            (0..data.tables.len())
                .map(|table| compile::compile(data, table))
                .collect()
        });
        programs[table].as_ref()
    }
}

impl Program {
    /// These columns and those that they read, in the order of computing.
    fn leading_to(&self, columns: &[usize]) -> Vec<usize> {
        let mut wanted = vec![false; self.columns.len()];
        for &column in columns {
            wanted[column] = true;
        }
        for &at in self.order.iter().rev() {
            if let (true, Some(column)) = (wanted[at], &self.columns[at]) {
                for code in column.when.iter().chain([&column.code]) {
                    code.reads(&mut |own| wanted[own] = true);
                }
            }
        }
        let order = self.order.iter().copied();
        order.filter(|at| wanted[*at]).collect()
    }
}

/// Makes the rows of a piece at the end of `out`; false, with nothing added, when they have to be made row by row.
/// `kept` is the table's block that was made last.
pub(crate) fn encode(
    worker: &mut Worker<'_>,
    programs: &Arc<Programs>,
    kept: &mut Option<Box<Block>>,
    piece: Piece,
    out: &mut Encoded,
) -> bool {
    let data = worker.data;
    // The first rows may be given literally.
    if piece.pod == 0 && !data.tables[piece.table].first.is_empty() {
        return false;
    }
    let Some(program) = programs.of(data, piece.table) else {
        return false;
    };
    let block = kept.get_or_insert_default();
    if block.is_off {
        return false;
    }
    block.programs = Arc::clone(programs);
    let (start, rows, digest) = (out.bytes.len(), out.rows, out.digest);
    block.begin(data, program, worker, piece);
    block.compute(program, &program.order, worker);
    block.look(program, worker);
    block.by_row(data, program, worker, piece);
    if !block.is_off {
        lanes::write(data, program, block, out);
    }
    let is_made = !block.is_off;
    if !is_made {
        // What was wrong is found again, and said, row by row.
        out.bytes.truncate(start);
        (out.rows, out.digest) = (rows, digest);
    }
    is_made
}

impl Block {
    fn begin(&mut self, data: &Dataset, program: &Program, worker: &mut Worker<'_>, piece: Piece) {
        let is_new = self.cells.is_empty() || (self.tenant, self.pod) != (piece.tenant, piece.pod);
        (self.table, self.tenant, self.pod, self.first) =
            (piece.table, piece.tenant, piece.pod, piece.first);
        if is_new {
            let rows = |table| {
                let (tenant, pod) = data.pod_in(table, piece.tenant, piece.pod);
                data.rows_in(table, tenant, pod) as usize
            };
            self.cells.resize_with(program.columns.len(), Vec::new);
            self.sources.resize_with(program.sources.len(), Vec::new);
            for (source, cells) in program.sources.iter().zip(&mut self.sources) {
                cells.clear();
                cells.resize(rows(source.table), UNSET);
            }
            self.row_keys.resize_with(program.keys.len(), Vec::new);
            self.is_known.resize_with(program.keys.len(), Vec::new);
            for ((table, _), (keys, known)) in program
                .keys
                .iter()
                .zip(self.row_keys.iter_mut().zip(&mut self.is_known))
            {
                keys.clear();
                keys.resize(rows(*table), [0; 16]);
                known.clear();
                known.resize(rows(*table), false);
            }
            self.children = program
                .children
                .iter()
                .map(|table| {
                    let (tenant, pod) = data.pod_in(*table, piece.tenant, piece.pod);
                    Some(worker.pod(*table, tenant, pod))
                })
                .collect();
            self.forget_picks(program.picks);
            self.shares_of = None;
        }
        self.spots.clear();
        self.keys.clear();
        self.goes_on.clear();
        self.heads.clear();
        let mut rows = Rows::new(piece);
        while let Some((spot, count)) = rows.next_group(worker) {
            self.heads.push(self.spots.len() as u32);
            for other in 0..count {
                let order = spot.order + other;
                self.spots.push(Spot { order, ..spot });
                self.goes_on.push(other > 0);
            }
        }
        let address = |index| Address {
            tenant: piece.tenant,
            pod: piece.pod,
            index,
        };
        let keys = (piece.first..piece.end).map(|row| data.row_key(piece.table, address(row)));
        self.keys.extend(keys);
        self.all.clear();
        self.all.extend(0..self.keys.len() as u32);
        self.ranges.clear();
        self.ranges.resize(program.columns.len(), None);
    }

    /// The cells of these columns, which stand in the program's order.
    fn compute(&mut self, program: &Program, columns: &[usize], worker: &mut Worker<'_>) {
        for &at in columns {
            let Some(column) = &program.columns[at] else {
                continue;
            };
            let mut cells = std::mem::take(&mut self.cells[at]);
            self.column(program, worker, column, &mut cells);
            self.cells[at] = cells;
        }
    }

    /// Keys of rows that are led to.
    fn look(&mut self, program: &Program, worker: &mut Worker<'_>) {
        for lane in &program.lanes {
            if let How::Row(slot) = lane.how {
                for row in 0..self.keys.len() {
                    let index = self.cells[lane.column][row];
                    if index != NULL && !self.is_known[slot][index as usize] {
                        self.learn_key(program, worker, slot, index as u32);
                    }
                }
            }
        }
    }

    /// The fields of columns without code, and of those that are the same everywhere.
    fn by_row(&mut self, data: &Dataset, program: &Program, worker: &mut Worker<'_>, piece: Piece) {
        self.same.resize_with(program.lanes.len(), Vec::new);
        self.by_row.resize_with(program.lanes.len(), Vec::new);
        self.bytes.clear();
        self.by_row.iter_mut().for_each(Vec::clear);
        let needs_all = program
            .lanes
            .iter()
            .any(|lane| matches!(lane.how, How::ByRow));
        let end = if needs_all {
            piece.end
        } else {
            piece.end.min(piece.first + 1)
        };
        let mut rows = Rows::new(Piece { end, ..piece });
        let table = &data.tables[self.table];
        let mut is_first = true;
        while let Some(row) = rows.next_row(worker) {
            for (place, lane) in program.lanes.iter().enumerate() {
                let at = lane.column;
                let out = match lane.how {
                    How::Same if is_first => {
                        self.same[place].clear();
                        &mut self.same[place]
                    }
                    How::ByRow => &mut self.bytes,
                    _ => continue,
                };
                let start = out.len() as u32;
                let value = worker.cell_ref(row, at);
                let is_wrong = matches!(value, Value::Null) && table.columns[at].not_null;
                let data_type = table.columns[at].data_type.as_ref();
                if is_wrong || binary::write(data, data_type, value, out).is_err() {
                    self.is_off = true;
                }
                if matches!(lane.how, How::ByRow) {
                    self.by_row[place].push((start, self.bytes.len() as u32));
                }
            }
            is_first = false;
        }
        self.is_off |= worker.verdict().is_err();
    }

    /// The key of a row that a column leads to, computed when it is asked for the first time.
    fn row_key(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        slot: usize,
        index: usize,
    ) -> [u8; 16] {
        if !self.is_known[slot][index] {
            self.learn_key(program, worker, slot, index as u32);
        }
        self.row_keys[slot][index]
    }

    fn learn_key(&mut self, program: &Program, worker: &mut Worker<'_>, slot: usize, index: u32) {
        let (table, column) = program.keys[slot];
        let (tenant, pod) = worker.data.pod_in(table, self.tenant, self.pod);
        let address = Address { tenant, pod, index };
        let mut row = worker.row_at(table, address);
        match worker.cell_ref(&mut row, column) {
            Value::Uuid(key) => {
                self.row_keys[slot][index as usize] = *key;
                self.is_known[slot][index as usize] = true;
            }
            _ => self.is_off = true,
        }
        worker.put_back(row);
    }

    /// A cell of another table, computed when it is asked for the first time.
    fn learn(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        slot: usize,
        index: u32,
    ) -> i64 {
        let Source {
            table,
            column,
            kind,
        } = program.sources[slot];
        let (tenant, pod) = worker.data.pod_in(table, self.tenant, self.pod);
        let mut row = worker.row_at(table, Address { tenant, pod, index });
        let value = worker.cell_ref(&mut row, column);
        let found = match (kind, value) {
            (Kind::Row { .. }, Value::Uuid(_)) => {
                let target = row.targets[column];
                (target != NOWHERE).then_some(i64::from(target))
            }
            (kind, value) => bits(kind, value),
        };
        worker.put_back(row);
        let Some(found) = found else {
            self.is_off = true;
            return NULL;
        };
        self.sources[slot][index as usize] = found;
        found
    }
}
