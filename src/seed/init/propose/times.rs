//! Days and instants: after another, in the past, in the future, on a day of the week.

use super::super::clock::DAY;
use super::super::days::FIRST;
use super::{Asked, Proposal, Words, following, plain};
use crate::files::toml::quoted;
use crate::seed::column_type::ColumnType;
use crate::seed::value::{UNIT, date};
use crate::sql::literal;

pub(super) fn propose(column: &Asked, others: &[Asked], words: &Words, found: &mut Vec<Proposal>) {
    let is_date = column.data_type == ColumnType::Date;
    let times = others
        .iter()
        .filter(|other| matches!(other.data_type, ColumnType::Date | ColumnType::Timestamp));
    for other in times {
        let name = &other.name;
        if is_date {
            found.push(following(
                format!("{{ after = \"{name}\", days = [1, 28] }}"),
                name,
                &["{}::date + 1", "{}::date + 28"],
            ));
            found.push(following(
                format!("{{ value = \"week({name})\" }}"),
                name,
                &["pg_catalog.date_trunc('week', {}::timestamp)"],
            ));
            found.push(following(
                format!("{{ value = \"{name} - 7\" }}"),
                name,
                &["{}::date - 7"],
            ));
        } else {
            found.push(following(
                format!("{{ after = \"{name}\", hours = [1, 90] }}"),
                name,
                &[
                    "{}::timestamptz + interval '1 hour'",
                    "{}::timestamptz + interval '90 hours'",
                ],
            ));
            found.push(following(
                format!("{{ after = \"{name}\", minutes = [10, 50] }}"),
                name,
                &[
                    "{}::timestamptz + interval '10 minutes'",
                    "{}::timestamptz + interval '50 minutes'",
                ],
            ));
            found.push(following(
                format!("{{ after = \"{name}\", days = [-9, -1] }}"),
                name,
                &[
                    "{}::timestamptz - interval '9 days'",
                    "{}::timestamptz - interval '1 day'",
                ],
            ));
        }
        found.push(following(format!("{{ copy = \"{name}\" }}"), name, &["{}"]));
    }
    // Distances that the check names, in days.
    let whole = words.numbers.iter().map(|number| number / UNIT);
    for days in whole.filter(|days| (2..=5000).contains(days)) {
        for other in others.iter().filter(|_| is_date) {
            for (low, high) in [(days + 1, days + 30), (0, days - 1), (days, days)] {
                found.push(following(
                    format!("{{ after = \"{}\", days = [{low}, {high}] }}", other.name),
                    &other.name,
                    &[
                        &format!("{{}}::date + {low}"),
                        &format!("{{}}::date + {high}"),
                    ],
                ));
            }
        }
    }
    // Days that the check names: between, before and after them.
    let named = words.texts.iter();
    let mut named: Vec<i32> = named
        .filter_map(|text| date::parse(text.get(..10)?))
        .collect();
    named.sort_unstable();
    named.dedup();
    let mut ranges: Vec<(i32, i32)> = named
        .windows(2)
        .map(|pair| (pair[0], pair[1] - 1))
        .collect();
    if let (Some(first), Some(last)) = (named.first(), named.last()) {
        ranges.insert(0, (*first, *last - 1));
    }
    for day in &named {
        ranges.extend([
            (day - 7300, *day),
            (day - 7300, day - 1),
            (*day, day + 7300),
            (day + 1, day + 7300),
        ]);
    }
    if column.differs {
        apart(&named, found);
        return;
    }
    for (low, high) in ranges.into_iter().filter(|(low, high)| low <= high) {
        let (mut from, mut until) = (String::new(), String::new());
        date::write(&mut from, low);
        date::write(&mut until, high);
        found.push(plain(
            format!("{{ date = [{from}, {until}] }}"),
            &[&literal(&from), &literal(&until)],
        ));
    }
    found.push(plain(
        "{ date = [\"-12 months\", \"as_of\"] }",
        &[
            &format!("({DAY} - interval '12 months')::date"),
            &format!("{DAY} - 201"),
            &format!("{DAY} - 100"),
            &format!("{DAY} - 1"),
            DAY,
        ],
    ));
    found.push(plain(
        "{ date = [\"-12 months\", \"-1 day\"] }",
        &[
            &format!("({DAY} - interval '12 months')::date"),
            &format!("{DAY} - 100"),
            &format!("{DAY} - 1"),
        ],
    ));
    found.push(plain(
        "{ date = [\"+1 days\", \"+12 months\"] }",
        &[
            &format!("{DAY} + 1"),
            &format!("{DAY} + 200"),
            &format!("({DAY} + interval '12 months')::date"),
        ],
    ));
    for name in ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "mon-fri"] {
        let first = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            .iter()
            .position(|day| *day == name);
        let week = format!("pg_catalog.date_trunc('week', {DAY} - 98)::date");
        let days: Vec<String> = match first {
            Some(at) => vec![format!("{week} + {at}"), format!("{week} + {}", at + 21)],
            None => (0..5).map(|at| format!("{week} + {at}")).collect(),
        };
        let days: Vec<&str> = days.iter().map(String::as_str).collect();
        found.push(plain(
            format!("{{ date = [\"-12 months\", \"-2 weeks\"], weekdays = \"{name}\" }}"),
            &days,
        ));
    }
    let mut first = String::new();
    date::write(&mut first, FIRST);
    found.push(plain(first.clone(), &[&literal(&first)]));
}

/// Days one after the other, as many as there are rows: before and after the present one, and those that the check names.
fn apart(named: &[i32], found: &mut Vec<Proposal>) {
    let mut add = |line: String, from: String, until: String| {
        found.push(plain(
            format!("{{ value = {} }}", quoted(&line)),
            &[&from, &until],
        ));
    };
    for (sign, near, far) in [("-", 1, 100), ("+", 1, 100)] {
        let at = |days: i32| format!("{DAY} {sign} {days}");
        add(format!("as_of {sign} row"), at(near), at(far));
    }
    for day in named {
        let mut text = String::new();
        date::write(&mut text, *day);
        for sign in ["+", "-"] {
            let at = |days: i32| format!("date {} {sign} {days}", literal(&text));
            add(format!("'{text}' {sign} row"), at(1), at(100));
        }
    }
}
