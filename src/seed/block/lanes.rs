//! Columns as fields of binary rows: what is the same everywhere is written once, the rest has its length and its bytes
//! in one array of known size.

use super::code::{Kind, NULL};
use super::place::place_of;
use super::{Block, Program};
use crate::seed::column_type::ColumnType;
use crate::seed::dataset::Dataset;
use crate::seed::encode::{Encoded, binary};
use crate::seed::grammar::{Generator, Key};
use crate::seed::value::{UNIT, date, round_to, uuid};

/// A stored column on its way into its rows.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) column: usize,
    not_null: bool,
    pub(super) how: How,
}

/// How its fields are written.
#[derive(Clone, Debug)]
pub(super) enum How {
    /// The same in all rows of a piece: computed by row for the first.
    Same,
    /// The row's own key.
    Key,
    /// The key of another row, by where its keys are remembered.
    Row(usize),
    Day,
    Instant,
    Truth,
    /// The bytes of an integer.
    Int(u8),
    Numeric(Limits),
    /// Text of any length.
    Word,
    /// An enumeration, with the words that are labels of it.
    Label(Box<[bool]>),
    /// Row by row.
    ByRow,
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
    let data_type = column.data_type.as_ref();
    let how = match (&column.generator, kind, data_type) {
        (Generator::Constant(_) | Generator::Tenant, ..) if is_plain => How::Same,
        (Generator::Key(Key::Uuid), _, Some(ColumnType::Uuid)) if is_plain => How::Key,
        (_, Some(Kind::Row { table, column }), Some(ColumnType::Uuid)) => {
            How::Row(place_of(keys, (table, column)))
        }
        (_, Some(Kind::Day), Some(ColumnType::Date)) => How::Day,
        (_, Some(Kind::Instant), Some(ColumnType::Timestamp)) => How::Instant,
        (_, Some(Kind::Truth), Some(ColumnType::Bool)) => How::Truth,
        (_, Some(Kind::Number), Some(ColumnType::Int(width))) => How::Int(*width),
        (_, Some(Kind::Number), Some(ColumnType::Numeric(limits))) => {
            How::Numeric(Limits::new(*limits))
        }
        (_, Some(Kind::Word), Some(ColumnType::Text(None))) => How::Word,
        (_, Some(Kind::Word), Some(ColumnType::Enum(labels))) => How::Label(
            data.words
                .all()
                .map(|word| labels.iter().any(|label| label == word))
                .collect(),
        ),
        _ => How::ByRow,
    };
    Lane {
        column: at,
        not_null: column.not_null,
        how,
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
        .map(|(place, lane)| match &lane.how {
            How::Same => block.same[place].len(),
            How::Word | How::Label(_) => {
                let cells = block.cells[lane.column]
                    .iter()
                    .filter(|bits| **bits != NULL);
                let lengths = cells.map(|bits| data.words.text(*bits as u32).len());
                4 + lengths.max().unwrap_or(0)
            }
            How::ByRow => {
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
        let row = |row| &rows.bytes[row * stride..row * stride + rows.ends[row]];
        out.digest.add_all(end - first, row);
        for at in 0..end - first {
            out.bytes.extend_from_slice(row(at));
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
        let cells = || (&block.cells[lane.column][rows.clone()], lane.not_null);
        match &lane.how {
            How::Same => {
                for row in 0..rows.len() {
                    self.slice(row, &block.same[place]);
                }
                true
            }
            How::Key => {
                let table = data.tables[block.table].key;
                for (row, at) in rows.enumerate() {
                    let index = block.first + at as u32;
                    let number = u64::from(block.pod) << 24 | u64::from(index) & 0x00ff_ffff;
                    self.key(row, &uuid::derived(table, block.keys[at], number));
                }
                true
            }
            How::ByRow => {
                for (row, (from, to)) in block.by_row[place][rows].iter().enumerate() {
                    self.slice(row, &block.bytes[*from as usize..*to as usize]);
                }
                true
            }
            How::Row(slot) => {
                let keys = &block.row_keys[*slot];
                self.each(cells(), |page, row, bits| {
                    page.key(row, &keys[bits as usize]);
                    true
                })
            }
            How::Day => self.each(cells(), |page, row, bits| {
                page.four(row, date::stored(bits as i32, data.shift));
                true
            }),
            How::Instant => self.each(cells(), |page, row, bits| {
                page.eight(row, date::stored_instant(bits, data.shift));
                true
            }),
            How::Truth => self.each(cells(), |page, row, bits| {
                page.put(row, [0, 0, 0, 1, bits as u8]);
                true
            }),
            How::Int(width) => self.each(cells(), |page, row, bits| {
                let number = round_to(bits, UNIT) / UNIT;
                match width {
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
                }
            }),
            How::Numeric(limits) => {
                self.each(cells(), |page, row, bits| page.numeric(row, bits, limits))
            }
            How::Word => self.each(cells(), |page, row, bits| {
                page.text(row, data.words.text(bits as u32));
                true
            }),
            How::Label(labels) => self.each(cells(), |page, row, bits| {
                page.text(row, data.words.text(bits as u32));
                labels[bits as usize]
            }),
        }
    }

    /// Adds a field to each row; false when one does not fit, or is null and must not be.
    #[inline]
    fn each(
        &mut self,
        (cells, not_null): (&[i64], bool),
        mut add: impl FnMut(&mut Self, usize, i64) -> bool,
    ) -> bool {
        let mut fits = true;
        for (row, bits) in cells.iter().enumerate() {
            if *bits == NULL {
                self.put(row, [0xff; 4]);
                fits &= !not_null;
            } else {
                fits &= add(self, row, *bits);
            }
        }
        fits
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
        // Digits to the base of 10000, weight, sign and scale; the weight of one digit is 0, of a fraction alone -1. Room
        // for both digits is always written, so that the processor need not guess how many there are.
        let digits = u64::from(whole != 0) + u64::from(fraction != 0);
        let (first, weight) = match (whole, fraction) {
            (0, 1..) => (fraction, 0xffff),
            _ => (whole, 0),
        };
        let length = 8 + 2 * digits;
        let head = digits << 48 | weight << 32 | u64::from(limits.scale);
        let mut field = [0; 16];
        field[..4].copy_from_slice(&(length as u32).to_be_bytes());
        field[4..12].copy_from_slice(&head.to_be_bytes());
        field[12..].copy_from_slice(&((first << 16 | fraction) as u32).to_be_bytes());
        let end = self.ends[row] + 4 + length as usize;
        self.put(row, field);
        self.ends[row] = end;
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
