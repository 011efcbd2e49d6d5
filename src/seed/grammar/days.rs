//! `{ date = ["-18 months", "-2 weeks"], weekdays = "mon", season = "agency" }` and `{ after = "start_date", days = [42, 140] }`.

use std::sync::Arc;

use super::{Generator, takes};
use crate::files::toml::Node;
use crate::seed::column_type::ColumnType;
use crate::seed::expression::Path;
use crate::seed::spec::{Fields, Reader, Slot};
use crate::seed::value::date::{DAY, MINUTE, to_civil, weekday};
use crate::seed::value::random::Draw;
use crate::seed::value::{UNIT, Value};

/// A day, or an instant on a day, between bounds.
#[derive(Clone, Debug)]
pub struct Date {
    pub(in crate::seed) low: i32,
    pub(in crate::seed) high: i32,
    pub(in crate::seed) weekdays: u8,
    pub(in crate::seed) at: Option<(i64, i64)>,
    pub(crate) instant: bool,
    /// The present day, of which no hour has been yet, where the days end with it.
    pub(in crate::seed) present: Option<i32>,
    /// Under a season, the weights of the days from `low` on, added up.
    pub(in crate::seed) weights: Option<Arc<[u64]>>,
}

/// Some time after another time.
#[derive(Clone, Debug)]
pub struct After {
    pub(crate) of: Path,
    pub(crate) first: Option<Path>,
    /// Least and most, in units.
    pub(in crate::seed) distance: (i64, i64),
    /// A day or a second, in microseconds.
    pub(in crate::seed) unit: i64,
    pub(in crate::seed) weekdays: u8,
    pub(in crate::seed) at: Option<(i64, i64)>,
    pub(crate) instant: bool,
    pub(crate) no_later: Option<Path>,
}

const EVERY_DAY: u8 = 0x7f;

fn is_time(data_type: &ColumnType) -> bool {
    matches!(data_type, ColumnType::Date | ColumnType::Timestamp)
}

/// What both kinds have: weekdays and hours of the day.
fn weekdays_and_hours(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
) -> Option<(u8, Option<(i64, i64)>)> {
    let weekdays = match fields.take("weekdays") {
        Some(node) => reader.weekdays(node)?,
        None => EVERY_DAY,
    };
    let at = match fields.take("at") {
        Some(node) => Some(reader.hours(node)?),
        None => None,
    };
    Some((weekdays, at))
}

pub(super) fn parse_date(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let both = weekdays_and_hours(reader, fields);
    let season = match fields.take("season") {
        Some(node) => Some((node, reader.season(node)?)),
        None => None,
    };
    let (low, high) = reader.bounds(value, Reader::day)?;
    let (weekdays, at) = both?;
    let weights = season.map(|(_, months)| weights(low, high, weekdays, months));
    if let (Some(weights), Some((node, _))) = (&weights, season)
        && weights.last() == Some(&0)
    {
        let message = "the season leaves no day between these bounds";
        reader.mistake(node.span.clone(), message, None);
        return None;
    }
    // A helper value has the kind that is written: with a time of day it is an instant.
    let instant = match &slot.data_type {
        Some(kind) => *kind == ColumnType::Timestamp,
        None => at.is_some(),
    };
    takes(reader, value, slot, "a day", is_time).then(|| {
        Generator::Date(Box::new(Date {
            low,
            high,
            weekdays,
            at,
            instant,
            present: (high == reader.as_of).then_some(high),
            weights,
        }))
    })
}

/// The weights of days by their month, added up; none on other days of the week.
fn weights(low: i32, high: i32, weekdays: u8, months: [u64; 12]) -> Arc<[u64]> {
    let mut sum = 0;
    let days = (low..=high).map(|day| {
        let (_, month, _) = to_civil(day);
        if weekdays >> weekday(day) & 1 == 1 {
            sum += months[month as usize - 1];
        }
        sum
    });
    days.collect()
}

pub(super) fn parse_after(
    reader: &mut Reader<'_>,
    fields: &mut Fields<'_>,
    value: &Node,
    slot: &Slot,
) -> Option<Generator> {
    let of = reader.path(value);
    let mut optional = |reader: &mut Reader<'_>, name| match fields.take(name) {
        Some(node) => reader.path(node).map(Some),
        None => Some(None),
    };
    let first = optional(reader, "first");
    let no_later = optional(reader, "no_later");
    let unit = fields.take_first(&["days", "hours", "minutes", "weeks"]);
    let is_fine = matches!(unit, Some(("hours" | "minutes", _)));
    let distance = match unit {
        None => Some((0, 0)),
        Some((unit, node)) => {
            let micros = match unit {
                "minutes" => MINUTE,
                "hours" => 60 * MINUTE,
                "weeks" => 7 * DAY,
                _ => DAY,
            };
            reader.bounds(node, Reader::number).map(|(low, high)| {
                let scaled = |number: i64| {
                    (i128::from(number) * i128::from(micros) / i128::from(UNIT)) as i64
                };
                (scaled(low), scaled(high))
            })
        }
    };
    let both = weekdays_and_hours(reader, fields);
    let (weekdays, at) = both?;
    let (low, high) = distance?;
    let unit = if low % DAY == 0 && high % DAY == 0 {
        DAY
    } else {
        1_000_000
    };
    let after = After {
        of: of?,
        first: first?,
        distance: (low / unit, high / unit),
        unit,
        weekdays,
        at,
        instant: slot.data_type != Some(ColumnType::Date)
            && (at.is_some() || is_fine || slot.data_type == Some(ColumnType::Timestamp)),
        no_later: no_later?,
    };
    takes(reader, value, slot, "a day", is_time).then(|| Generator::After(Box::new(after)))
}

/// The day itself, or the next one of the wanted days of the week.
fn on_weekday(days: i32, weekdays: u8) -> i32 {
    if weekdays == EVERY_DAY {
        return days;
    }
    (days..days + 7)
        .find(|day| weekdays >> weekday(*day) & 1 == 1)
        .unwrap_or(days)
}

impl Date {
    pub(crate) fn draw(&self, draw: &mut Draw) -> Value {
        let mut days = self.day(draw);
        if !self.instant {
            return Value::Date(days);
        }
        let (from, to) = self.at.unwrap_or((0, 0));
        let of_day = minutes(draw, from, to);
        if self.present == Some(days) && of_day > 0 {
            // As late on the last day before.
            let before = (self.low..days).rev();
            let mut worked = before.filter(|day| self.weekdays >> weekday(*day) & 1 == 1);
            match worked.next() {
                Some(before) => days = before,
                None => return Value::Timestamp(i64::from(days) * DAY),
            }
        }
        Value::Timestamp(i64::from(days) * DAY + of_day)
    }
}

impl Date {
    fn day(&self, draw: &mut Draw) -> i32 {
        if let Some(weights) = &self.weights {
            let total = weights.last().copied().unwrap_or(1) as i64;
            let drawn = draw.between(0, total - 1) as u64;
            return self.low + weights.partition_point(|sum| *sum <= drawn) as i32;
        }
        let drawn = draw.between(i64::from(self.low), i64::from(self.high)) as i32;
        let days = on_weekday(drawn, self.weekdays);
        if days <= self.high {
            return days;
        }
        (self.low..=self.high)
            .rev()
            .find(|day| self.weekdays >> weekday(*day) & 1 == 1)
            .unwrap_or(drawn)
    }
}

/// A time of day, to the second.
fn minutes(draw: &mut Draw, from: i64, to: i64) -> i64 {
    draw.between(from / 1_000_000, to / 1_000_000) * 1_000_000
}

impl After {
    /// The instant after another, without the one that it must not be later than.
    pub(crate) fn instant(&self, start: i64, draw: &mut Draw) -> i64 {
        let (low, high) = self.distance;
        let mut instant = start + draw.between(low, high) * self.unit;
        if self.weekdays != EVERY_DAY || self.at.is_some() {
            let days = on_weekday(instant.div_euclid(DAY) as i32, self.weekdays);
            let of_day = instant.rem_euclid(DAY);
            instant = i64::from(days) * DAY + of_day;
            if let Some((from, to)) = self.at
                && !(from..=to).contains(&of_day)
            {
                let next = i64::from(days) * DAY + minutes(draw, from, to);
                // Never before what it comes after.
                instant = if next >= start {
                    next
                } else {
                    i64::from(on_weekday(days + 1, self.weekdays)) * DAY + minutes(draw, from, to)
                };
            }
        }
        instant
    }

    pub(super) fn paths(&self, visit: &mut dyn FnMut(&Path)) {
        visit(&self.of);
        self.first.iter().chain(&self.no_later).for_each(visit);
    }
}
