//! `{ share_of_day = [6.5, 9.0], step = 0.25 }`: a share of what a person has on a day. The shares of a day add up to
//! one number between the bounds, so that nobody works thirty hours.

use super::{Generator, is_number, takes};
use crate::files::toml::Node;
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::numbers::normal;
use crate::seed::value::random::{Draw, join};
use crate::seed::value::{UNIT, date};

/// A day's total, in steps of ten-thousandths.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    pub(in crate::seed) low: i64,
    pub(in crate::seed) high: i64,
    pub(in crate::seed) step: i64,
}

pub(super) fn parse(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let step = fields
        .take("step")
        .map_or(Some(UNIT / 4), |node| reader.number(node))?;
    let (low, high) = reader.bounds(value, Reader::number)?;
    if step <= 0 || low < step {
        reader.mistake(
            value.span.clone(),
            "the day must hold at least one step, and a step is greater than 0",
            None,
        );
        return None;
    }
    takes(reader, value, slot, "a number", is_number).then_some(Generator::Share(Share {
        low: low / step,
        high: high / step,
        step,
    }))
}

impl Share {
    /// The key of the draws of a column's shares.
    pub(crate) const fn key(column: u64) -> u64 {
        join(column, 9)
    }

    /// The shares of a day, in ten-thousandths, in their order.
    pub(crate) fn each(
        &self,
        key: u64,
        person: u64,
        day: i32,
        siblings: u32,
        mut visit: impl FnMut(u32, i64),
    ) {
        let mut draw = Draw::new(
            key,
            person.wrapping_add((day as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        );
        let middle = (self.low + self.high) as f64 / 2.0;
        let deviation = (self.high - self.low) as f64 / 5.0;
        let mut steps =
            ((middle + normal(&mut draw) * deviation + 0.5) as i64).clamp(self.low, self.high);
        if date::weekday(day) > 4 {
            // A weekend's work is half a day.
            steps /= 2;
        }
        let count = siblings.max(1);
        let rest = (steps - i64::from(count)).max(0);
        // Each has one step; the rest is shared by weight, and rounding is carried on, so that nothing is lost.
        let mut again = draw;
        let total: i64 = (0..count).map(|_| draw.between(1, 6)).sum();
        let mut given = 0;
        let mut before = 0;
        for order in 0..count {
            before += again.between(1, 6);
            let until = before * rest / total;
            visit(order, (1 + until - given) * self.step);
            given = until;
        }
    }
}
