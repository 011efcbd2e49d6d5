//! What might make a check hold: lines for a column, found from its type and from the words of the checks that speak of
//! it, simple ones first. Nothing here decides; the server is asked which of them do.

mod json;
mod numbers;
mod texts;
mod times;

use crate::files::TextFile;
use crate::files::toml::quoted;
use crate::seed::column_type::ColumnType;
use crate::seed::value::{UNIT, parse_number};
use crate::sql::{TokenKind, identifier, literal, tokens};

/// A line that may be written for a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    /// The generator in the file.
    pub(super) line: String,
    /// What it comes to at its bounds, as SQL over the columns in `reads` and the present day.
    pub(super) samples: Vec<String>,
    /// Other columns that it follows.
    pub(super) reads: Vec<String>,
}

/// A column that a check speaks of.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) data_type: ColumnType,
    pub(super) nullable: bool,
    /// The table that it refers to, and the column there.
    pub(super) target: Option<(String, String)>,
    /// Whether no two rows may have the same.
    pub(super) differs: bool,
    /// Texts that the server reads as its type, where it has no form of its own here.
    pub(super) texts: Vec<String>,
}

/// What the checks say literally.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    texts: Vec<String>,
    /// In ten-thousandths.
    numbers: Vec<i64>,
}

impl Words {
    /// The texts and numbers of an expression.
    pub(super) fn read(&mut self, expression: &str) {
        let file = TextFile::new("check", expression);
        let mut negative = false;
        for token in tokens(&file).unwrap_or_default() {
            let text = &expression[token.span.clone()];
            match token.kind {
                TokenKind::Text => {
                    let inner = text.trim_start_matches(['E', 'e']).trim_matches('\'');
                    let inner = inner.replace("''", "'").replace("\\\\", "\\");
                    self.numbers.extend(parse_number(&inner));
                    add(&mut self.texts, inner);
                }
                TokenKind::Number => {
                    let number = parse_number(text).filter(|number| *number < 1_000_000_000 * UNIT);
                    self.numbers
                        .extend(number.map(|number| if negative { -number } else { number }));
                }
                _ => {}
            }
            negative = text == "-";
        }
        self.numbers.sort_unstable();
        self.numbers.dedup();
    }
}

impl Words {
    /// Numbers that may be lengths.
    fn lengths(&self) -> impl Iterator<Item = usize> {
        let lengths = self.numbers.iter().map(|number| number / UNIT);
        let lengths = lengths.filter(|length| (1..=200).contains(length));
        lengths.flat_map(|length| [length, length + 1, length - 1].map(|length| length as usize))
    }
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// A line and what it comes to, whatever the other columns are.
fn plain(line: impl Into<String>, samples: &[&str]) -> Proposal {
    Proposal {
        line: line.into(),
        samples: samples.iter().map(|sample| (*sample).to_owned()).collect(),
        reads: Vec::new(),
    }
}

/// A line that follows another column; `{}` in the samples stands for it.
fn following(line: String, other: &str, samples: &[&str]) -> Proposal {
    let name = identifier(other);
    Proposal {
        line,
        samples: samples
            .iter()
            .map(|sample| sample.replace("{}", &name))
            .collect(),
        reads: vec![other.to_owned()],
    }
}

/// Lines for a column of a check, the likeliest first; `others` are the other columns of the check.
pub(super) fn proposals(column: &Asked, others: &[Asked], words: &Words) -> Vec<Proposal> {
    let mut found = Vec::new();
    if let Some((table, key)) = &column.target {
        different(column, others, (table, key), &mut found);
    } else {
        match &column.data_type {
            ColumnType::Date | ColumnType::Timestamp => {
                times::propose(column, others, words, &mut found);
            }
            ColumnType::Int(_) | ColumnType::Float(_) | ColumnType::Numeric(_) => {
                numbers::propose(column, others, words, &mut found);
            }
            ColumnType::Text(_) | ColumnType::Character(_) | ColumnType::Enum(_) => {
                texts::propose(column, others, words, &mut found);
            }
            ColumnType::Bool => {
                found.extend(["false", "true"].map(|value| plain(value, &[value])));
            }
            ColumnType::Json | ColumnType::Jsonb => json::propose(words, &mut found),
            ColumnType::Texts(_) => {
                found.push(plain(
                    "{ array = \"word\", count = [1, 2] }",
                    &["array['elm']", "array['oak', 'elm']"],
                ));
                found.push(plain("[]", &["'{}'"]));
                for text in &words.texts {
                    found.push(plain(
                        format!("[{text:?}]"),
                        &[&format!("array[{}]", literal(text))],
                    ));
                }
            }
            ColumnType::Other(_) => {
                let texts = words.texts.iter().chain(&column.texts);
                found.extend(texts.map(|text| plain(quoted(text), &[&literal(text)])));
                // What may be any number of digits, as bytes in hexadecimal.
                for length in words.lengths() {
                    let digits = (2 * length).min(8);
                    let before = format!("\\x{}", "0".repeat(2 * length - digits));
                    let at = |row: u32| literal(&format!("{before}{row:0digits$}"));
                    found.push(plain(
                        format!(
                            "{{ code = {} }}",
                            quoted(&format!("{before}{{{:0digits$}}}", 0))
                        ),
                        &[&at(1), &at(99)],
                    ));
                }
            }
            ColumnType::Uuid | ColumnType::Vector(_) => {}
        }
    }
    if column.nullable {
        found.push(plain("{ null = true }", &["null"]));
    }
    found
}

/// References to the same table that must not lead to the same row.
fn different(
    column: &Asked,
    others: &[Asked],
    (table, key): (&str, &str),
    found: &mut Vec<Proposal>,
) {
    // Any row, the same for all columns that lead to any: keys that must differ would not.
    let any = match column.data_type {
        ColumnType::Uuid => format!("pg_catalog.md5({})::uuid", literal(table)),
        _ => "1".to_owned(),
    };
    found.push(plain(format!("{{ ref = {} }}", quoted(table)), &[&any]));
    let same: Vec<&str> = others
        .iter()
        .filter(|other| {
            other
                .target
                .as_ref()
                .is_some_and(|target| target.0 == table)
        })
        .map(|other| other.name.as_str())
        .collect();
    // One of them first, then several: each in turn may be null, and nothing differs from null.
    for chosen in 1..1_usize << same.len().min(4) {
        let chosen: Vec<&str> = same
            .iter()
            .enumerate()
            .filter(|(at, _)| chosen >> at & 1 == 1)
            .map(|(_, other)| *other)
            .collect();
        let conditions: Vec<String> = chosen
            .iter()
            .map(|other| format!("it.{key} <> {other}"))
            .collect();
        let names: Vec<String> = chosen.iter().map(|other| identifier(other)).collect();
        // A row that nobody else has, as far as the columns that it knows of.
        let own = match column.data_type {
            ColumnType::Uuid => format!("pg_catalog.md5({})::uuid", literal(&column.name)),
            _ => format!("-{}", 1 + column.name.len()),
        };
        found.push(Proposal {
            line: format!(
                "{{ ref = {}, where = \"{}\" }}",
                quoted(table),
                conditions.join(" and ")
            ),
            samples: vec![format!(
                "case when pg_catalog.num_nulls({}) = 0 then {own} end",
                names.join(", ")
            )],
            reads: chosen.iter().map(|other| (*other).to_owned()).collect(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_check_are_its_texts_and_numbers() {
        let mut words = Words::default();
        words.read("((kind = ANY (ARRAY['a'::text, 'it''s'::text])) AND (n > '-5'::integer) AND (n < -2.5))");
        assert_eq!(words.texts, ["a", "it's", "-5"]);
        assert_eq!(words.numbers, [-50_000, -25_000]);
    }
}
