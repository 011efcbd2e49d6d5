//! Columns as fields of binary rows: what is the same everywhere is written once, the rest has its length and its bytes
//! in one array of known size.

use super::code::{Kind, NULL};
use super::compile::place_of;
use super::{Block, Program};
use crate::seed::column_type::ColumnType;
use crate::seed::dataset::Dataset;
use crate::seed::encode::{Encoded, binary};
use crate::seed::grammar::{Generator, Key};
use crate::seed::value::{UNIT, date, round_to, uuid};

/// How a stored column gets into its rows.
#[derive(Clone, Debug)]
pub(super) enum Lane {
    /// The same in all rows of a piece: computed by row for the first.
    Same(usize),
    /// The row's own key.
    Key,
    /// The key of another row: the column, and where its keys are remembered.
    Row(usize, usize),
    Day(usize),
    Instant(usize),
    Truth(usize),
    /// The column, and the bytes of an integer.
    Int(usize, u8),
    Numeric(usize, Limits),
    /// Text of any length.
    Word(usize),
    /// An enumeration, with the words that are labels of it.
    Label(usize, Box<[bool]>),
    /// Row by row.
    ByRow(usize),
}

/// The lane of a stored column, whose kind is known if it has code.
pub(super) fn lane(
    data: &Dataset,
    table: usize,
    at: usize,
    kind: Option<Kind>,
    keys: &mut Vec<(usize, usize)>,
) -> Lane {
    let column = &data.tables[table].columns[at];
    let is_plain = column.null == 0 && column.when.is_none();
    if is_plain && matches!(column.generator, Generator::Constant(_) | Generator::Tenant) {
        return Lane::Same(at);
    }
    let data_type = column.data_type.as_ref();
    if is_plain
        && matches!(column.generator, Generator::Key(Key::Uuid))
        && data_type == Some(&ColumnType::Uuid)
    {
        return Lane::Key;
    }
    match (kind, data_type) {
        (Some(Kind::Row { table, column }), Some(ColumnType::Uuid)) => {
            Lane::Row(at, place_of(keys, (table, column)))
        }
        (Some(Kind::Day), Some(ColumnType::Date)) => Lane::Day(at),
        (Some(Kind::Instant), Some(ColumnType::Timestamp)) => Lane::Instant(at),
        (Some(Kind::Truth), Some(ColumnType::Bool)) => Lane::Truth(at),
        (Some(Kind::Number), Some(ColumnType::Int(width))) => Lane::Int(at, *width),
        (Some(Kind::Number), Some(ColumnType::Numeric(limits))) => {
            Lane::Numeric(at, Limits::new(*limits))
        }
        (Some(Kind::Word), Some(ColumnType::Text(None))) => Lane::Word(at),
        (Some(Kind::Word), Some(ColumnType::Enum(labels))) => Lane::Label(
            at,
            data.words
                .all()
                .map(|word| labels.iter().any(|label| label == word))
                .collect(),
        ),
        _ => Lane::ByRow(at),
    }
}

/// Rows that are written together: few enough that they stay near the processor while lane after lane is added.
const TOGETHER: usize = 64;

/// Bytes of the widest field of known size.
const WIDEST: usize = 32;

/// Writes the rows of a block; what does not fit is noted in it.
pub(super) fn write(data: &Dataset, program: &Program, block: &mut Block, out: &mut Encoded) {
    // Each row has room for the widest.
    let stride: usize = program
        .lanes
        .iter()
        .enumerate()
        .map(|(place, lane)| match lane {
            Lane::Same(_) => block.same[place].len(),
            Lane::Word(column) | Lane::Label(column, _) => {
                let cells = block.cells[*column].iter().filter(|bits| **bits != NULL);
                let lengths = cells.map(|bits| data.words.text(*bits as u32).len());
                4 + lengths.max().unwrap_or(0)
            }
            Lane::ByRow(_) => {
                let lengths = block.by_row[place].iter().map(|(from, to)| to - from);
                lengths.max().unwrap_or(0) as usize
            }
            _ => WIDEST,
        })
        .sum::<usize>()
        + 2;
    let mut page = std::mem::take(&mut block.page);
    if page.len() < stride * TOGETHER {
        page.resize(stride * TOGETHER, 0);
    }
    let count = (program.lanes.len() as i16).to_be_bytes();
    let rows = block.keys.len();
    for first in (0..rows).step_by(TOGETHER) {
        let end = (first + TOGETHER).min(rows);
        let mut rows = Page {
            bytes: &mut page,
            stride,
            ends: [2; TOGETHER],
        };
        for row in 0..end - first {
            rows.bytes[row * stride..row * stride + 2].copy_from_slice(&count);
        }
        for (place, lane) in program.lanes.iter().enumerate() {
            let fits = rows.lane(data, block, place, lane, first..end);
            block.is_off |= !fits;
        }
        for row in 0..end - first {
            let row = &rows.bytes[row * stride..row * stride + rows.ends[row]];
            out.digest.add(row);
            out.bytes.extend_from_slice(row);
        }
    }
    out.rows += rows as u64;
    block.page = page;
}

/// Some rows, each in a place of its own.
struct Page<'b> {
    bytes: &'b mut [u8],
    stride: usize,
    /// Where each row ends so far.
    ends: [usize; TOGETHER],
}

impl Page<'_> {
    /// Adds the fields of a lane; false when one does not fit.
    fn lane(
        &mut self,
        data: &Dataset,
        block: &Block,
        place: usize,
        lane: &Lane,
        rows: std::ops::Range<usize>,
    ) -> bool {
        let mut fits = true;
        let cells = |column: &usize| &block.cells[*column][rows.clone()];
        match lane {
            Lane::Same(_) => {
                for row in 0..rows.len() {
                    self.slice(row, &block.same[place]);
                }
            }
            Lane::Key => {
                let table = data.tables[block.table].key;
                for (row, at) in rows.clone().enumerate() {
                    let index = block.first + at as u32;
                    let number = u64::from(block.pod) << 24 | u64::from(index) & 0x00ff_ffff;
                    self.key(row, &uuid::derived(table, block.keys[at], number));
                }
            }
            Lane::ByRow(_) => {
                for (row, (from, to)) in block.by_row[place][rows.clone()].iter().enumerate() {
                    self.slice(row, &block.bytes[*from as usize..*to as usize]);
                }
            }
            Lane::Row(column, slot) => {
                let keys = &block.row_keys[*slot];
                self.each(cells(column), |page, row, bits| {
                    page.key(row, &keys[bits as usize]);
                });
            }
            Lane::Day(column) => self.each(cells(column), |page, row, bits| {
                page.four(row, bits as i32 + data.shift);
            }),
            Lane::Instant(column) => {
                let shift = i64::from(data.shift) * date::DAY;
                self.each(cells(column), |page, row, bits| {
                    page.eight(row, bits + shift);
                });
            }
            Lane::Truth(column) => self.each(cells(column), |page, row, bits| {
                page.put(row, [0, 0, 0, 1, bits as u8]);
            }),
            Lane::Int(column, width) => self.each(cells(column), |page, row, bits| {
                let number = round_to(bits, UNIT) / UNIT;
                fits &= match width {
                    2 => {
                        let [high, low] = (number as i16).to_be_bytes();
                        page.put(row, [0, 0, 0, 2, high, low]);
                        i16::try_from(number).is_ok()
                    }
                    4 => {
                        page.four(row, number as i32);
                        i32::try_from(number).is_ok()
                    }
                    _ => {
                        page.eight(row, number);
                        true
                    }
                };
            }),
            Lane::Numeric(column, limits) => self.each(cells(column), |page, row, bits| {
                fits &= page.numeric(row, bits, limits);
            }),
            Lane::Word(column) => self.each(cells(column), |page, row, bits| {
                page.text(row, data.words.text(bits as u32));
            }),
            Lane::Label(column, labels) => self.each(cells(column), |page, row, bits| {
                page.text(row, data.words.text(bits as u32));
                fits &= labels[bits as usize];
            }),
        }
        fits
    }

    /// Adds a field to each row, where there is one.
    #[inline]
    fn each(&mut self, cells: &[i64], mut add: impl FnMut(&mut Self, usize, i64)) {
        for (row, bits) in cells.iter().enumerate() {
            if *bits == NULL {
                self.put(row, [0xff; 4]);
            } else {
                add(self, row, *bits);
            }
        }
    }

    #[inline]
    fn put<const N: usize>(&mut self, row: usize, field: [u8; N]) {
        let at = row * self.stride + self.ends[row];
        self.bytes[at..at + N].copy_from_slice(&field);
        self.ends[row] += N;
    }

    #[inline]
    fn slice(&mut self, row: usize, field: &[u8]) {
        let at = row * self.stride + self.ends[row];
        self.bytes[at..at + field.len()].copy_from_slice(field);
        self.ends[row] += field.len();
    }

    #[inline]
    fn key(&mut self, row: usize, bytes: &[u8; 16]) {
        let mut field = [0; 20];
        field[3] = 16;
        field[4..].copy_from_slice(bytes);
        self.put(row, field);
    }

    #[inline]
    fn four(&mut self, row: usize, number: i32) {
        self.put(row, (4_u64 << 32 | u64::from(number as u32)).to_be_bytes());
    }

    #[inline]
    fn eight(&mut self, row: usize, number: i64) {
        let mut field = [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0];
        field[4..].copy_from_slice(&number.to_be_bytes());
        self.put(row, field);
    }

    #[inline]
    fn text(&mut self, row: usize, text: &str) {
        self.put(row, (text.len() as u32).to_be_bytes());
        self.slice(row, text.as_bytes());
    }

    /// As [`binary::numeric`], without loops for what is usual.
    #[inline]
    fn numeric(&mut self, row: usize, number: i64, limits: &Limits) -> bool {
        if !(0..limits.usual).contains(&number) || number % limits.step != 0 {
            let mut field = Vec::with_capacity(WIDEST);
            let fits = binary::numeric(number, limits.declared, &mut field).is_ok();
            self.slice(row, &field);
            return fits;
        }
        let (whole, fraction) = ((number / UNIT) as u64, (number % UNIT) as u64);
        let scale = u64::from(limits.scale);
        // Length, digits, weight, sign, scale, digits: the weight of one digit is 0, of a fraction alone -1.
        let long = |length: u32, head: u64| {
            let mut field = [0; 12];
            field[..4].copy_from_slice(&length.to_be_bytes());
            field[4..].copy_from_slice(&head.to_be_bytes());
            field
        };
        match (whole, fraction) {
            (0, 0) => self.put(row, long(8, scale)),
            (0, _) => {
                self.put(row, long(10, 1 << 48 | 0xffff << 32 | scale));
                self.put(row, (fraction as u16).to_be_bytes());
            }
            (_, 0) => {
                self.put(row, long(10, 1 << 48 | scale));
                self.put(row, (whole as u16).to_be_bytes());
            }
            _ => {
                self.put(row, long(12, 2 << 48 | scale));
                self.put(row, (whole as u32 * 65_536 + fraction as u32).to_be_bytes());
            }
        }
        true
    }
}

/// What a `numeric` column takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    declared: Option<(u32, u32)>,
    scale: u32,
    /// Numbers that are no multiple of it are rounded.
    step: i64,
    /// Numbers from 0 to here need at most one digit before the point, to the base of 10000.
    usual: i64,
}

impl Limits {
    fn new(declared: Option<(u32, u32)>) -> Self {
        let most = |(precision, scale): (u32, u32)| {
            10_i64
                .checked_pow(precision.saturating_sub(scale))
                .and_then(|whole| whole.checked_mul(UNIT))
        };
        let scale = declared.map_or(4, |(_, scale)| scale);
        let usual = declared.and_then(most).unwrap_or(i64::MAX).min(UNIT * UNIT);
        Self {
            declared,
            scale,
            step: 10_i64.pow(4_u32.saturating_sub(scale)),
            // Without a declared scale it depends on the number.
            usual: if declared.is_some() { usual } else { 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_numbers_are_written_as_all_are() {
        let edges = [
            0, 1, 49, 50, 99, 100, 5_000, 9_999, 10_000, 10_050, 9_999_900,
        ];
        for declared in [(5, 2), (12, 2), (4, 0), (8, 4), (12, 6)] {
            let limits = Limits::new(Some(declared));
            for number in edges.into_iter().flat_map(|number| [number, -number]) {
                let mut bytes = [0; TOGETHER];
                let mut page = Page {
                    bytes: &mut bytes,
                    stride: TOGETHER,
                    ends: [0; TOGETHER],
                };
                let fits = page.numeric(0, number, &limits);
                let end = page.ends[0];
                let mut wanted = Vec::new();
                let known = binary::numeric(number, Some(declared), &mut wanted);
                assert_eq!(fits, known.is_ok(), "{number} {declared:?}");
                assert_eq!(bytes[..end], wanted, "{number} {declared:?}");
            }
        }
    }
}
