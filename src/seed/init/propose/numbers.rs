//! Numbers: between and around those that a check names, and in relation to other columns.

use super::{Asked, Proposal, Words, following, plain};
use crate::seed::column_type::ColumnType;
use crate::seed::value::{UNIT, write_number};
use crate::sql::identifier;

/// A number in the file and in SQL.
fn shown(number: i64, data_type: &ColumnType) -> String {
    let mut text = String::new();
    let scale = match data_type {
        ColumnType::Int(_) => 0,
        ColumnType::Numeric(Some((_, scale))) => (*scale).min(4),
        _ => 4,
    };
    write_number(&mut text, number, scale);
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    text
}

pub(super) fn propose(column: &Asked, others: &[Asked], words: &Words, found: &mut Vec<Proposal>) {
    let show = |number| shown(number, &column.data_type);
    if column.differs {
        // As many numbers one after the other as there are rows, from one that the check names.
        let bounds = words.numbers.iter().copied();
        for first in bounds.flat_map(|number| [number, number + UNIT, number - 100 * UNIT]) {
            let (low, high) = (show(first), show(first + 99 * UNIT));
            let line = match column.data_type {
                ColumnType::Int(_) => format!("{{ key = \"number\", first = {low} }}"),
                _ => format!("{{ value = \"row + {}\" }}", show(first - UNIT)),
            };
            found.push(plain(line, &[&low, &high]));
        }
        return;
    }
    let is_number = |other: &&Asked| {
        matches!(
            other.data_type,
            ColumnType::Int(_) | ColumnType::Float(_) | ColumnType::Numeric(_)
        )
    };
    let range = |low: i64, high: i64| {
        let (low, high) = (show(low), show(high));
        plain(format!("{{ number = [{low}, {high}] }}"), &[&low, &high])
    };
    let names: Vec<&str> = others
        .iter()
        .filter(is_number)
        .map(|other| other.name.as_str())
        .collect();
    for (at, name) in names.iter().enumerate() {
        for other in &names[at + 1..] {
            for operator in ["+", "*", "-"] {
                let mut made = following(
                    format!("{{ value = \"{name} {operator} {other}\" }}"),
                    name,
                    &[&format!("{{}} {operator} {}", identifier(other))],
                );
                made.reads.push((*other).to_owned());
                found.push(made);
            }
            // What is left of a sum that the check names.
            for whole in words.numbers.iter().filter(|number| **number > 0) {
                let whole = show(*whole);
                let mut made = following(
                    format!("{{ value = \"{whole} - {name} - {other}\" }}"),
                    name,
                    &[&format!("{whole} - {{}} - {}", identifier(other))],
                );
                made.reads.push((*other).to_owned());
                found.push(made);
            }
        }
    }
    for name in &names {
        for (how, sample) in [
            ("{}", "{}"),
            ("{} - 1", "{} - 1"),
            ("{} + 1", "{} + 1"),
            ("{} * 2", "{} * 2"),
            ("{} / 2", "{} / 2.0"),
        ] {
            found.push(following(
                format!("{{ value = \"{}\" }}", how.replace("{}", name)),
                name,
                &[sample],
            ));
        }
    }
    for (at, number) in words.numbers.iter().enumerate() {
        if let Some(next) = words.numbers.get(at + 1) {
            if next - number <= UNIT && !matches!(column.data_type, ColumnType::Int(_)) {
                let (low, high) = (show(number + UNIT / 100), show(*next));
                let line = format!("{{ number = [{low}, {high}], step = 0.01 }}");
                found.push(plain(line, &[&low, &high]));
            }
            found.push(range(*number, *next));
            found.push(range(number + UNIT, next - UNIT));
            found.push(range(number + UNIT, *next));
            found.push(range(*number, next - UNIT));
        }
        found.push(range(*number, number + 100 * UNIT));
        found.push(range(number + UNIT, number + 100 * UNIT));
        found.push(range(number - 100 * UNIT, number - UNIT));
        for number in [*number, number + UNIT, number - UNIT, number / 2] {
            let text = show(number);
            found.push(plain(text.clone(), &[&text]));
        }
    }
    for other in others
        .iter()
        .filter(|other| other.data_type.is_plain_text())
    {
        found.push(following(
            format!("{{ length_of = \"{}\" }}", other.name),
            &other.name,
            &["pg_catalog.char_length({})"],
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_shown_as_its_column_takes_it() {
        assert_eq!(shown(25_000, &ColumnType::Numeric(None)), "2.5");
        assert_eq!(shown(20_000, &ColumnType::Float(8)), "2");
        assert_eq!(shown(-20_000, &ColumnType::Int(4)), "-2");
    }
}
