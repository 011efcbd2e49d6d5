//! `{ share_of_day = [6.5, 9.0], step = 0.25 }`: a share of what a person has on a day. The shares of a day add up to
//! one number between the bounds, so that nobody works thirty hours.

use super::{Generator, is_number, takes};
use crate::files::toml::Node;
use crate::seed::generate::{Row, Worker};
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::numbers::normal;
use crate::seed::value::random::{Draw, join};
use crate::seed::value::{UNIT, Value, date};

/// A day's total, in steps of ten-thousandths.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    low: i64,
    high: i64,
    step: i64,
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
    pub(super) fn draw(&self, worker: &Worker<'_>, row: &Row, column: usize) -> Value {
        let data = worker.data;
        let table = &data.tables[row.table];
        let person = match table.shape.parent() {
            Some(parent) => data.row_key(parent, worker.beside(row, parent, row.spot.parent)),
            None => row.key,
        };
        let key = join(table.columns[column].key, 9);
        let mut draw = Draw::new(
            key,
            person.wrapping_add((row.spot.day as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        );
        let middle = (self.low + self.high) as f64 / 2.0;
        let deviation = (self.high - self.low) as f64 / 5.0;
        let mut steps =
            ((middle + normal(&mut draw) * deviation + 0.5) as i64).clamp(self.low, self.high);
        if date::weekday(row.spot.day) > 4 {
            // A weekend's work is half a day.
            steps /= 2;
        }
        let count = i64::from(row.spot.siblings.max(1));
        let rest = (steps - count).max(0);
        // Each has one step; the rest is shared by weight, and rounding is carried on, so that nothing is lost.
        let order = i64::from(row.spot.order);
        let (mut total, mut before, mut own) = (0, 0, 0);
        for at in 0..count {
            let weight = draw.between(1, 6);
            if at < order {
                before += weight;
            } else if at == order {
                own = weight;
            }
            total += weight;
        }
        let share = (before + own) * rest / total - before * rest / total;
        Value::Number((1 + share) * self.step)
    }
}
