//! A report as one JSON document, for programs. Keys are added, never renamed, under one `version`.
//!
//! ```json
//! {"version": 1, "outcome": "found", "target": "ann@db.example:5432/shop", "blocks": [{"type": "checks", "title": "…", "checks": […]}]}
//! ```

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::clean::inert_json;
use crate::error::Place;
use crate::report::{Block, Check, Finding, Outcome, Report, Table};

/// Grows when a key goes away or changes its meaning.
const VERSION: u32 = 1;

pub(super) fn render(report: &Report) -> String {
    let document = Document {
        version: VERSION,
        outcome: report.outcome,
        target: report.target.as_deref(),
        blocks: report.blocks.iter().map(JsonBlock::from).collect(),
    };
    let mut text =
        serde_json::to_string_pretty(&document).unwrap_or_else(|error| unreachable_json(&error));
    text.push('\n');
    inert_json(&text)
}

/// Strings, numbers and maps with string keys always serialise; say so in JSON if that should ever change.
fn unreachable_json(error: &serde_json::Error) -> String {
    serde_json::json!({ "version": VERSION, "error": error.to_string() }).to_string()
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    blocks: Vec<JsonBlock<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum JsonBlock<'a> {
    Text {
        text: &'a str,
    },
    Table {
        title: &'a str,
        columns: &'a [String],
        rows: Vec<Row<'a>>,
    },
    Checks {
        title: &'a str,
        passed: usize,
        failed: usize,
        checks: Vec<JsonCheck<'a>>,
    },
    Findings {
        title: &'a str,
        examined: usize,
        findings: Vec<JsonFinding<'a>>,
    },
}

/// A row as an object: column name to cell, in the order of the columns.
struct Row<'a> {
    table: &'a Table,
    cells: &'a [String],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.cells.len()))?;
        for (column, cell) in self.table.columns.iter().zip(self.cells) {
            map.serialize_entry(column, cell)?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct JsonCheck<'a> {
    key: &'a str,
    system: &'a str,
    name: &'a str,
    passed: bool,
    expected: &'a str,
    found: &'a str,
    details: &'a [String],
    hint: Option<&'a str>,
    place: Option<JsonPlace<'a>>,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    place: JsonPlace<'a>,
}

#[derive(Serialize)]
struct JsonPlace<'a> {
    path: &'a str,
    line: Option<usize>,
    column: Option<usize>,
}

impl<'a> From<&'a Block> for JsonBlock<'a> {
    fn from(block: &'a Block) -> Self {
        match block {
            Block::Text { text } => Self::Text { text },
            Block::Table(table) => Self::Table {
                title: &table.title,
                columns: &table.columns,
                rows: table
                    .rows
                    .iter()
                    .map(|cells| Row { table, cells })
                    .collect(),
            },
            Block::Checks { title, checks } => Self::Checks {
                title,
                passed: checks.iter().filter(|check| check.passed).count(),
                failed: checks.iter().filter(|check| !check.passed).count(),
                checks: checks.iter().map(JsonCheck::from).collect(),
            },
            Block::Findings {
                title,
                examined,
                findings,
            } => Self::Findings {
                title,
                examined: *examined,
                findings: findings
                    .iter()
                    .map(|finding| JsonFinding {
                        finding,
                        place: JsonPlace::from(&finding.place),
                    })
                    .collect(),
            },
        }
    }
}

impl<'a> From<&'a Check> for JsonCheck<'a> {
    fn from(check: &'a Check) -> Self {
        Self {
            key: &check.key,
            system: &check.system,
            name: &check.name,
            passed: check.passed,
            expected: &check.expected,
            found: &check.found,
            details: &check.details,
            hint: check.hint.as_deref(),
            place: check.place.as_ref().map(JsonPlace::from),
        }
    }
}

impl<'a> From<&'a Place> for JsonPlace<'a> {
    fn from(place: &'a Place) -> Self {
        let (line, column) = place.line_column().unzip();
        Self {
            path: &place.path,
            line,
            column,
        }
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::table::tests::sample;
    use super::*;

    #[test]
    fn a_report_is_one_document_with_stable_keys() {
        assert_snapshot!(render(&sample()), @r#"
        {
          "version": 1,
          "outcome": "found",
          "blocks": [
            {
              "type": "text",
              "text": "connected to \"a & b\""
            },
            {
              "type": "table",
              "title": "migrations",
              "columns": [
                "version",
                "name",
                "took_ms"
              ],
              "rows": [
                {
                  "version": "V001",
                  "name": "core <tables>\u001b[2J",
                  "took_ms": "12"
                },
                {
                  "version": "V002",
                  "name": "größe 表",
                  "took_ms": "1234"
                }
              ]
            },
            {
              "type": "checks",
              "title": "agency",
              "passed": 1,
              "failed": 1,
              "checks": [
                {
                  "key": "expect/tables",
                  "system": "agency",
                  "name": "tables",
                  "passed": true,
                  "expected": "6",
                  "found": "6",
                  "details": [],
                  "hint": null,
                  "place": null
                },
                {
                  "key": "expect/views",
                  "system": "agency",
                  "name": "views",
                  "passed": false,
                  "expected": "6",
                  "found": "5",
                  "details": [
                    "missing: view agency.\"<a&b>\u0007\""
                  ],
                  "hint": "run `workroom db migrate --system agency`",
                  "place": {
                    "path": "workroom.toml",
                    "line": 2,
                    "column": 9
                  }
                }
              ]
            }
          ]
        }
        "#);
    }
}
