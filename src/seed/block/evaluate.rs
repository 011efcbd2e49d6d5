//! The value of a cell from its code.

use super::code::{Code, First, NULL, UNSET, arithmetic, call, compare};
use super::{Block, Program};
use crate::seed::dataset::Address;
use crate::seed::expression::Function;
use crate::seed::generate::{NOWHERE, Worker};
use crate::seed::value::random::Draw;
use crate::seed::value::{UNIT, Value, date};

/// Which of some weighted options is taken.
#[inline]
pub(super) fn drawn(options: &[(Code, u64)], draw: &mut Draw) -> usize {
    let drawn = draw.bits() >> 32;
    options
        .iter()
        .position(|(_, threshold)| *threshold > drawn)
        .unwrap_or(options.len() - 1)
}

impl Block {
    /// The value of a row's cell from its code.
    pub(super) fn evaluate(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        code: &Code,
        at: usize,
        draw: &mut Draw,
    ) -> i64 {
        // What is only looked up needs no call.
        macro_rules! value {
            ($code:expr) => {
                match $code {
                    Code::Constant(bits) => *bits,
                    Code::Own(column) => self.cells[*column][at],
                    other => self.evaluate(program, worker, other, at, draw),
                }
            };
        }
        match code {
            Code::Constant(bits) => *bits,
            Code::Own(column) => self.cells[*column][at],
            Code::Day => i64::from(self.spots[at].day),
            Code::Parent => i64::from(self.spots[at].parent),
            Code::It => self.it,
            Code::Source(slot, row) => {
                let index = match &**row {
                    Code::Own(column) => self.cells[*column][at],
                    Code::It => self.it,
                    Code::Parent => i64::from(self.spots[at].parent),
                    other => self.evaluate(program, worker, other, at, draw),
                };
                if index == NULL {
                    return NULL;
                }
                match self.sources[*slot][index as usize] {
                    UNSET => self.learn(program, worker, *slot, index as u32),
                    known => known,
                }
            }
            Code::Midnight(day) => match value!(&**day) {
                NULL => NULL,
                day => day * date::DAY,
            },
            Code::Not(inner) => i64::from(value!(&**inner) != 1),
            Code::And(one, other) => i64::from(value!(&**one) == 1 && value!(&**other) == 1),
            Code::Or(one, other) => i64::from(value!(&**one) == 1 || value!(&**other) == 1),
            Code::Compare(comparison, one, other) => {
                let (one, other) = (value!(&**one), value!(&**other));
                i64::from(compare(*comparison, one, other))
            }
            Code::Between(value, low, high) => {
                let value = value!(&**value);
                let low = value!(&**low);
                if value == NULL || low == NULL || value < low {
                    return 0;
                }
                let high = value!(&**high);
                i64::from(high != NULL && value <= high)
            }
            Code::IsNull(inner) => i64::from(value!(&**inner) == NULL),
            Code::List(items) => i64::from(items[draw.below(items.len() as u64) as usize]),
            Code::Weighted(options) => {
                let found = drawn(options, draw);
                value!(&options[found].0)
            }
            Code::Case(branches) => {
                for (condition, result) in branches {
                    let is_so = match condition {
                        Some(condition) => value!(condition) == 1,
                        None => true,
                    };
                    if is_so {
                        return value!(result);
                    }
                }
                NULL
            }
            Code::Arithmetic(operator, one, other) => {
                let (one, other) = (value!(&**one), value!(&**other));
                arithmetic(*operator, one, other).unwrap_or_else(|| {
                    self.is_off = true;
                    NULL
                })
            }
            Code::After {
                after,
                of,
                first,
                no_later,
            } => {
                let mut start = value!(&**of);
                if start == NULL
                    && let Some(first) = first
                {
                    start = value!(&**first);
                    if start != NULL && !after.instant {
                        return start.div_euclid(date::DAY);
                    }
                }
                if start == NULL {
                    return NULL;
                }
                let mut instant = after.instant(start, draw);
                if let Some(no_later) = no_later {
                    let limit = value!(&**no_later);
                    if limit != NULL {
                        instant = instant.min(limit).max(start);
                    }
                }
                if after.instant {
                    instant
                } else {
                    instant.div_euclid(date::DAY)
                }
            }
            Code::Share(share, key) => self.share(worker, *share, *key, at),
            other => self.rare(program, worker, other, at, draw),
        }
    }

    /// The value of code that is rare or costs so much that a call does not matter.
    #[inline(never)]
    fn rare(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        code: &Code,
        at: usize,
        draw: &mut Draw,
    ) -> i64 {
        macro_rules! value {
            ($code:expr) => {
                self.evaluate(program, worker, $code, at, draw)
            };
        }
        match code {
            Code::Order => (i64::from(self.spots[at].order) + 1) * UNIT,
            Code::Siblings => i64::from(self.spots[at].siblings) * UNIT,
            Code::Place(start) => (i64::from(self.spots[at].order) + start) * UNIT,
            Code::SameKey([(one, first), (other, second)]) => {
                let (first, second) = (value!(first), value!(second));
                if first == NULL || second == NULL {
                    return 0;
                }
                let one = self.row_key(program, worker, *one, first as usize);
                i64::from(one == self.row_key(program, worker, *other, second as usize))
            }
            Code::In(value, options) => {
                let value = value!(value);
                i64::from(value != NULL && options.iter().any(|option| value!(option) == value))
            }
            Code::Call(Function::If, arguments) => {
                let is_so = value!(&arguments[0]) == 1;
                value!(&arguments[if is_so { 1 } else { 2 }])
            }
            Code::Call(Function::Coalesce, arguments) => {
                for argument in arguments {
                    let value = value!(argument);
                    if value != NULL {
                        return value;
                    }
                }
                NULL
            }
            Code::Call(function, arguments) => {
                let mut values = [NULL; 9];
                for (value, argument) in values.iter_mut().zip(arguments) {
                    *value = value!(argument);
                }
                call(*function, &values[..arguments.len()])
            }
            Code::Number(number) => number.draw(draw).number().unwrap_or(NULL),
            Code::Date(date) => match date.draw(draw) {
                Value::Date(days) => i64::from(days),
                Value::Timestamp(micros) => micros,
                _ => NULL,
            },
            Code::Nth(options) => {
                value!(&options[self.spots[at].order as usize % options.len()])
            }
            Code::Whole(whole, target) => {
                whole.row(self.rows_of(worker, *target), self.first + at as u32, draw)
            }
            Code::Pick(pick) => {
                let anchor = match &pick.anchor {
                    Some(anchor) => value!(anchor),
                    None => i64::from(NOWHERE),
                };
                if anchor == NULL {
                    return NULL;
                }
                let mut question = [0; 2];
                for (part, code) in question.iter_mut().zip(&pick.question) {
                    *part = value!(code);
                }
                self.pick(program, worker, pick, (anchor, question), at, draw)
            }
            Code::First(first) => match value!(&first.anchor) {
                NULL => NULL,
                anchor => self.first(program, worker, first, anchor as usize, at),
            },
            other => self.evaluate(program, worker, other, at, draw),
        }
    }

    /// How many rows a table has in the pod that this one's lead to.
    pub(super) fn rows_of(&self, worker: &Worker<'_>, table: usize) -> u32 {
        let (tenant, pod) = worker.data.pod_in(table, self.tenant, self.pod);
        worker.data.rows_in(table, tenant, pod)
    }

    /// The row's share of its day; the shares of a day are computed together.
    pub(super) fn share(
        &mut self,
        worker: &Worker<'_>,
        share: crate::seed::grammar::Share,
        key: u64,
        at: usize,
    ) -> i64 {
        let spot = self.spots[at];
        let wanted = (key, spot.parent, spot.day);
        if self.shares_of != Some(wanted) {
            let data = worker.data;
            let Some(parent) = data.tables[self.table].shape.parent() else {
                self.is_off = true;
                return NULL;
            };
            let (tenant, pod) = data.pod_in(parent, self.tenant, self.pod);
            let address = Address {
                tenant,
                pod,
                index: spot.parent,
            };
            let shares = &mut self.shares;
            shares.clear();
            share.each(
                key,
                data.row_key(parent, address),
                spot.day,
                spot.siblings,
                |_, share| shares.push(share),
            );
            self.shares_of = Some(wanted);
        }
        self.shares[spot.order as usize]
    }

    pub(super) fn first(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        first: &First,
        anchor: usize,
        at: usize,
    ) -> i64 {
        let Some(children) = &self.children[first.children] else {
            return NULL;
        };
        let (begin, end) = (children.before[anchor], children.before[anchor + 1]);
        let Some(condition) = &first.condition else {
            return if begin < end { begin as i64 } else { NULL };
        };
        // The usual condition, a day between two of the candidate's, needs no call.
        if let Code::Between(value, low, high) = condition
            && let (Code::Own(value), Code::Source(low, row), Code::Source(high, other)) =
                (&**value, &**low, &**high)
            && let (Code::It, Code::It) = (&**row, &**other)
        {
            let value = self.cells[*value][at];
            for index in begin as usize..end as usize {
                let mut bound = |slot: usize| match self.sources[slot][index] {
                    UNSET => self.learn(program, worker, slot, index as u32),
                    known => known,
                };
                let (low, high) = (bound(*low), bound(*high));
                if value != NULL && low != NULL && high != NULL && low <= value && value <= high {
                    return index as i64;
                }
            }
            return NULL;
        }
        let outer = self.it;
        let mut found = NULL;
        for index in begin..end {
            self.it = index as i64;
            if self.evaluate(program, worker, condition, at, &mut Draw::new(0, 0)) == 1 {
                found = index as i64;
                break;
            }
        }
        self.it = outer;
        found
    }
}
