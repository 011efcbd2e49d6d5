//! Days, hours of the day and days of the week, as a seed file writes them.

use super::reader::{Reader, describe};
use crate::files::toml::{Data, Node};
use crate::seed::value::date;

impl Reader<'_> {
    /// A day: a date, `as_of`, or a distance from it such as `-18 months`.
    pub(crate) fn day(&mut self, node: &Node) -> Option<i32> {
        let found = match &node.data {
            Data::Datetime(text) => date::parse(text.get(..10).unwrap_or(text)),
            Data::Text(text) => date::parse(text).or_else(|| self.distance(text)),
            _ => None,
        };
        if found.is_none() {
            let hint = "a date such as 2026-03-31, \"as_of\", or a distance from it: \"-18 months\", \"+2 weeks\", \"-10 days\"";
            self.mistake(
                node.span.clone(),
                format!("a day is expected here, not {}", describe(&node.data)),
                Some(hint.to_owned()),
            );
        }
        found
    }

    pub(super) fn distance(&self, text: &str) -> Option<i32> {
        let text = text.trim();
        if text == "as_of" || text == "start" {
            return Some(if text == "start" {
                self.start
            } else {
                self.as_of
            });
        }
        let (number, unit) = text.split_once(' ')?;
        let number: i32 = number
            .parse()
            .ok()
            .filter(|number: &i32| number.abs() < 100_000)?;
        match unit.trim().trim_end_matches('s') {
            "day" => Some(self.as_of + number),
            "week" => Some(self.as_of + 7 * number),
            "month" => Some(date::add_months(self.as_of, number)),
            "year" => Some(date::add_months(self.as_of, 12 * number)),
            _ => None,
        }
    }

    /// A span of hours of the day, `09:00-18:00`, in microseconds.
    pub(crate) fn hours(&mut self, node: &Node) -> Option<(i64, i64)> {
        let text = self.text(node)?;
        let found = match text.split_once('-') {
            Some((from, to)) => date::parse_time(from.trim()).zip(date::parse_time(to.trim())),
            None => date::parse_time(text.trim()).map(|time| (time, time)),
        };
        if found.is_none_or(|(from, to)| from > to) {
            self.mistake(
                node.span.clone(),
                "hours of the day are expected here",
                Some("for example \"09:00-18:00\"".to_owned()),
            );
            return None;
        }
        found
    }

    /// Days of the week as bits, Monday first: `mon-fri`, `tue`, or an array of them.
    pub(crate) fn weekdays(&mut self, node: &Node) -> Option<u8> {
        const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let items = match &node.data {
            Data::Array(items) => items.iter().collect(),
            _ => vec![node],
        };
        let mut bits = 0;
        for item in items {
            let text = self.text(item)?;
            let (from, to) = text.split_once('-').unwrap_or((text, text));
            let at = |name: &str| NAMES.iter().position(|known| *known == name.trim());
            let (Some(from), Some(to)) = (at(from), at(to)) else {
                self.mistake(
                    item.span.clone(),
                    format!("`{text}` is no day of the week"),
                    Some("for example \"mon-fri\", \"tue\"".to_owned()),
                );
                return None;
            };
            for day in from..=to {
                bits |= 1 << day;
            }
        }
        Some(bits)
    }
}
