//! The cells of a column, node by node of its code instead of row by row, wherever nothing is drawn.

use super::code::{Code, NULL, UNSET, compare};
use super::{Block, Column, Program};
use crate::seed::generate::Worker;
use crate::seed::value::date;
use crate::seed::value::random::{Draw, join};

/// What a node reads.
enum Operand {
    Constant(i64),
    Own(usize),
    Made(Vec<i64>),
}

impl Block {
    /// Computes a column, whose cells are added to `cells`.
    pub(super) fn column(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        column: &Column,
        cells: &mut Vec<i64>,
    ) {
        let rows = self.keys.len();
        let null_key = join(column.key, 1);
        if column.steady {
            let mut last = NULL;
            for row in 0..rows {
                if !self.goes_on[row] {
                    let mut draw = Draw::new(0, 0);
                    let is_null = column.when.as_ref().is_some_and(|when| {
                        self.evaluate(program, worker, when, row, &mut draw) != 1
                    });
                    last = if is_null {
                        NULL
                    } else {
                        self.evaluate(program, worker, &column.code, row, &mut draw)
                    };
                }
                cells.push(last);
            }
            return;
        }
        let when = column
            .when
            .as_ref()
            .map(|when| self.operand(program, worker, when));
        let conditions: Vec<Operand> = match &column.code {
            Code::Case(branches) => branches
                .iter()
                .map(|(condition, _)| match condition {
                    Some(condition) => self.operand(program, worker, condition),
                    None => Operand::Constant(1),
                })
                .collect(),
            _ => Vec::new(),
        };
        let plain = column
            .code
            .is_plain()
            .then(|| self.operand(program, worker, &column.code));
        for row in 0..rows {
            let key = self.keys[row];
            let is_null = column.null > 0 && Draw::new(null_key, key).chance(column.null)
                || when.as_ref().is_some_and(|when| self.read(when, row) != 1);
            let value = if is_null {
                NULL
            } else if let Some(plain) = &plain {
                self.read(plain, row)
            } else {
                let mut draw = Draw::new(column.key, key);
                let code = match &column.code {
                    Code::Case(branches) => conditions
                        .iter()
                        .position(|condition| self.read(condition, row) == 1)
                        .map(|found| &branches[found].1),
                    code => Some(code),
                };
                code.map_or(NULL, |code| {
                    self.evaluate(program, worker, code, row, &mut draw)
                })
            };
            cells.push(value);
        }
    }

    fn read(&self, operand: &Operand, row: usize) -> i64 {
        match operand {
            Operand::Constant(bits) => *bits,
            Operand::Own(column) => self.cells[*column][row],
            Operand::Made(cells) => cells[row],
        }
    }

    /// What a node comes to in all rows.
    fn operand(&mut self, program: &Program, worker: &mut Worker<'_>, code: &Code) -> Operand {
        let rows = self.keys.len();
        let mut made = Vec::with_capacity(rows);
        match code {
            Code::Constant(bits) => return Operand::Constant(*bits),
            Code::Own(column) => return Operand::Own(*column),
            Code::Day => made.extend(self.spots.iter().map(|spot| i64::from(spot.day))),
            Code::Parent => made.extend(self.spots.iter().map(|spot| i64::from(spot.parent))),
            Code::Source(slot, index) => {
                let index = self.operand(program, worker, index);
                for row in 0..rows {
                    let index = self.read(&index, row);
                    made.push(if index == NULL {
                        NULL
                    } else {
                        match self.sources[*slot][index as usize] {
                            UNSET => self.learn(program, worker, *slot, index as u32),
                            known => known,
                        }
                    });
                }
            }
            Code::Midnight(day) => {
                let day = self.operand(program, worker, day);
                made.extend((0..rows).map(|row| match self.read(&day, row) {
                    NULL => NULL,
                    day => day * date::DAY,
                }));
            }
            Code::Not(inner) => {
                let inner = self.operand(program, worker, inner);
                made.extend((0..rows).map(|row| i64::from(self.read(&inner, row) != 1)));
            }
            Code::IsNull(inner) => {
                let inner = self.operand(program, worker, inner);
                made.extend((0..rows).map(|row| i64::from(self.read(&inner, row) == NULL)));
            }
            Code::Compare(comparison, one, other) => {
                let one = self.operand(program, worker, one);
                let other = self.operand(program, worker, other);
                made.extend((0..rows).map(|row| {
                    let (one, other) = (self.read(&one, row), self.read(&other, row));
                    i64::from(compare(*comparison, one, other))
                }));
            }
            Code::And(one, other) => {
                let one = self.operand(program, worker, one);
                let other = self.operand(program, worker, other);
                made.extend((0..rows).map(|row| {
                    i64::from(self.read(&one, row) == 1 && self.read(&other, row) == 1)
                }));
            }
            code => {
                for row in 0..rows {
                    let mut nothing = Draw::new(0, 0);
                    made.push(self.evaluate(program, worker, code, row, &mut nothing));
                }
            }
        }
        Operand::Made(made)
    }
}
