//! Conditions over the rows of a block: what stands behind one is computed only for the rows that it leaves.

use super::code::{Code, NULL};
use super::column::each;
use super::operand::View;
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
        rows.retain(|row| view.at(*row) == 1);
        self.put_away(truth);
        rows
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
                Some(condition) => {
                    let truth = self.operand(program, worker, condition, &rest);
                    let view = truth.view(&self.cells);
                    part(&view, &mut rest, &mut found);
                    self.put_away(truth);
                }
                None => {
                    found.clear();
                    found.append(&mut rest);
                }
            }
            if !found.is_empty() {
                self.fill(program, worker, result, key, &found, out);
            }
        }
        each(&rest, out, |_| NULL);
        self.lists.extend([rest, found]);
    }
}

/// Moves the rows where something is so from `rest` to `found`, without a branch that the processor would have to guess.
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
