//! A report for people: aligned columns, and under a list of checks what is wrong with those that failed.

use comfy_table::presets::NOTHING;
use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table as Grid, Width,
};

use super::clean::{clean, clean_line};
use super::findings;
use super::style::{Ink, Style};
use super::wrap::wrapped;
use crate::report::{Block, Check, Report, Table};

pub(super) fn render(report: &Report, style: Style) -> String {
    let blocks: Vec<String> = report
        .blocks
        .iter()
        .map(|block| match block {
            Block::Text { text } => clean(text.trim_end_matches('\n')),
            Block::Table(table) => render_table(table, style),
            Block::Checks { title, checks } => render_checks(title, checks, style),
            Block::Findings {
                title,
                examined,
                findings,
            } => findings::render(title, *examined, findings, style),
        })
        .filter(|text| !text.is_empty())
        .collect();
    if blocks.is_empty() {
        return String::new();
    }
    format!("{}\n", blocks.join("\n\n"))
}

fn render_table(table: &Table, style: Style) -> String {
    let title = style.paint(Ink::Strong, &clean_line(&table.title));
    if table.rows.is_empty() {
        return if title.is_empty() {
            title
        } else {
            format!("{title}\n(none)")
        };
    }
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|name| name.replace('_', " "))
        .collect();
    let mut grid = grid(&columns, &table.rows, style);
    for (index, column) in grid.column_iter_mut().enumerate() {
        let mut cells = table
            .rows
            .iter()
            .filter_map(|row| row.get(index))
            .filter(|cell| !cell.is_empty())
            .peekable();
        if cells.peek().is_some() && cells.all(|cell| is_number(cell)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let body = draw(&grid, style);
    if title.is_empty() {
        body
    } else {
        format!("{title}\n{body}")
    }
}

fn render_checks(title: &str, checks: &[Check], style: Style) -> String {
    let failed: Vec<&Check> = checks.iter().filter(|check| !check.passed).collect();
    let count = match checks.len() {
        1 => "1 check".to_owned(),
        count => format!("{count} checks"),
    };
    let verdict = match failed.len() {
        0 => style.paint(Ink::Good, "all ok"),
        count => style.paint(Ink::Bad, &format!("{count} failed")),
    };
    let mut text = format!(
        "{}: {count}, {verdict}",
        style.paint(Ink::Strong, &clean_line(title))
    );
    if checks.is_empty() {
        return text;
    }
    let several_systems = checks.iter().any(|check| check.system != checks[0].system);
    let mut columns = vec!["status".to_owned()];
    if several_systems {
        columns.push("system".to_owned());
    }
    columns.extend(["check", "expected", "found"].map(str::to_owned));
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| {
            let mut row = vec![word(check).to_owned()];
            if several_systems {
                row.push(check.system.clone());
            }
            row.extend([
                check.name.clone(),
                check.expected.clone(),
                check.found.clone(),
            ]);
            row
        })
        .collect();
    let mut grid = grid(&columns, &rows, style);
    if let Some(status) = grid.column_mut(0) {
        status.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(8)));
    }
    text.push('\n');
    text.push_str(&draw(&grid, style));
    for check in failed {
        text.push_str("\n\n");
        text.push_str(&explain(check, style));
    }
    text
}

fn word(check: &Check) -> &'static str {
    if check.passed { "ok" } else { "FAILED" }
}

fn explain(check: &Check, style: Style) -> String {
    let mut text = format!(
        "{} {} {} ({}): expected {}, found {}",
        style.paint(Ink::Bad, word(check)),
        clean_line(&check.system),
        clean_line(&check.name),
        clean_line(&check.key),
        clean_line(&check.expected),
        clean_line(&check.found),
    );
    if let Some(place) = &check.place {
        let line = place
            .line_column()
            .map(|(line, column)| format!(":{line}:{column}"));
        let place = format!(
            "  --> {}{}",
            clean_line(&place.path),
            line.unwrap_or_default()
        );
        text.push('\n');
        text.push_str(&style.paint(Ink::Quiet, &place));
    }
    for detail in &check.details {
        text.push_str("\n  ");
        text.push_str(&clean(detail).replace('\n', "\n    "));
    }
    if let Some(hint) = &check.hint {
        text.push_str("\n  ");
        text.push_str(&style.paint(Ink::Good, "hint:"));
        text.push(' ');
        text.push_str(&clean_line(hint));
    }
    text
}

fn grid(columns: &[String], rows: &[Vec<String>], style: Style) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
    grid.set_content_arrangement(ContentArrangement::Disabled);
    let columns: Vec<String> = columns.iter().map(|column| clean_line(column)).collect();
    let cleaned = |row: &Vec<String>| {
        row.iter()
            .map(|cell| clean(cell).replace('\t', " "))
            .collect()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cleaned).collect();
    let (columns, rows) = match style.width {
        Some(width) => wrapped(&columns, &rows, usize::from(width)),
        None => (columns, rows),
    };
    grid.set_header(columns);
    for row in rows {
        grid.add_row(row);
    }
    for column in grid.column_iter_mut() {
        column.set_padding((0, 2));
    }
    grid
}

/// Lines without blanks at their ends. Only a first column of status words is coloured, after the widths
/// are settled: escape sequences have none.
fn draw(grid: &Grid, style: Style) -> String {
    let lines: Vec<String> = grid
        .trim_fmt()
        .lines()
        .map(|line| {
            for (word, ink) in [("ok", Ink::Good), ("FAILED", Ink::Bad)] {
                if let Some(rest) = line.strip_prefix(word)
                    && (rest.is_empty() || rest.starts_with(' '))
                {
                    return format!("{}{rest}", style.paint(ink, word));
                }
            }
            line.to_owned()
        })
        .collect();
    lines.join("\n")
}

fn is_number(cell: &str) -> bool {
    cell.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        && cell
            .chars()
            .all(|part| part.is_ascii_digit() || matches!(part, '-' | '.' | ','))
}

#[cfg(test)]
pub(super) mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::files::TextFile;

    /// One of everything that a report can hold, with names that try to break out.
    pub(in crate::output) fn sample() -> Report {
        let file = TextFile::new("workroom.toml", "[systems.agency.expect]\nviews = 6\n");
        let check = |key: &str, name: &str, passed| Check {
            key: key.to_owned(),
            system: "agency".to_owned(),
            name: name.to_owned(),
            passed,
            expected: "6".to_owned(),
            found: if passed { "6" } else { "5" }.to_owned(),
            details: Vec::new(),
            hint: None,
            place: None,
        };
        let mut report = Report::text("connected to \"a & b\"");
        let mut table = Table::new("migrations", &["version", "name", "took_ms"]);
        table.row(["V001", "core <tables>\u{1b}[2J", "12"]);
        table.row(["V002", "größe 表", "1234"]);
        report.push_table(table);
        report.push_checks(
            "agency",
            vec![
                check("expect/tables", "tables", true),
                Check {
                    details: vec!["missing: view agency.\"<a&b>\u{7}\"".to_owned()],
                    hint: Some("run `workroom db migrate --system agency`".to_owned()),
                    place: Some(file.place(32..33)),
                    ..check("expect/views", "views", false)
                },
            ],
        );
        report
    }

    #[test]
    fn a_report_is_aligned_and_explains_what_failed() {
        assert_snapshot!(render(&sample(), Style::plain()), @r#"
        connected to "a & b"

        migrations
        version   name               took ms
        ──────────────────────────────────────
        V001      core <tables>[2J        12
        V002      größe 表              1234

        agency: 2 checks, 1 failed
        status   check    expected   found
        ────────────────────────────────────
        ok       tables   6          6
        FAILED   views    6          5

        FAILED agency views (expect/views): expected 6, found 5
          --> workroom.toml:2:9
          missing: view agency."<a&b>"
          hint: run `workroom db migrate --system agency`
        "#);
    }

    #[test]
    fn cells_wrap_where_the_terminal_ends() {
        let mut table = Table::new("", &["name", "what"]);
        table.row([
            "V001__create_orders",
            "one two three four five six seven eight nine ten eleven twelve",
        ]);
        let style = Style {
            width: Some(48),
            ..Style::plain()
        };
        let text = render(&Report::table(table), style);
        assert!(
            text.lines().all(|line| line.chars().count() <= 48),
            "{text}"
        );
        assert_snapshot!(text, @"
        name                  what
        ────────────────────────────────────────────────
        V001__create_orders   one two three four five
                              six seven eight nine ten
                              eleven twelve
        ");
    }

    #[test]
    fn an_empty_table_says_so_and_an_empty_report_says_nothing() {
        assert_eq!(
            render(
                &Report::table(Table::new("pending", &["a"])),
                Style::plain()
            ),
            "pending\n(none)\n"
        );
        assert_eq!(render(&Report::default(), Style::plain()), "");
    }

    #[test]
    fn status_is_a_word_first_and_a_colour_second() {
        let style = Style {
            color: true,
            ..Style::plain()
        };
        let text = render(&sample(), style);
        assert!(text.contains("\u{1b}[32mok\u{1b}[0m"), "{text:?}");
        assert!(text.contains("\u{1b}[1;31mFAILED\u{1b}[0m"), "{text:?}");
    }
}
