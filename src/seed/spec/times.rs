//! Days, hours of the day and days of the week, as a seed file writes them.

use super::reader::{Reader, describe};
use crate::files::suggest;
use crate::files::toml::{Data, Node};
use crate::seed::value::date;

/// The present day of stories that are told as of "this week", a Monday; part of the file format.
const SOME_MONDAY: i32 = date::from_civil(2026, 1, 5);

impl Reader<'_> {
    /// The present day of the story: a date, or "this week".
    pub(super) fn read_as_of(&mut self, node: &Node) {
        let found = match &node.data {
            Data::Text(text) if text == "this week" => {
                self.moves = true;
                Some(SOME_MONDAY)
            }
            Data::Datetime(text) | Data::Text(text) => date::parse(text),
            _ => None,
        };
        match found {
            Some(days) => self.as_of = days,
            None => self.mistake(
                node.span.clone(),
                "as_of is a date or \"this week\"",
                Some("for example as_of = 2026-03-31".to_owned()),
            ),
        }
    }

    /// Notes a date that is written out in a story without a place in time.
    pub(crate) fn no_date(&mut self, node: &Node) {
        if self.moves {
            let hint = "write a distance such as \"-3 months\", or give as_of a date and load with `--as-of today`";
            self.mistake(
                node.span.clone(),
                "a date cannot be written out where as_of is \"this week\": it would move",
                Some(hint.to_owned()),
            );
        }
    }

    /// `[season]`: by name, how busy a day of each month is.
    pub(super) fn read_seasons(&mut self, node: &Node) {
        let Data::Table(entries) = &node.data else {
            return;
        };
        for (key, value) in entries {
            if let Some(months) = self.months(value) {
                self.seasons.push((key.text.clone(), months));
            }
        }
    }

    /// A season: twelve weights, or the name of some.
    pub(crate) fn season(&mut self, node: &Node) -> Option<[u64; 12]> {
        let Data::Text(name) = &node.data else {
            return self.months(node);
        };
        let found = self.seasons.iter().find(|(known, _)| known == name);
        if let Some((_, months)) = found {
            return Some(*months);
        }
        let known = self.seasons.iter().map(|(name, _)| name.as_str());
        let hint = suggest::hint(name, known).unwrap_or_else(|| {
            format!(
                "add {name} = [9, 9, 9, 9, 9, 9, 6, 5, 10, 10, 9, 6] to [season], January first"
            )
        });
        self.mistake(
            node.span.clone(),
            format!("there is no season `{name}`"),
            Some(hint),
        );
        None
    }

    fn months(&mut self, node: &Node) -> Option<[u64; 12]> {
        let items = match &node.data {
            Data::Array(items) => &items[..],
            _ => &[],
        };
        let weights: Option<Vec<u64>> = items
            .iter()
            .map(|item| Some(self.count(item, 0..=1_000_000)? as u64))
            .collect();
        let months = <[u64; 12]>::try_from(weights?);
        if months.is_err() {
            self.mistake(
                node.span.clone(),
                "a season has a weight for each of the twelve months",
                Some(
                    "for example [9, 9, 9, 9, 9, 9, 6, 5, 10, 10, 9, 6], January first".to_owned(),
                ),
            );
        }
        months.ok()
    }

    /// A day: a date, `as_of`, or a distance from it such as `-18 months`.
    pub(crate) fn day(&mut self, node: &Node) -> Option<i32> {
        let written = match &node.data {
            Data::Datetime(text) | Data::Text(text) => date::parse(text),
            _ => None,
        };
        if written.is_some() {
            self.no_date(node);
        }
        let found = match &node.data {
            Data::Text(text) => written.or_else(|| self.distance(text)),
            _ => written,
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
        if matches!(text, "as_of" | "today" | "now" | "start") {
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
