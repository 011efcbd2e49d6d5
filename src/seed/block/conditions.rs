//! Conditions over the rows of a block: what stands behind one is computed only for the rows that it leaves.

use super::code::{Code, NULL};
use super::operand::{Operand, View, each};
use super::{Block, Program};
use crate::seed::expression::Comparison;
use crate::seed::generate::Worker;

impl Block {
    /// The rows for which a condition holds.
    pub(super) fn narrowed(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        condition: &Code,
        mut rows: Vec<u32>,
    ) -> Vec<u32> {
        let truth = self.operand(program, worker, condition, &rows);
        let view = truth.view(&self.cells);
        keep(&mut rows, |row| view.at(row) == 1);
        self.put_away(truth);
        rows
    }

    /// Whether a condition holds for every row (or for none), where the range of a column tells.
    pub(super) fn truth_of_all(&mut self, condition: &Code) -> Option<bool> {
        match condition {
            Code::Compare(comparison, one, other) => {
                let (Code::Own(column), Code::Constant(bound)) = (&**one, &**other) else {
                    return None;
                };
                let (least, most) = self.range(*column);
                if least == NULL || *bound == NULL {
                    return None;
                }
                let (least, most) = (least.cmp(bound), most.cmp(bound));
                let (is_less, is_more) = (most.is_lt(), least.is_gt());
                let is_same = least.is_eq() && most.is_eq();
                let known = |all: bool, none: bool| (all || none).then_some(all);
                match comparison {
                    Comparison::Equal => known(is_same, is_less || is_more),
                    Comparison::Different => known(is_less || is_more, is_same),
                    Comparison::Less => known(is_less, least.is_ge()),
                    Comparison::AtMost => known(most.is_le(), is_more),
                    Comparison::Greater => known(is_more, most.is_le()),
                    Comparison::AtLeast => known(least.is_ge(), is_less),
                }
            }
            Code::And(one, other) => match self.truth_of_all(one)? {
                true => self.truth_of_all(other),
                false => Some(false),
            },
            Code::Or(one, other) => match self.truth_of_all(one)? {
                true => Some(true),
                false => self.truth_of_all(other),
            },
            _ => None,
        }
    }

    fn range(&mut self, column: usize) -> (i64, i64) {
        let cells = &self.cells[column];
        *self.ranges[column].get_or_insert_with(|| {
            let first = cells.first().copied().unwrap_or(NULL);
            cells.iter().fold((first, first), |(least, most), cell| {
                (least.min(*cell), most.max(*cell))
            })
        })
    }

    /// The second condition is asked only where the first comes to `goes_on`.
    pub(super) fn both(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        (one, other): (&Code, &Code),
        goes_on: i64,
        rows: &[u32],
        out: &mut [i64],
    ) {
        let first = self.operand(program, worker, one, rows);
        let mut rest = self.list();
        let view = first.view(&self.cells);
        for &row in rows {
            let truth = i64::from(view.at(row) == 1);
            out[row as usize] = truth;
            if truth == goes_on {
                rest.push(row);
            }
        }
        self.put_away(first);
        if !rest.is_empty() {
            self.one(program, worker, other, &rest, out, |truth| {
                i64::from(truth == 1)
            });
        }
        self.lists.push(rest);
    }

    pub(super) fn case(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        branches: &[(Option<Code>, Code)],
        key: u64,
        rows: &[u32],
        out: &mut [i64],
    ) {
        let (mut rest, mut found) = (self.list(), self.list());
        rest.extend(rows);
        for (condition, result) in branches {
            if rest.is_empty() {
                break;
            }
            match condition {
                Some(condition) => match self.operand(program, worker, condition, &rest) {
                    Operand::Constant([1]) => std::mem::swap(&mut rest, &mut found),
                    Operand::Constant(_) => continue,
                    truth => {
                        part(&truth.view(&self.cells), &mut rest, &mut found);
                        self.put_away(truth);
                    }
                },
                None => std::mem::swap(&mut rest, &mut found),
            }
            if !found.is_empty() {
                self.fill(program, worker, result, key, &found, out);
                found.clear();
            }
        }
        each(&rest, out, |_| NULL);
        self.lists.extend([rest, found]);
    }
}

/// Keeps the rows where something is so, without a branch that the processor would have to guess.
pub(super) fn keep(rows: &mut Vec<u32>, is_so: impl Fn(u32) -> bool) {
    let mut kept = 0;
    for at in 0..rows.len() {
        let row = rows[at];
        rows[kept] = row;
        kept += usize::from(is_so(row));
    }
    rows.truncate(kept);
}

/// Moves the rows where something is so from `rest` to `found`, likewise.
fn part(truth: &View<'_>, rest: &mut Vec<u32>, found: &mut Vec<u32>) {
    found.resize(rest.len(), 0);
    let (mut out, mut kept) = (0, 0);
    for at in 0..rest.len() {
        let row = rest[at];
        let is_so = usize::from(truth.at(row) == 1);
        found[out] = row;
        rest[kept] = row;
        out += is_so;
        kept += 1 - is_so;
    }
    found.truncate(out);
    rest.truncate(kept);
}

/// Compares as the evaluation row by row does: with null nothing holds.
pub(super) fn compare(
    comparison: Comparison,
    (one, other): (View<'_>, View<'_>),
    rows: &[u32],
    out: &mut [i64],
) {
    macro_rules! all {
        ($operator:tt) => {
            each(rows, out, |row| {
                let (one, other) = (one.at(row), other.at(row));
                i64::from(one $operator other && one != NULL && other != NULL)
            })
        };
    }
    match comparison {
        Comparison::Equal => all!(==),
        Comparison::Different => all!(!=),
        Comparison::Less => all!(<),
        Comparison::AtMost => all!(<=),
        Comparison::Greater => all!(>),
        Comparison::AtLeast => all!(>=),
    }
}
