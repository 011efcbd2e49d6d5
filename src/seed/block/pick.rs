//! References by weight: which rows may be picked, and which one is.

use std::sync::Arc;

use super::code::{Among, NULL, Pick};
use super::{Block, Program};
use crate::seed::dataset::Address;
use crate::seed::generate::{Choices, InScope, Piece, Worker};
use crate::seed::value::random::{Draw, QuickMap};

/// An anchor and what is asked of its candidates.
type Question = (i64, [i64; 2]);

/// More answers than this are forgotten, so that memory stays bounded.
const MOST_ANSWERS: usize = 4096;

/// The candidates of a reference for what was asked before.
#[derive(Debug, Default)]
pub(super) struct Picked {
    asked: Option<Question>,
    choices: Option<Choices>,
    /// What was asked before that, where it comes again.
    known: QuickMap<Question, Choices>,
    /// The rows of a linking table under the anchor asked last: what is compared, and where they lead.
    links: Vec<(i64, i64)>,
    links_of: Option<i64>,
    /// The columns of the linking table that this takes.
    columns: Option<Vec<usize>>,
    block: Option<Box<Block>>,
}

/// What rows of the same parent and day have picked.
#[derive(Debug)]
pub(super) struct Group {
    /// The reference and the row that can go on from here.
    next: (usize, usize),
    asked: Question,
    draw: Draw,
    tries: usize,
    taken: Vec<u32>,
}

const NOBODY: (usize, usize) = (usize::MAX, usize::MAX);

impl Default for Group {
    fn default() -> Self {
        Self {
            next: NOBODY,
            asked: (NULL, [0; 2]),
            draw: Draw::new(0, 0),
            tries: 0,
            taken: Vec::new(),
        }
    }
}

impl Block {
    pub(super) fn pick(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        pick: &Pick,
        asked: Question,
        at: usize,
        draw: &mut Draw,
    ) -> i64 {
        if self.picks[pick.slot].asked != Some(asked) {
            let choices = self.candidates(program, worker, pick, asked, at);
            let picked = &mut self.picks[pick.slot];
            (picked.asked, picked.choices) = (Some(asked), Some(choices));
        }
        let Some(choices) = &self.picks[pick.slot].choices else {
            return NULL;
        };
        let Some(total) = choices.last().map(|(_, sum)| *sum).filter(|sum| *sum > 0) else {
            return NULL;
        };
        let Some(key) = pick.distinct else {
            return i64::from(chosen(choices, draw.below(total)));
        };
        // As the evaluation row by row has it: every row of a group repeats the draws of the group, so it goes on where
        // the row before it ended.
        let data = worker.data;
        let spot = self.spots[at];
        let wanted = spot.order as usize;
        let group = &mut self.group;
        if !(self.goes_on[at] && group.next == (pick.slot, at) && group.asked == asked) {
            let parent = match data.tables[self.table].shape.parent() {
                Some(parent) => {
                    let (tenant, pod) = data.pod_in(parent, self.tenant, self.pod);
                    let index = spot.parent;
                    data.row_key(parent, Address { tenant, pod, index })
                }
                None => 0,
            };
            let day = (spot.day as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            group.draw = Draw::new(key, parent.wrapping_add(day));
            group.tries = 0;
            group.asked = asked;
            group.taken.clear();
        }
        group.next = (pick.slot, at + 1);
        while group.tries < 64 * (wanted + 1) {
            group.tries += 1;
            let index = chosen(choices, group.draw.below(total));
            if group.taken.contains(&index) {
                continue;
            }
            group.taken.push(index);
            if group.taken.len() > wanted {
                return i64::from(index);
            }
        }
        // Nothing goes on from here.
        group.next = NOBODY;
        choices
            .iter()
            .map(|(index, _)| *index)
            .filter(|index| !group.taken.contains(index))
            .nth(wanted - group.taken.len())
            .map_or(NULL, i64::from)
    }

    fn candidates(
        &mut self,
        program: &Program,
        worker: &mut Worker<'_>,
        pick: &Pick,
        asked: Question,
        at: usize,
    ) -> Choices {
        match &pick.among {
            Among::All { condition, weight } => {
                if let Some(known) = self.picks[pick.slot].known.get(&asked) {
                    return Choices::clone(known);
                }
                let data = worker.data;
                let (tenant, pod) = data.pod_in(pick.reference.target, self.tenant, self.pod);
                let mut list = Vec::new();
                let mut sum = 0;
                let outer = self.it;
                for index in 0..data.rows_in(pick.reference.target, tenant, pod) {
                    self.it = i64::from(index);
                    let mut nothing = Draw::new(0, 0);
                    if let Some(condition) = condition
                        && self.evaluate(program, worker, condition, at, &mut nothing) != 1
                    {
                        continue;
                    }
                    let weight = match weight {
                        Some(weight) => self.evaluate(program, worker, weight, at, &mut nothing),
                        None => 1,
                    };
                    if weight > 0 {
                        sum += weight as u64;
                        list.push((index, sum));
                    }
                }
                self.it = outer;
                let choices: Choices = list.into();
                let known = &mut self.picks[pick.slot].known;
                if known.len() > MOST_ANSWERS {
                    known.clear();
                }
                known.insert(asked, Choices::clone(&choices));
                choices
            }
            Among::Linked { table, link, equal } => {
                let (anchor, [wanted, _]) = asked;
                if self.picks[pick.slot].links_of != Some(anchor)
                    && !self.learn_links(worker, pick, anchor, (*table, *link, *equal))
                {
                    return self.ask(worker, pick, anchor, at);
                }
                let links = &self.picks[pick.slot].links;
                let found = links.partition_point(|(known, _)| *known < wanted);
                links[found..]
                    .iter()
                    .take_while(|(known, _)| *known == wanted)
                    .zip(1..)
                    .map(|((_, target), sum)| (*target as u32, sum))
                    .collect()
            }
            Among::Asked => self.ask(worker, pick, asked.0, at),
        }
    }

    /// The candidates according to the evaluation row by row.
    fn ask(&mut self, worker: &mut Worker<'_>, pick: &Pick, anchor: i64, at: usize) -> Choices {
        let address = Address {
            tenant: self.tenant,
            pod: self.pod,
            index: self.first + at as u32,
        };
        worker.begin(&mut self.row, self.table, address, self.spots[at]);
        worker.choices(
            &mut InScope::of(&mut self.row),
            &pick.reference,
            anchor as u32,
        )
    }

    /// Computes the linking rows under an anchor as a block of their own; false when they have no code for it.
    fn learn_links(
        &mut self,
        worker: &mut Worker<'_>,
        pick: &Pick,
        anchor: i64,
        (table, link, equal): (usize, usize, usize),
    ) -> bool {
        let data = worker.data;
        let programs = Arc::clone(&self.programs);
        let Some(program) = programs
            .of(data, table)
            .filter(|program| program.columns[link].is_some() && program.columns[equal].is_some())
        else {
            return false;
        };
        let (tenant, pod) = data.pod_in(pick.reference.target, self.tenant, self.pod);
        let (tenant, pod) = data.pod_in(table, tenant, pod);
        if pod == 0 && !data.tables[table].first.is_empty() {
            return false;
        }
        let (first, end) = worker.under(table, tenant, pod, anchor as u32);
        let mut block = self.picks[pick.slot].block.take().unwrap_or_default();
        block.programs = Arc::clone(&programs);
        let piece = Piece {
            table,
            tenant,
            pod,
            first,
            end,
        };
        block.begin(data, program, worker, piece);
        let picked = &mut self.picks[pick.slot];
        let columns = picked
            .columns
            .get_or_insert_with(|| program.leading_to(&[link, equal]));
        block.compute(program, columns, worker);
        let is_off = block.is_off;
        picked.links.clear();
        let rows = block.cells[equal].iter().zip(&block.cells[link]);
        picked.links.extend(
            rows.filter(|(known, target)| **known != NULL && **target != NULL)
                .map(|(known, target)| (*known, *target)),
        );
        // Those alike stay in the order of their rows.
        picked.links.sort_by_key(|(known, _)| *known);
        picked.links_of = Some(anchor);
        picked.block = Some(block);
        !is_off
    }

    /// Forgets what belongs to another pod.
    pub(super) fn forget_picks(&mut self, count: usize) {
        self.picks.resize_with(count, Picked::default);
        for picked in &mut self.picks {
            picked.asked = None;
            picked.choices = None;
            picked.links_of = None;
            picked.known.clear();
        }
    }
}

/// The candidate at a point of the running total.
fn chosen(choices: &[(u32, u64)], drawn: u64) -> u32 {
    // Few candidates are gone through faster than halved.
    let found = if choices.len() <= 8 {
        choices
            .iter()
            .position(|(_, sum)| *sum > drawn)
            .unwrap_or(0)
    } else {
        choices.partition_point(|(_, sum)| *sum <= drawn)
    };
    choices[found].0
}
