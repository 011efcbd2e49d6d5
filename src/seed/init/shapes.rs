//! Texts of usual shapes, which a type's input function may or may not read.

use super::days::FIRST;
use crate::files::toml::quoted;
use crate::seed::value::date;

/// Shapes of texts, the usual ones of a type's name first.
const SHAPES: &str = include_str!("shapes.txt");

/// Texts with the row's number for `#`, and for `@` a day that goes back with it.
pub(super) const NUMBERED: [&str; 15] = [
    "#",
    "[#,#]",
    "[@,@]",
    "\\x{00000000}",
    "alder.#",
    "alder_#",
    "192.0.2.#",
    "08002b{000000}",
    "00:00:00.{000000}",
    "# minutes",
    "(#,#)",
    "1.0.#",
    "alder=>#",
    "POINT(# 0)",
    "{#}",
];

/// Texts of usual shapes; those that the type's own numbers ask for come last.
pub(super) fn shapes(sql: &str) -> Vec<String> {
    let inside = sql
        .split_once('(')
        .and_then(|(_, rest)| Some(rest.split_once(')')?.0));
    let mut numbers = inside.into_iter().flat_map(|inside| inside.split(','));
    let mut shapes: Vec<String> = Vec::new();
    let name = sql.split('(').next().unwrap_or(sql);
    let usual = |shape: &&str| match name {
        "bytea" => shape.starts_with("\\x"),
        "interval" => shape.ends_with("minutes") || shape.ends_with("day"),
        "inet" | "cidr" => shape.starts_with("19"),
        "money" => shape.chars().all(|digit| digit.is_ascii_digit()),
        _ if name.starts_with("time") => shape.len() == 5 && shape.contains(':'),
        _ if name.ends_with("range") => shape.starts_with('['),
        _ if name.ends_with("[]") => shape.starts_with('{'),
        _ => false,
    };
    shapes.extend(SHAPES.lines().filter(usual).map(str::to_owned));
    shapes.extend(SHAPES.lines().map(str::to_owned));
    if let Some(size) = numbers
        .clone()
        .find_map(|part| part.trim().parse::<usize>().ok())
        && (1..=16_000).contains(&size)
    {
        shapes.push(format!("{}1", "0".repeat(size - 1)));
        shapes.push(format!("1{}", "0".repeat(size - 1)));
        let lane = |at: usize| if at.is_multiple_of(3) { "0.5" } else { "0.25" };
        let lanes: Vec<&str> = (0..size).map(lane).collect();
        shapes.push(format!("[{}]", lanes.join(",")));
        shapes.push(format!("{{1:1}}/{size}"));
    }
    // A reference system: `geometry(Point,4326)`.
    let system = numbers
        .next_back()
        .map(str::trim)
        .filter(|_| inside.is_some_and(|inside| inside.contains(',')));
    if let Some(system) = system.filter(|system| system.parse::<u32>().is_ok()) {
        let places = SHAPES
            .lines()
            .filter(|shape| shape.starts_with(|letter: char| letter.is_ascii_uppercase()));
        shapes.extend(places.map(|place| format!("SRID={system};{place}")));
    }
    shapes
}

/// A numbered text in one row.
pub(super) fn filled(pattern: &str, row: u32) -> String {
    match zeros(pattern) {
        Some((before, count, after)) => format!("{before}{row:0count$}{after}"),
        None => {
            let mut day = String::new();
            date::write(&mut day, FIRST - row as i32);
            pattern.replace('#', &row.to_string()).replace('@', &day)
        }
    }
}

/// The zeros in braces that stand for a number, and what is around them.
fn zeros(pattern: &str) -> Option<(&str, usize, &str)> {
    let (before, rest) = pattern.split_once("{0")?;
    let (zeros, after) = rest.split_once('}')?;
    Some((before, zeros.len() + 1, after))
}

/// The line that makes numbered texts.
pub(super) fn line(pattern: &str) -> String {
    if zeros(pattern).is_some() {
        return format!("{{ code = {} }}", quoted(pattern));
    }
    if pattern.contains(['{', '@']) {
        let joined = pattern
            .replace('#', "' || row || '")
            .replace('@', "' || (as_of - row) || '");
        return format!("{{ value = {} }}", quoted(&format!("'{joined}'")));
    }
    format!("{{ text = {} }}", quoted(&pattern.replace('#', "{row}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_texts_are_lines_of_the_file() {
        assert_eq!(line("[#,#]"), "{ text = \"[{row},{row}]\" }");
        assert_eq!(
            line("[@,@]"),
            "{ value = \"'[' || (as_of - row) || ',' || (as_of - row) || ']'\" }"
        );
        assert_eq!(filled("[@]", 1), "[2023-12-31]");
        assert_eq!(line("{#}"), "{ value = \"'{' || row || '}'\" }");
        assert_eq!(line("\\x{0000}"), "{ code = \"\\\\x{0000}\" }");
        assert_eq!(filled("\\x{0000}", 75), "\\x0075");
        assert_eq!(filled("[#,#]", 2), "[2,2]");
    }

    #[test]
    fn a_type_with_a_number_gets_a_text_of_that_length() {
        for (data_type, shape) in [
            ("bit(4)", "1000"),
            ("halfvec(2)", "[0.5,0.25]"),
            ("geometry(Point,4326)", "SRID=4326;POINT(1 2)"),
        ] {
            assert!(
                shapes(data_type).iter().any(|known| known == shape),
                "{data_type}"
            );
        }
    }
}
