//! What the names of a table's columns say of one another: where a time begins, which text a vector is of, and that a word of
//! the language is a column.

use crate::catalog::{Catalog, Column};
use crate::seed::column_type::{ColumnType, refuses_null};

/// A line of a table in which `row` is a column, so that the row's number has its longer name.
pub(super) fn by_number(line: &str) -> String {
    let line = line.replace("{row}", "{row_number}");
    if !line.contains("value = ") {
        return line;
    }
    let is_word = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
    let mut made = String::new();
    let mut rest = line.as_str();
    while let Some(at) = rest.find("row") {
        let (before, after) = (&rest[..at], &rest[at + 3..]);
        made.push_str(before);
        let stands_alone = !before
            .chars()
            .next_back()
            .is_some_and(|letter| is_word(&letter))
            && !after.chars().next().is_some_and(|letter| is_word(&letter));
        made.push_str(if stands_alone { "row_number" } else { "row" });
        rest = after;
    }
    made + rest
}

/// Names that the beginning of a time may have, by that of its end.
pub(super) fn beginnings(end: &str) -> Vec<String> {
    const PAIRS: [(&str, &str); 7] = [
        ("to", "from"),
        ("until", "from"),
        ("till", "from"),
        ("until", "since"),
        ("end", "begin"),
        ("closed", "opened"),
        ("out", "in"),
    ];
    let mut names = vec![end.replacen("end", "start", 1)];
    for (last, first) in PAIRS {
        let parts = end
            .split('_')
            .map(|part| if part == last { first } else { part });
        names.push(parts.collect::<Vec<_>>().join("_"));
    }
    names.retain(|name| name != end);
    names
}

/// The text of a table that a vector of it is most likely of.
pub(super) fn text_beside<'c>(catalog: &'c Catalog, column: &'c Column) -> Option<&'c str> {
    const NAMES: [&str; 8] = [
        "content",
        "body",
        "text",
        "passage",
        "description",
        "summary",
        "title",
        "name",
    ];
    let is_text = |other: &&Column| {
        let is_name = other
            .name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        is_name
            && refuses_null(catalog, other)
            && other.generated.is_none()
            && matches!(ColumnType::of(catalog, other), ColumnType::Text(_))
    };
    let texts: Vec<&Column> = catalog
        .columns_of(&column.relation)
        .filter(is_text)
        .collect();
    let named = NAMES
        .iter()
        .find_map(|name| texts.iter().find(|text| text.name == *name));
    named.or(texts.first()).map(|text| text.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_row_has_another_name_beside_a_column_row() {
        for (line, made) in [
            (
                "{ text = \"{word} {row}\" }",
                "{ text = \"{word} {row_number}\" }",
            ),
            (
                "{ value = \"as_of - row\" }",
                "{ value = \"as_of - row_number\" }",
            ),
            (
                "{ value = \"row_number || rows\" }",
                "{ value = \"row_number || rows\" }",
            ),
        ] {
            assert_eq!(by_number(line), made);
        }
    }
}
