//! Which row a reference picks.

use std::collections::HashMap;
use std::sync::Arc;

use super::{NOWHERE, Row, Scene, Worker};
use crate::seed::dataset::Address;
use crate::seed::expression::Path;
use crate::seed::grammar::reference::{Among, Choice, Reference};
use crate::seed::value::Value;
use crate::seed::value::numbers::power_of_eighths;
use crate::seed::value::random::{Draw, join};

/// Rows that a reference may pick, with the running total of their weights.
type Choices = Arc<[(u32, u64)]>;

/// What `where` and `weight` depend on: at most two values of the row.
type Question = [i64; 2];

/// The choices of a column, for what its condition depends on.
#[derive(Debug, Default)]
pub(crate) struct Candidates {
    pod: (u32, u32),
    anchor: u32,
    known: HashMap<Question, Choices>,
}

/// More answers than this are forgotten, so that memory stays bounded.
const MOST_ANSWERS: usize = 4096;

impl Worker<'_> {
    /// The index of the row that a reference picks, if there is one.
    pub(crate) fn choose(
        &mut self,
        scene: &mut Scene<'_>,
        reference: &Reference,
        draw: &mut Draw,
        column: usize,
    ) -> Option<u32> {
        let target = reference.target;
        let row = &mut *scene.row;
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
            Choice::Uniform | Choice::Zipf(_) => {}
        }
        let anchor = match &reference.among {
            Among::All => NOWHERE,
            Among::Under(hop) | Among::Via { anchor: hop, .. } => self.hop(row, *hop)?.1.index,
        };
        if reference.condition.is_none() && reference.weight.is_none() {
            let (first, end) = match &reference.among {
                Among::All => (0, rows),
                Among::Under(_) => self.under(target, tenant, pod, anchor),
                Among::Via { .. } => (0, 0),
            };
            if !matches!(reference.among, Among::Via { .. }) {
                return self.pick_in_range(scene.row, reference, draw, (first, end), column);
            }
        }
        let choices = self.choices(scene, reference, anchor);
        self.pick_weighted(scene.row, reference, draw, &choices, column)
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
            join(table.columns[column].key, 6),
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

    fn choices(&mut self, scene: &mut Scene<'_>, reference: &Reference, anchor: u32) -> Choices {
        let pod = (scene.row.address.tenant, scene.row.address.pod);
        let question = self.question(scene, &reference.depends_on);
        let key = reference.id;
        let candidates = self.candidates.entry(key).or_default();
        if candidates.pod != pod
            || candidates.anchor != anchor
            || candidates.known.len() > MOST_ANSWERS
        {
            candidates.known.clear();
            candidates.pod = pod;
            candidates.anchor = anchor;
        }
        if let Some(question) = question
            && let Some(known) = candidates.known.get(&question)
        {
            return Arc::clone(known);
        }
        let choices = self.build(scene, reference, anchor);
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
    fn question(&mut self, scene: &mut Scene<'_>, paths: &Option<Vec<Path>>) -> Option<Question> {
        let mut question = [0; 2];
        for (at, path) in paths.as_ref()?.iter().enumerate() {
            question[at] = match self.path(scene, path) {
                Value::Date(days) => i64::from(days),
                Value::Timestamp(number) | Value::Int(number) | Value::Number(number) => number,
                Value::Word(word) => i64::from(word),
                Value::Bool(value) => i64::from(value),
                Value::Null => i64::MIN,
                _ => return None,
            };
        }
        Some(question)
    }

    fn build(&mut self, scene: &mut Scene<'_>, reference: &Reference, anchor: u32) -> Choices {
        let target = reference.target;
        let (tenant, pod) =
            self.data
                .pod_in(target, scene.row.address.tenant, scene.row.address.pod);
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
                    let weight = self.weigh(scene, reference, &mut it, None);
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
                for index in first..end {
                    let mut via = self.row_at(
                        *table,
                        Address {
                            tenant: via_tenant,
                            pod: via_pod,
                            index,
                        },
                    );
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
                        let weight = self.weigh(scene, reference, &mut it, Some(&mut via));
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
        scene: &mut Scene<'_>,
        reference: &Reference,
        it: &mut Row,
        via: Option<&mut Row>,
    ) -> u64 {
        let mut inner = Scene {
            row: &mut *scene.row,
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
