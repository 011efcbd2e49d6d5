//! Calendars: who is there on which day, and how many rows fall on it.
//!
//! Each day that somebody is there has a weight; the rows of a pod are spread over the running total of the weights, so
//! that their number is exact and any row is found again by arithmetic.

use std::sync::Arc;

use super::pods::PodRows;
use super::{Spot, Worker};
use crate::seed::dataset::{Address, Calendar, Shape};
use crate::seed::value::date;
use crate::seed::value::random::{Draw, join, threshold};

/// The days of one person.
#[derive(Clone, Debug)]
pub(crate) struct Days {
    tenant: u32,
    pod: u32,
    who: u32,
    /// The day, its first row in the pod, and its number of rows; days without rows are left out.
    pub(crate) days: Vec<(i32, u32, u32)>,
}

/// People whose days are remembered.
const KEPT_PEOPLE: usize = 4;

/// Leave comes in blocks that lie in windows of this many days.
const LEAVE_WINDOW: i32 = 28;

impl PodRows {
    /// The first row at or after the start of a person's days.
    pub(super) fn row_at(&self, person: usize, rows: u64) -> u64 {
        let total = self.before.last().copied().unwrap_or(0).max(1);
        rows_before(self.before[person], rows, total)
    }
}

impl Calendar {
    fn is_holiday(&self, day: i32) -> bool {
        self.holidays.binary_search(&day).is_ok()
    }

    fn is_open(&self, day: i32) -> bool {
        self.weekdays >> date::weekday(day) & 1 == 1 && !self.is_holiday(day)
    }
}

fn rows_before(weight: u64, rows: u64, total: u64) -> u64 {
    (u128::from(weight) * u128::from(rows) / u128::from(total)) as u64
}

impl Worker<'_> {
    /// The weight of the days before each person, and in all.
    pub(super) fn weights(&mut self, table: usize, tenant: u32, pod: u32) -> Vec<u64> {
        let data = self.data;
        let Shape::Calendar(calendar) = &data.tables[table].shape else {
            return Vec::new();
        };
        let (who_tenant, who_pod) = data.pod_in(calendar.who, tenant, pod);
        let people = data.rows_in(calendar.who, who_tenant, who_pod);
        let mut before = vec![0];
        let mut sum = 0;
        for who in 0..people {
            self.each_day(table, calendar, (who_tenant, who_pod, who), |_, weight| {
                sum += weight;
            });
            before.push(sum);
        }
        before
    }

    /// The rows of a calendar in a pod that has what its days draw, before its `pods` are known.
    pub(crate) fn count_days(&mut self, table: usize, tenant: u32, pod: u32) -> u64 {
        let weights = self.weights(table, tenant, pod);
        weights.last().copied().unwrap_or(0)
    }

    /// The most rows that a calendar can hold in a pod.
    pub(crate) fn calendar_capacity(&mut self, table: usize, tenant: u32, pod: u32) -> u64 {
        let data = self.data;
        let Shape::Calendar(calendar) = &data.tables[table].shape else {
            return 0;
        };
        let (who_tenant, who_pod) = data.pod_in(calendar.who, tenant, pod);
        let mut days = 0;
        for who in 0..data.rows_in(calendar.who, who_tenant, who_pod) {
            self.each_day(table, calendar, (who_tenant, who_pod, who), |_, _| {
                days += 1;
            });
        }
        days * u64::from(calendar.per_day.1)
    }

    fn each_day(
        &mut self,
        table: usize,
        calendar: &Calendar,
        (tenant, pod, index): (u32, u32, u32),
        mut visit: impl FnMut(i32, u64),
    ) {
        let data = self.data;
        let address = Address { tenant, pod, index };
        let mut person = self.row_at(calendar.who, address);
        let mut bound = |worker: &mut Self, column: Option<usize>, other: i32| {
            column
                .and_then(|column| worker.cell_ref(&mut person, column).day())
                .unwrap_or(other)
        };
        let first = bound(self, calendar.from, calendar.between.0).max(calendar.between.0);
        let last = bound(self, calendar.until, calendar.between.1).min(calendar.between.1);
        let key = join(data.tables[table].key, 3);
        let person_key = person.key;
        self.put_back(person);
        let (least, most) = calendar.per_day;
        let mut leave = Leave::new(calendar, key, person_key);
        let mut day = if calendar.weekly {
            date::monday(first + 6)
        } else {
            first
        };
        let step = if calendar.weekly { 7 } else { 1 };
        while day <= last {
            let mut draw = Draw::new(
                key,
                person_key.wrapping_add((day as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
            );
            let is_there = if (day..day + step).any(|day| calendar.is_open(day)) {
                !leave.covers(day)
            } else {
                // A day off is worked now and then, but not a holiday, nor when all are away.
                calendar.weekend > 0
                    && !calendar.is_holiday(day)
                    && (date::monday(day)..day).any(|day| calendar.is_open(day))
                    && draw.chance(calendar.weekend)
            };
            if is_there {
                visit(day, draw.between(i64::from(least), i64::from(most)) as u64);
            }
            day += step;
        }
    }

    /// A person's days with their rows.
    pub(crate) fn days_of(&mut self, table: usize, tenant: u32, pod: u32, who: u32) -> Arc<Days> {
        let kept = &self.days[table];
        if let Some(found) = kept
            .iter()
            .find(|kept| kept.who == who && kept.pod == pod && kept.tenant == tenant)
        {
            return Arc::clone(found);
        }
        let known = self.pod(table, tenant, pod);
        let rows = u64::from(self.data.rows_in(table, tenant, pod));
        let total = known.before.last().copied().unwrap_or(0).max(1);
        let mut weight_before = known.before[who as usize];
        let mut days = Vec::new();
        let data = self.data;
        if let Shape::Calendar(calendar) = &data.tables[table].shape {
            let (who_tenant, who_pod) = data.pod_in(calendar.who, tenant, pod);
            self.each_day(
                table,
                calendar,
                (who_tenant, who_pod, who),
                |day, weight| {
                    let first = rows_before(weight_before, rows, total);
                    weight_before += weight;
                    let end = rows_before(weight_before, rows, total);
                    if end > first {
                        days.push((day, first as u32, (end - first) as u32));
                    }
                },
            );
        }
        let made = Arc::new(Days {
            tenant,
            pod,
            who,
            days,
        });
        let kept = &mut self.days[table];
        if kept.len() >= KEPT_PEOPLE {
            kept.remove(0);
        }
        kept.push(Arc::clone(&made));
        made
    }

    pub(super) fn calendar_spot(&mut self, table: usize, address: Address) -> Spot {
        let known = self.pod(table, address.tenant, address.pod);
        let rows = u64::from(self.data.rows_in(table, address.tenant, address.pod));
        let index = u64::from(address.index);
        let people = known.before.len() - 1;
        // The last person whose rows begin at or before this one.
        let (mut low, mut high) = (0, people);
        while low + 1 < high {
            let middle = (low + high) / 2;
            if known.row_at(middle, rows) <= index {
                low = middle;
            } else {
                high = middle;
            }
        }
        let days = self.days_of(table, address.tenant, address.pod, low as u32);
        let at = days
            .days
            .partition_point(|(_, first, _)| *first <= address.index)
            .saturating_sub(1);
        days.days
            .get(at)
            .map_or_else(Spot::default, |(day, first, count)| Spot {
                parent: low as u32,
                order: address.index - first,
                siblings: *count,
                day: *day,
            })
    }
}

/// A person's days off: most of absence is a week or two at a time, more in August and at the turn of the year, the rest
/// single days.
struct Leave {
    /// The share of days off.
    share: f64,
    /// Single days off, where there is no block.
    single: u64,
    key: u64,
    single_key: u64,
    person: u64,
    /// The window looked at last, and the block in it.
    known: Option<(i32, Option<std::ops::Range<i32>>)>,
}

impl Leave {
    fn new(calendar: &Calendar, key: u64, person: u64) -> Self {
        let share = calendar.absent as f64 / 4_294_967_296.0;
        Self {
            share,
            single: threshold(share / 3.0),
            key: join(key, 4),
            single_key: join(key, 5),
            person,
            known: None,
        }
    }

    fn covers(&mut self, day: i32) -> bool {
        if self.share == 0.0 {
            return false;
        }
        let window = day.div_euclid(LEAVE_WINDOW);
        let block = match &self.known {
            Some((known, block)) if *known == window => block.clone(),
            _ => {
                let block = self.block(window);
                self.known = Some((window, block.clone()));
                block
            }
        };
        if let Some(block) = block {
            return block.contains(&day.rem_euclid(LEAVE_WINDOW));
        }
        let mut single = Draw::new(
            self.single_key,
            self.person
                .wrapping_add((day as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        );
        single.chance(self.single)
    }

    fn block(&self, window: i32) -> Option<std::ops::Range<i32>> {
        let mut draw = Draw::new(
            self.key,
            self.person
                .wrapping_add((window as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        );
        let (_, month, of_month) = date::to_civil(window * LEAVE_WINDOW + LEAVE_WINDOW / 2);
        let season = match (month, of_month) {
            (8, _) => 3.0,
            (12, 15..) | (1, ..=8) | (7, _) => 2.0,
            _ => 0.7,
        };
        // A block is 8 working days of 20 on average, and two thirds of all absence.
        draw.chance(threshold(self.share * 1.6 * season)).then(|| {
            let length = draw.between(5, 16) as i32;
            let start = draw.between(0, i64::from(LEAVE_WINDOW - length)) as i32;
            start..start + length
        })
    }
}
