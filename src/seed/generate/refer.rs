//! Which row a reference picks.

use std::sync::Arc;

use super::{InScope, NOWHERE, Row, Worker, shared_key};
use crate::seed::dataset::Address;
use crate::seed::expression::Path;
use crate::seed::grammar::reference::{Among, Choice, Reference};
use crate::seed::value::Value;
use crate::seed::value::numbers::power_of_eighths;
use crate::seed::value::random::{Draw, QuickMap, join};

/// Rows that a reference may pick, with the running total of their weights.
pub(crate) type Choices = Arc<[(u32, u64)]>;

/// What `where` and `weight` depend on: at most two values of the row.
type Question = [i64; 2];

/// The choices of a column, for what its condition depends on.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    pod: (u32, u32),
    anchor: u32,
    known: QuickMap<Question, Choices>,
    /// Rows of the linking table by what the condition compares, so that few of them are looked at.
    linked: Option<Vec<(i64, u32)>>,
}

/// More answers than this are forgotten, so that memory stays bounded.
const MOST_ANSWERS: usize = 4096;

impl Worker<'_> {
    /// The index of the row that a reference picks, if there is one.
    pub(crate) fn choose(
        &mut self,
        scope: &mut InScope<'_>,
        reference: &Reference,
        draw: &mut Draw,
        column: usize,
    ) -> Option<u32> {
        let target = reference.target;
        let row = &mut *scope.row;
        let (tenant, pod) = self
            .data
            .pod_in(target, row.address.tenant, row.address.pod);
        let rows = self.data.rows_in(target, tenant, pod);
        match reference.choice {
            Choice::Same => return (row.address.index < rows).then_some(row.address.index),
            Choice::Turns => return (rows > 0).then(|| row.address.index % rows),
            Choice::Earlier => {
                let order = row.spot.order;
                return (order > 0)
                    .then(|| row.address.index - 1 - draw.below(u64::from(order)) as u32);
            }
            Choice::Parent => return Some(row.spot.parent),
            Choice::Pairs(place) => return self.paired(row, place, rows),
            Choice::Uniform | Choice::Zipf(_) | Choice::First => {}
        }
        let anchor = match &reference.among {
            Among::All => NOWHERE,
            Among::Under(hop) | Among::Via { anchor: hop, .. } => self.hop(row, *hop)?.1.index,
        };
        if reference.choice == Choice::First && !matches!(reference.among, Among::Via { .. }) {
            let (first, end) = match &reference.among {
                Among::Under(_) => self.under(target, tenant, pod, anchor),
                _ => (0, rows),
            };
            return (first..end).find(|index| {
                let address = Address {
                    tenant,
                    pod,
                    index: *index,
                };
                let mut it = self.row_at(target, address);
                let weight = self.weigh(scope, reference, &mut it, None);
                self.put_back(it);
                weight > 0
            });
        }
        if reference.condition.is_none() && reference.weight.is_none() {
            let (first, end) = match &reference.among {
                Among::All => (0, rows),
                Among::Under(_) => self.under(target, tenant, pod, anchor),
                Among::Via { .. } => (0, 0),
            };
            if !matches!(reference.among, Among::Via { .. }) {
                return self.pick_in_range(scope.row, reference, draw, (first, end), column);
            }
        }
        let choices = self.choices(scope, reference, anchor);
        self.pick_weighted(scope.row, reference, draw, &choices, column)
    }

    /// The draws that rows of the same parent and day share, so that they can avoid one another.
    fn shared_draw(&self, row: &Row, column: usize) -> Draw {
        let table = &self.data.tables[row.table];
        let group = match table.shape.parent() {
            Some(parent) => self
                .data
                .row_key(parent, self.beside(row, parent, row.spot.parent)),
            None => 0,
        };
        Draw::new(
            shared_key(table.columns[column].key),
            group.wrapping_add((row.spot.day as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        )
    }

    fn pick_in_range(
        &mut self,
        row: &Row,
        reference: &Reference,
        draw: &mut Draw,
        (first, end): (u32, u32),
        column: usize,
    ) -> Option<u32> {
        let count = u64::from(end.saturating_sub(first));
        if count == 0 {
            return None;
        }
        if reference.distinct {
            let order = u64::from(row.spot.order);
            let mut shared = self.shared_draw(row, column);
            let key = shared.bits();
            return (order < count)
                .then(|| first + crate::seed::value::random::permute(key, count, order) as u32);
        }
        if let Choice::Zipf(eighths) = reference.choice {
            let curve = self.curve(count as u32, eighths);
            let total = curve.last().copied().unwrap_or(1).max(1);
            let at = draw.below(total);
            return Some(first + curve.partition_point(|sum| *sum <= at) as u32);
        }
        Some(first + draw.below(count) as u32)
    }

    fn pick_weighted(
        &mut self,
        row: &Row,
        reference: &Reference,
        draw: &mut Draw,
        choices: &Choices,
        column: usize,
    ) -> Option<u32> {
        let total = choices.last().map(|(_, sum)| *sum).filter(|sum| *sum > 0)?;
        let pick = |draw: &mut Draw| {
            let at = draw.below(total);
            choices[choices.partition_point(|(_, sum)| *sum <= at)].0
        };
        if !reference.distinct {
            return Some(pick(draw));
        }
        // Every row of the group repeats the draws of the group, and takes the one of its place.
        let mut shared = self.shared_draw(row, column);
        let wanted = row.spot.order as usize;
        let mut taken: Vec<u32> = Vec::with_capacity(wanted + 1);
        for _ in 0..64 * (wanted + 1) {
            let index = pick(&mut shared);
            if taken.contains(&index) {
                continue;
            }
            if taken.len() == wanted {
                return Some(index);
            }
            taken.push(index);
        }
        // So uneven weights that chance does not find the rest: the first that nobody took.
        choices
            .iter()
            .map(|(index, _)| *index)
            .filter(|index| !taken.contains(index))
            .nth(wanted - taken.len())
    }

    /// One side of a pair of references that together are unique: the pairs are gone through in a random order.
    fn paired(
        &mut self,
        row: &Row,
        place: crate::seed::grammar::reference::Place,
        rows: u32,
    ) -> Option<u32> {
        let other = u64::from(place.other_rows(self.data, row.address.tenant, row.address.pod));
        let rows = u64::from(rows);
        let size = rows * other;
        let index = u64::from(row.address.index);
        if index >= size {
            return None;
        }
        let key = join(self.data.tables[row.table].key, 7)
            ^ u64::from(row.address.tenant) << 32
            ^ u64::from(row.address.pod);
        let pair = crate::seed::value::random::permute(key, size, index);
        Some(if place.is_first {
            pair / other
        } else {
            pair % rows
        } as u32)
    }

    fn curve(&mut self, count: u32, eighths: u32) -> Arc<[u64]> {
        let made = self.curves.entry((count, eighths)).or_insert_with(|| {
            let mut sum = 0_u64;
            (1..=count)
                .map(|at| {
                    sum += (1e9 / power_of_eighths(f64::from(at), eighths)) as u64 + 1;
                    sum
                })
                .collect()
        });
        Arc::clone(made)
    }

    pub(crate) fn choices(
        &mut self,
        scope: &mut InScope<'_>,
        reference: &Reference,
        anchor: u32,
    ) -> Choices {
        let pod = (scope.row.address.tenant, scope.row.address.pod);
        let question = self.question(scope, &reference.depends_on);
        let key = reference.id;
        let candidates = self.candidates.entry(key).or_default();
        if candidates.pod != pod
            || candidates.anchor != anchor
            || candidates.known.len() > MOST_ANSWERS
        {
            candidates.known.clear();
            candidates.linked = None;
            candidates.pod = pod;
            candidates.anchor = anchor;
        }
        if let Some(question) = question
            && let Some(known) = candidates.known.get(&question)
        {
            return Arc::clone(known);
        }
        let choices = self.build(scope, reference, anchor);
        if let Some(question) = question {
            let candidates = self.candidates.entry(key).or_default();
            // Whatever was asked meanwhile, this answer belongs to this pod and anchor.
            if candidates.pod == pod && candidates.anchor == anchor {
                candidates.known.insert(question, Arc::clone(&choices));
            }
        }
        choices
    }

    /// What the condition depends on, if it fits.
    fn question(&mut self, scope: &mut InScope<'_>, paths: &Option<Vec<Path>>) -> Option<Question> {
        let mut question = [0; 2];
        for (at, path) in paths.as_ref()?.iter().enumerate() {
            question[at] = comparable(&self.path(scope, path))?;
        }
        Some(question)
    }

    /// The rows of a linking table under the anchor that the condition may hold for.
    fn linking_rows(
        &mut self,
        scope: &mut InScope<'_>,
        reference: &Reference,
        table: usize,
        (first, end): (u32, u32),
        address: impl Fn(u32) -> Address,
    ) -> Vec<u32> {
        let Some((theirs, own)) = &reference.link_on else {
            return (first..end).collect();
        };
        let Some(wanted) = comparable(&self.path(scope, own)) else {
            return (first..end).collect();
        };
        let known = self
            .candidates
            .get_mut(&reference.id)
            .and_then(|of| of.linked.take());
        let linked = known.unwrap_or_else(|| {
            let mut linked: Vec<(i64, u32)> = Vec::with_capacity((end - first) as usize);
            for index in first..end {
                let mut via = self.row_at(table, address(index));
                let value = self.follow(&mut via, &theirs.hops, theirs.end);
                self.put_back(via);
                // What cannot be compared is equal to nothing.
                linked.extend(comparable(&value).map(|key| (key, index)));
            }
            linked.sort_unstable();
            linked
        });
        let start = linked.partition_point(|(key, _)| *key < wanted);
        let rows = linked[start..]
            .iter()
            .take_while(|(key, _)| *key == wanted)
            .map(|(_, row)| *row)
            .collect();
        if let Some(of) = self.candidates.get_mut(&reference.id) {
            of.linked = Some(linked);
        }
        rows
    }

    fn build(&mut self, scope: &mut InScope<'_>, reference: &Reference, anchor: u32) -> Choices {
        let target = reference.target;
        let (tenant, pod) =
            self.data
                .pod_in(target, scope.row.address.tenant, scope.row.address.pod);
        let mut list = Vec::new();
        let mut sum = 0;
        match &reference.among {
            Among::All | Among::Under(_) => {
                let (first, end) = match &reference.among {
                    Among::Under(_) => self.under(target, tenant, pod, anchor),
                    _ => (0, self.data.rows_in(target, tenant, pod)),
                };
                for index in first..end {
                    let mut it = self.row_at(target, Address { tenant, pod, index });
                    let weight = self.weigh(scope, reference, &mut it, None);
                    self.put_back(it);
                    if weight > 0 {
                        sum += weight;
                        list.push((index, sum));
                    }
                }
            }
            Among::Via { table, link, .. } => {
                let (via_tenant, via_pod) = self.data.pod_in(*table, tenant, pod);
                let (first, end) = self.under(*table, via_tenant, via_pod, anchor);
                let address = |index| Address {
                    tenant: via_tenant,
                    pod: via_pod,
                    index,
                };
                for index in self.linking_rows(scope, reference, *table, (first, end), address) {
                    let mut via = self.row_at(*table, address(index));
                    self.cell_ref(&mut via, *link);
                    let found = via.targets[*link];
                    if found != NOWHERE {
                        let mut it = self.row_at(
                            target,
                            Address {
                                tenant,
                                pod,
                                index: found,
                            },
                        );
                        let weight = self.weigh(scope, reference, &mut it, Some(&mut via));
                        self.put_back(it);
                        if weight > 0 {
                            sum += weight;
                            list.push((found, sum));
                        }
                    }
                    self.put_back(via);
                }
            }
        }
        list.into()
    }

    fn weigh(
        &mut self,
        scope: &mut InScope<'_>,
        reference: &Reference,
        it: &mut Row,
        via: Option<&mut Row>,
    ) -> u64 {
        let mut inner = InScope {
            row: &mut *scope.row,
            it: Some(it),
            via,
        };
        if let Some(condition) = &reference.condition
            && !self.holds(&mut inner, condition)
        {
            return 0;
        }
        match &reference.weight {
            None => 1,
            Some(weight) => self
                .evaluate(&mut inner, weight)
                .number()
                .unwrap_or(0)
                .max(0) as u64,
        }
    }
}

/// A value as a number that is equal when the values are; nothing for what has none.
fn comparable(value: &Value) -> Option<i64> {
    Some(match value {
        Value::Date(_) | Value::Timestamp(_) => value.instant()?,
        Value::Int(_) | Value::Number(_) => value.number()?,
        Value::Word(word) => i64::from(*word),
        Value::Bool(value) => i64::from(*value),
        Value::Null => i64::MIN,
        _ => return None,
    })
}
