//! The same as Markdown, for repositories whose pages draw Mermaid diagrams.

use std::fmt::Write;

use super::Source;
use super::access::{Access, COMMANDS, cell};
use super::links::{Link, is_key, links};
use super::sections::grouped;
use crate::catalog::{Name, Relation};

/// Tables of one diagram: a picture with more is too wide to read, and Mermaid draws texts of 50,000 letters at most.
const TABLES_A_DIAGRAM: usize = 40;

/// The page as Markdown.
#[must_use]
pub fn markdown(source: &Source<'_>) -> String {
    let links = links(source.catalog);
    let mut text = format!("# {}\n", cell_text(source.title));
    for schema in source.schemas_with_tables() {
        let _ = write!(text, "\n## Schema {}\n", cell_text(schema));
        for tables in source.tables(schema).chunks(TABLES_A_DIAGRAM) {
            diagram(&mut text, source, tables, &links);
        }
        for table in source.tables(schema) {
            describe(&mut text, source, table, &links);
        }
    }
    access(&mut text, source);
    text.push_str("\n## Migrations\n\n| system | migration | does |\n|---|---|---|\n");
    for system in &source.systems {
        for migration in &system.migrations {
            row(&mut text, [system.name, migration.label, &migration.does]);
        }
    }
    let _ = write!(
        text,
        "\nMade by `workroom docs` from the project's files, as Postgres {} has them.\n",
        source.postgres
    );
    text
}

fn row<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    text.push('|');
    for cell in cells {
        let _ = write!(text, " {} |", cell_text(cell));
    }
    text.push('\n');
}

/// A text in a cell of a table: on one line, and nothing of it is markup.
fn cell_text(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => escaped.push(' '),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '~' | '!' | '&' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            other if other.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

fn diagram(text: &mut String, source: &Source<'_>, tables: &[&Relation], links: &[Link<'_>]) {
    text.push_str("\n```mermaid\nerDiagram\n");
    for table in tables {
        let _ = writeln!(text, "  {} {{", entity(&table.name));
        for column in source.catalog.columns_of(&table.name) {
            let refers = links
                .iter()
                .any(|link| *link.from == table.name && link.column == column.name);
            let keys = match (is_key(source.catalog, &table.name, &column.name), refers) {
                (true, true) => " PK,FK",
                (true, false) => " PK",
                (false, true) => " FK",
                (false, false) => "",
            };
            let kind = word(&column.data_type);
            let _ = writeln!(text, "    {kind} {}{keys}", word(&column.name));
        }
        text.push_str("  }\n");
    }
    let is_drawn = |name: &Name| tables.iter().any(|table| table.name == *name);
    for link in links
        .iter()
        .filter(|link| is_drawn(link.from) && is_drawn(link.to))
    {
        let _ = writeln!(
            text,
            "  {} }}o--|| {} : \"{}\"",
            entity(link.from),
            entity(link.to),
            word(link.column)
        );
    }
    text.push_str("```\n");
}

fn entity(name: &Name) -> String {
    format!("{}_{}", word(&name.schema), word(&name.name))
}

/// A word that Mermaid takes for a name or a type.
fn word(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => letter,
        _ => '_',
    });
    let word: String = letters.collect();
    match word.chars().next() {
        Some('a'..='z' | 'A'..='Z') => word.trim_end_matches('_').to_owned(),
        _ => format!("x{word}"),
    }
}

fn describe(text: &mut String, source: &Source<'_>, table: &Relation, links: &[Link<'_>]) {
    let _ = write!(text, "\n### {}\n", cell_text(&table.name.to_string()));
    if let Some(comment) = &table.comment {
        let _ = write!(text, "\n{}\n", cell_text(comment));
    }
    if let Some(rows) = source.rows.get(&table.name) {
        let _ = write!(text, "\n{} rows by its seed file.\n", grouped(*rows));
    }
    text.push_str(
        "\n| column | type | null | default | refers to | comment |\n|---|---|---|---|---|---|\n",
    );
    for column in source.catalog.columns_of(&table.name) {
        let targets: Vec<String> = links
            .iter()
            .filter(|link| *link.from == table.name && link.column == column.name)
            .map(|link| format!("{}.{}", link.to, link.key))
            .collect();
        row(
            text,
            [
                column.name.as_str(),
                &column.data_type,
                if column.not_null { "" } else { "null" },
                column.expression.as_deref().unwrap_or_default(),
                &targets.join(", "),
                column.comment.as_deref().unwrap_or_default(),
            ],
        );
    }
    let indexes = source.catalog.indexes.iter();
    for index in indexes.filter(|one| one.relation == table.name && one.constraint.is_none()) {
        let _ = write!(text, "\n- {}", cell_text(&index.definition));
    }
    text.push('\n');
}

fn access(text: &mut String, source: &Source<'_>) {
    if source.roles.is_empty() {
        return;
    }
    text.push_str(
        "\n## Access\n\nS select, I insert, U update, D delete; lower case for the rows that policies let through, upper case for \
         every row, `!` before a grant without a policy or a policy without a grant.\n\n| table |",
    );
    for role in &source.roles {
        let _ = write!(text, " {} |", cell_text(&role.name));
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(source.roles.len()));
    for table in source.all_tables() {
        let mut cells = vec![table.name.to_string()];
        for role in &source.roles {
            let letters = COMMANDS.iter().map(|command| {
                let word = command.0.to_string();
                let letter = &word[..1];
                match cell(source, table, role, *command).access {
                    Access::Nothing => String::new(),
                    Access::Rows => letter.to_owned(),
                    Access::Everything => letter.to_ascii_uppercase(),
                    Access::Broken => format!("!{letter}"),
                }
            });
            cells.push(letters.collect());
        }
        row(text, cells.iter().map(String::as_str));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_and_texts_are_no_markup() {
        assert_eq!(word("numeric(12,2)"), "numeric_12_2");
        assert_eq!(word("1 b"), "x1_b");
        assert_eq!(cell_text("a|b\n*c* <d>"), "a\\|b \\*c\\* \\<d\\>");
    }
}
