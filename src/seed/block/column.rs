//! The cells of a column: each node of its code is asked once for all rows of a block that need it, so that what a node
//! is costs nothing per row. Rows that a condition leaves out are not computed, as in the evaluation row by row.

use super::code::{Code, NULL, Pick, UNSET, arithmetic, call};
use super::conditions::{compare, keep};
use super::evaluate::drawn;
use super::operand::{Operand, each};
use super::{Block, Column, Program};
use crate::seed::expression::Function;
use crate::seed::generate::{NOWHERE, Worker};
use crate::seed::value::random::{Draw, join};
use crate::seed::value::{UNIT, date};

impl Block {
    /// Computes a column.
    pub(super) fn column(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        column: &Column,
        cells: &mut Vec<i64>,
    ) {
        let count = self.keys.len();
        cells.resize(count, NULL);
        let needed = std::mem::take(if column.steady {
            &mut self.heads
        } else {
            &mut self.all
        });
        if column.null > 0 || column.when.is_some() {
            cells.fill(NULL);
            let mut rows = self.list();
            rows.extend(&needed);
            if column.null > 0 {
                let (key, keys) = (join(column.key, 1), &self.keys);
                keep(&mut rows, |row| {
                    !Draw::new(key, keys[row as usize]).chance(column.null)
                });
            }
            if let Some(when) = &column.when {
                rows = self.narrowed(program, worker, when, rows);
            }
            self.fill(program, worker, &column.code, column.key, &rows, cells);
            self.lists.push(rows);
        } else {
            self.fill(program, worker, &column.code, column.key, &needed, cells);
        }
        if column.steady {
            self.heads = needed;
            for row in 1..count {
                if self.goes_on[row] {
                    cells[row] = cells[row - 1];
                }
            }
        } else {
            self.all = needed;
        }
    }

    /// What a node comes to in these rows; cells of others mean nothing.
    pub(super) fn operand(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        code: &Code,
        rows: &[u32],
    ) -> Operand {
        match code {
            Code::Constant(bits) => Operand::Constant([*bits]),
            Code::Own(column) => Operand::Own(*column),
            code => {
                if let Some(truth) = self.truth_of_all(code) {
                    return Operand::Constant([i64::from(truth)]);
                }
                let mut made = self.spare.pop().unwrap_or_default();
                made.resize(self.keys.len(), NULL);
                // What stands for one cell inside another draws nothing.
                self.fill(program, worker, code, 0, rows, &mut made);
                Operand::Made(made)
            }
        }
    }

    /// Writes what a node comes to in these rows into their places; `key` is that of the column's draws.
    pub(super) fn fill(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        code: &Code,
        key: u64,
        rows: &[u32],
        out: &mut [i64],
    ) {
        match code {
            Code::Constant(_) | Code::Own(_) => {
                let made = self.operand(program, worker, code, rows);
                let view = made.view(&self.cells);
                each(rows, out, |row| view.at(row));
            }
            Code::Day => each(rows, out, |row| i64::from(self.spots[row as usize].day)),
            Code::Parent => each(rows, out, |row| i64::from(self.spots[row as usize].parent)),
            Code::Source(slot, index) => {
                let index = self.operand(program, worker, index, rows);
                self.source(program, worker, *slot, &index, rows, out);
                self.put_away(index);
            }
            Code::Midnight(day) => self.one(program, worker, day, rows, out, |day| match day {
                NULL => NULL,
                day => day * date::DAY,
            }),
            Code::Not(inner) => self.one(program, worker, inner, rows, out, |truth| {
                i64::from(truth != 1)
            }),
            Code::IsNull(inner) => self.one(program, worker, inner, rows, out, |value| {
                i64::from(value == NULL)
            }),
            Code::Compare(comparison, one, other) => {
                let one = self.operand(program, worker, one, rows);
                let other = self.operand(program, worker, other, rows);
                let views = (one.view(&self.cells), other.view(&self.cells));
                compare(*comparison, views, rows, out);
                self.put_away(one);
                self.put_away(other);
            }
            Code::And(one, other) => self.both(program, worker, (one, other), 1, rows, out),
            Code::Or(one, other) => self.both(program, worker, (one, other), 0, rows, out),
            Code::Arithmetic(operator, one, other) => {
                let one = self.operand(program, worker, one, rows);
                let other = self.operand(program, worker, other, rows);
                let views = (one.view(&self.cells), other.view(&self.cells));
                let mut fits = true;
                each(rows, out, |row| {
                    let made = arithmetic(*operator, views.0.at(row), views.1.at(row));
                    fits &= made.is_some();
                    made.unwrap_or(NULL)
                });
                self.is_off |= !fits;
                self.put_away(one);
                self.put_away(other);
            }
            Code::Call(
                function @ (Function::Round | Function::Floor | Function::Week | Function::Workday),
                arguments,
            ) => self.call(program, worker, (*function, arguments), rows, out),
            Code::Case(branches) => self.case(program, worker, branches, key, rows, out),
            Code::List(items) => {
                let keys = &self.keys;
                each(rows, out, |row| {
                    let mut draw = Draw::new(key, keys[row as usize]);
                    i64::from(items[draw.below(items.len() as u64) as usize])
                });
            }
            Code::Weighted(options) if options.iter().all(|(code, _)| code.is_constant()) => {
                let keys = &self.keys;
                each(rows, out, |row| {
                    match &options[drawn(options, &mut Draw::new(key, keys[row as usize]))].0 {
                        Code::Constant(bits) => *bits,
                        _ => NULL,
                    }
                });
            }
            Code::After {
                after,
                of,
                first: None,
                no_later: None,
            } => {
                let start = self.operand(program, worker, of, rows);
                let (keys, view) = (&self.keys, start.view(&self.cells));
                each(rows, out, |row| {
                    let start = view.at(row);
                    if start == NULL {
                        return NULL;
                    }
                    let instant = after.instant(start, &mut Draw::new(key, keys[row as usize]));
                    if after.instant {
                        instant
                    } else {
                        instant.div_euclid(date::DAY)
                    }
                });
                self.put_away(start);
            }
            Code::Whole(whole, target) => {
                let (count, keys) = (self.rows_of(worker, *target), &self.keys);
                each(rows, out, |row| {
                    let mut draw = Draw::new(key, keys[row as usize]);
                    whole.row(count, self.first + row, &mut draw)
                });
            }
            Code::Share(share, key) => {
                for &row in rows {
                    out[row as usize] = self.share(worker, *share, *key, row as usize);
                }
            }
            Code::First(first) => {
                let anchor = self.operand(program, worker, &first.anchor, rows);
                for &row in rows {
                    out[row as usize] = match anchor.view(&self.cells).at(row) {
                        NULL => NULL,
                        anchor => self.first(program, worker, first, anchor as usize, row as usize),
                    };
                }
                self.put_away(anchor);
            }
            Code::Pick(pick) => self.picks(program, worker, pick, key, rows, out),
            code => {
                for &row in rows {
                    let at = row as usize;
                    let mut draw = Draw::new(key, self.keys[at]);
                    out[at] = self.evaluate(program, worker, code, at, &mut draw);
                }
            }
        }
    }

    pub(super) fn one(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        inner: &Code,
        rows: &[u32],
        out: &mut [i64],
        made: impl Fn(i64) -> i64,
    ) {
        let inner = self.operand(program, worker, inner, rows);
        let view = inner.view(&self.cells);
        each(rows, out, |row| made(view.at(row)));
        self.put_away(inner);
    }

    fn call(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        (function, arguments): (Function, &[Code]),
        rows: &[u32],
        out: &mut [i64],
    ) {
        let first = self.operand(program, worker, &arguments[0], rows);
        let second = arguments
            .get(1)
            .map_or(Operand::Constant([UNIT]), |argument| {
                self.operand(program, worker, argument, rows)
            });
        let views = (first.view(&self.cells), second.view(&self.cells));
        each(rows, out, |row| {
            call(function, &[views.0.at(row), views.1.at(row)])
        });
        self.put_away(first);
        self.put_away(second);
    }

    fn picks(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        pick: &Pick,
        key: u64,
        rows: &[u32],
        out: &mut [i64],
    ) {
        let mut operand = |code: Option<&Code>, other| {
            code.map_or(Operand::Constant([other]), |code| {
                self.operand(program, worker, code, rows)
            })
        };
        let anchor = operand(pick.anchor.as_ref(), i64::from(NOWHERE));
        let question = [0, 1].map(|part| operand(pick.question.get(part), 0));
        for &row in rows {
            let asked = |operand: &Operand| operand.view(&self.cells).at(row);
            let asked = (asked(&anchor), [asked(&question[0]), asked(&question[1])]);
            out[row as usize] = if asked.0 == NULL {
                NULL
            } else {
                let mut draw = Draw::new(key, self.keys[row as usize]);
                self.pick(program, worker, pick, asked, row as usize, &mut draw)
            };
        }
        self.put_away(anchor);
        for operand in question {
            self.put_away(operand);
        }
    }

    /// Cells of another table, computed when they are asked for the first time.
    fn source(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        slot: usize,
        index: &Operand,
        rows: &[u32],
        out: &mut [i64],
    ) {
        let (view, known) = (index.view(&self.cells), &self.sources[slot]);
        let mut is_known = true;
        each(rows, out, |row| match view.at(row) {
            NULL => NULL,
            index => {
                let cell = known[index as usize];
                is_known &= cell != UNSET;
                cell
            }
        });
        if is_known {
            return;
        }
        for &row in rows {
            if out[row as usize] == UNSET {
                let index = index.view(&self.cells).at(row) as usize;
                out[row as usize] = match self.sources[slot][index] {
                    UNSET => self.learn(program, worker, slot, index as u32),
                    known => known,
                };
            }
        }
    }

    pub(super) fn list(&mut self) -> Vec<u32> {
        let mut list = self.lists.pop().unwrap_or_default();
        list.clear();
        list
    }

    pub(super) fn put_away(&mut self, operand: Operand) {
        if let Operand::Made(cells) = operand {
            self.spare.push(cells);
        }
    }
}
