//! An error as its reader sees it: message, source frame, causes and hints.
//!
//! ```text
//! error: migration V003__timesheets failed and was rolled back
//!   --> sql/agency/V003__timesheets.sql:41:15
//!    |
//! 41 |   campaign_id uuid references agency.campaing (id),
//!    |                               ^
//! cause: relation "agency.campaing" does not exist (42P01)
//! hint: V001 and V002 are applied; fix the file and run `workroom db migrate` again
//! ```

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::clean::{clean, clean_line};
use super::redact::redact;
use super::style::{Ink, Style};
use crate::error::{Error, Place};

/// A line longer than this many bytes is cut around the mistake before it is drawn.
const LONGEST_LINE: usize = 2000;

/// Columns of a frame where the terminal does not say: the width of a page.
const FRAME_WIDTH: usize = 120;

/// An error and all that travel with it as text that ends with a newline.
#[must_use]
pub fn diagnostic(error: &Error, style: Style) -> String {
    let mut parts: Vec<String> = error.iter().map(|error| one(error, style)).collect();
    if parts.len() > 1 {
        parts.push(format!("{} mistakes found\n", parts.len()));
    }
    parts.join("\n")
}

fn one(error: &Error, style: Style) -> String {
    let mut text = format!(
        "{} {}\n",
        style.paint(Ink::Bad, "error:"),
        style.paint(Ink::Strong, &redact(&clean_line(&error.message)))
    );
    if let Some(place) = &error.place {
        text.push_str(&frame(place, style));
    }
    for (word, ink, lines) in [
        ("cause", Ink::Strong, &error.causes),
        ("hint", Ink::Good, &error.hints),
    ] {
        for line in lines {
            let body = redact(&clean(line)).replace('\n', "\n  ");
            text.push_str(&style.paint(ink, &format!("{word}:")));
            text.push(' ');
            text.push_str(body.trim_end());
            text.push('\n');
        }
    }
    text
}

/// ` --> path:line:column`, and the line drawn under it. The arrow stands over the bar of the frame.
pub(super) fn frame(place: &Place, style: Style) -> String {
    let path = clean_line(&place.path);
    let Some((line, column)) = place.line_column() else {
        return format!(" {} {path}\n", style.paint(Ink::Quiet, "-->"));
    };
    let indent = " ".repeat(line.to_string().len());
    let arrow = style.paint(Ink::Quiet, "-->");
    let mut text = format!("{indent}{arrow} {path}:{line}:{column}\n");
    let Some(frame) = Frame::of(place, line) else {
        return text;
    };
    let snippet = Snippet::source(frame.text.as_str())
        .line_start(frame.line)
        .annotation(AnnotationKind::Primary.span(frame.span.clone()));
    let renderer = if style.color {
        Renderer::styled().hyperlink(false)
    } else {
        Renderer::plain()
    };
    let width = style.width.map_or(FRAME_WIDTH, usize::from);
    let group = Group::with_level(Level::ERROR).element(snippet);
    text.push_str(&renderer.term_width(width).render(&[group]));
    text.push('\n');
    text
}

/// The line with the mistake, alone: a file of any size costs no more than its line.
struct Frame {
    text: String,
    line: usize,
    span: Range<usize>,
}

impl Frame {
    fn of(place: &Place, line: usize) -> Option<Self> {
        let span = place.span.clone()?;
        let start = place.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
        let end = place.text[start..]
            .find('\n')
            .map_or(place.text.len(), |at| start + at);
        let whole = &place.text[start..end];
        if whole.trim().is_empty() {
            return None;
        }
        // A mistake of several lines is marked on its first.
        let marked = span.start - start..span.end.min(end).max(span.start) - start;
        let window = window(whole, &marked);
        let [before, inside, after] = [
            clean(&whole[window.start..marked.start]),
            clean(&whole[marked.start..marked.end.min(window.end)]),
            clean(&whole[marked.end.min(window.end)..window.end]),
        ];
        let cut = |is_cut| if is_cut { "…" } else { "" };
        let before = format!("{}{before}", cut(window.start > 0));
        Some(Self {
            span: before.len()..before.len() + inside.len(),
            text: format!("{before}{inside}{after}{}", cut(window.end < whole.len())),
            line,
        })
    }
}

/// The part of a very long line that is drawn.
fn window(line: &str, marked: &Range<usize>) -> Range<usize> {
    if line.len() <= LONGEST_LINE {
        return 0..line.len();
    }
    let boundary = |mut at: usize| {
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(marked.start.saturating_sub(LONGEST_LINE / 2));
    let end = boundary((marked.start + LONGEST_LINE / 2).min(line.len()));
    start..end
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::files::TextFile;

    fn in_sql(text: &str, mark: &str) -> Error {
        let at = text.find(mark).unwrap();
        let file = TextFile::new("sql/agency/V003__timesheets.sql", text);
        Error::database("migration V003__timesheets failed and was rolled back")
            .at(file.place(at..at + mark.len()))
    }

    fn show(error: &Error) -> String {
        diagnostic(error, Style::plain())
    }

    #[test]
    fn an_error_shows_place_cause_and_hint() {
        let error = in_sql(
            "create table agency.entries (\n  campaign_id uuid references agency.campaing (id),\n  n int\n);",
            "agency.campaing",
        )
        .because("relation \"agency.campaing\" does not exist (42P01)")
        .because("DETAIL: one line\nand another")
        .hint("V001 and V002 are applied; fix the file and run `workroom db migrate` again");
        assert_snapshot!(show(&error), @r#"
        error: migration V003__timesheets failed and was rolled back
         --> sql/agency/V003__timesheets.sql:2:31
          |
        2 |   campaign_id uuid references agency.campaing (id),
          |                               ^^^^^^^^^^^^^^^
        cause: relation "agency.campaing" does not exist (42P01)
        cause: DETAIL: one line
          and another
        hint: V001 and V002 are applied; fix the file and run `workroom db migrate` again
        "#);
    }

    #[test]
    fn wide_characters_and_tabs_keep_the_caret_in_its_place() {
        let error = in_sql("select 1;\n\tselect 'größe 表' as größe, brokn;", "brokn");
        assert_snapshot!(show(&error), @"
        error: migration V003__timesheets failed and was rolled back
         --> sql/agency/V003__timesheets.sql:2:29
          |
        2 |     select 'größe 表' as größe, brokn;
          |                                 ^^^^^
        ");
    }

    #[test]
    fn a_line_of_any_length_is_cut_around_the_mistake() {
        let error = in_sql(
            &format!("{}brokn {}", "é, ".repeat(400_000), "x, ".repeat(400_000)),
            "brokn",
        );
        assert_snapshot!(show(&error), @"
        error: migration V003__timesheets failed and was rolled back
         --> sql/agency/V003__timesheets.sql:1:1200001
          |
        1 | ... é, é, é, é, é, é, é, é, é, é, é, é, é, é, é, é, é, brokn x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x...
          |                                                        ^^^^^
        ");
    }

    #[test]
    fn a_mistake_of_several_lines_is_marked_on_the_first() {
        let text = "create view v as\nselect 1\nfrom x;";
        let error = in_sql(text, "select 1\nfrom x");
        assert_snapshot!(show(&error), @"
        error: migration V003__timesheets failed and was rolled back
         --> sql/agency/V003__timesheets.sql:2:1
          |
        2 | select 1
          | ^^^^^^^^
        ");
    }

    #[test]
    fn an_end_of_file_has_a_place() {
        let file = TextFile::new("workroom.toml", "name = ");
        let error = Error::project("workroom.toml has a mistake").at(file.place(7..7));
        assert_snapshot!(show(&error), @"
        error: workroom.toml has a mistake
         --> workroom.toml:1:8
          |
        1 | name = 
          |        ^
        ");
    }

    #[test]
    fn errors_without_a_place_have_no_frame_and_several_are_counted() {
        let mut error = Error::project("sql/agency/v4.sql is misnamed")
            .at(Place::file("sql/agency/v4.sql"))
            .hint("name it V004__what_it_does.sql");
        error.push(Error::database("no server answers").because("connection refused"));
        assert_snapshot!(show(&error), @"
        error: sql/agency/v4.sql is misnamed
         --> sql/agency/v4.sql
        hint: name it V004__what_it_does.sql

        error: no server answers
        cause: connection refused

        2 mistakes found
        ");
    }

    #[test]
    fn neither_control_characters_nor_passwords_reach_the_screen() {
        let error = in_sql("select '\u{1b}[2J\u{7}' x brokn", "brokn")
            .because("could not connect to postgres://ann:s3cret@db/x\u{1b}[2J");
        let text = show(&error);
        assert!(
            !text.contains('\u{1b}') && !text.contains("s3cret"),
            "{text}"
        );
        assert_snapshot!(text, @"
        error: migration V003__timesheets failed and was rolled back
         --> sql/agency/V003__timesheets.sql:1:18
          |
        1 | select '[2J' x brokn
          |                ^^^^^
        cause: could not connect to postgres://ann:***@db/x[2J
        ");
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let style = Style {
            color: true,
            ..Style::plain()
        };
        let error = in_sql("select brokn", "brokn").because("a").hint("b");
        let colored = diagnostic(&error, style);
        assert!(colored.contains("\u{1b}["));
        let mut bare = String::new();
        let mut rest = colored.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            bare.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        bare.push_str(rest);
        assert_eq!(bare, show(&error));
    }
}
