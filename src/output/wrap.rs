//! Cells that are too wide for a terminal, broken into lines: between words, behind a `_`, `.`, `/` or `,` inside of a name,
//! and only where even that is too wide, anywhere.

/// What stands between two columns.
const BETWEEN: usize = 3;

/// A column is never narrower, whatever the terminal says.
const NARROWEST: usize = 4;

/// The same cells with line feeds in them, so that the columns fit into so many characters.
pub(super) fn wrapped(
    columns: &[String],
    rows: &[Vec<String>],
    width: usize,
) -> (Vec<String>, Vec<Vec<String>>) {
    let room = width.saturating_sub(BETWEEN * columns.len().saturating_sub(1));
    let widths = widths(columns, rows, room);
    let line = |cells: &[String]| -> Vec<String> {
        let widths = widths.iter().copied().chain(std::iter::repeat(usize::MAX));
        cells
            .iter()
            .zip(widths)
            .map(|(cell, width)| wrap(cell, width))
            .collect()
    };
    (line(columns), rows.iter().map(|row| line(row)).collect())
}

/// How wide each column may be. The widest are narrowed first, and none below what cannot be broken well, as long as that
/// is possible.
fn widths(columns: &[String], rows: &[Vec<String>], room: usize) -> Vec<usize> {
    let of_column = |at: usize, measure: &dyn Fn(&str) -> usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells
            .chain(&columns[at..=at])
            .map(|cell| measure(cell))
            .max()
            .unwrap_or(0)
    };
    let longest_line = |text: &str| text.lines().map(count).max().unwrap_or(0);
    let longest_piece = |text: &str| {
        text.split_whitespace()
            .flat_map(pieces)
            .map(count)
            .max()
            .unwrap_or(0)
    };
    let every = 0..columns.len();
    let mut widths: Vec<usize> = every
        .clone()
        .map(|at| of_column(at, &longest_line))
        .collect();
    let least: Vec<usize> = every.map(|at| of_column(at, &longest_piece)).collect();
    for least in [least, vec![NARROWEST; columns.len()]] {
        while widths.iter().sum::<usize>() > room {
            let all = widths.iter().zip(&least).enumerate();
            let narrowed = all.filter(|(_, (width, least))| width > least);
            let Some((at, _)) = narrowed.max_by_key(|(_, (width, _))| **width) else {
                break;
            };
            widths[at] -= 1;
        }
    }
    widths
}

fn count(text: &str) -> usize {
    text.chars().count()
}

/// A word, cut where a name may be broken.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    word.split_inclusive(['_', '.', '/', ','])
}

fn wrap(cell: &str, width: usize) -> String {
    let lines = cell.lines().flat_map(|line| wrap_line(line, width));
    lines.collect::<Vec<_>>().join("\n")
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    if count(line) <= width {
        return vec![line.to_owned()];
    }
    let mut lines = Vec::new();
    let mut last = String::new();
    for word in line.split_whitespace() {
        for (at, piece) in pieces(word).enumerate() {
            let gap = usize::from(at == 0 && !last.is_empty());
            // A word that fits into a line of its own is not broken to fill this one.
            let needed = if at == 0 && count(word) <= width {
                count(word)
            } else {
                count(piece)
            };
            if count(&last) + gap + needed <= width {
                last.push_str(&" ".repeat(gap));
                last.push_str(piece);
                continue;
            }
            lines.push(std::mem::take(&mut last));
            let letters: Vec<char> = piece.chars().collect();
            for part in letters.chunks(width.max(1)) {
                lines.push(std::mem::take(&mut last));
                last = part.iter().collect();
            }
        }
    }
    lines.push(last);
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_broken_where_they_have_parts() {
        assert_eq!(wrap("V001__create_notes", 12), "V001__\ncreate_notes");
        assert_eq!(
            wrap("agency.employees reads", 12),
            "agency.\nemployees\nreads"
        );
        assert_eq!(wrap("one two three", 8), "one two\nthree");
        assert_eq!(wrap("2026-11-30T12:34:32Z", 20), "2026-11-30T12:34:32Z");
        assert_eq!(wrap("abcdefgh", 3), "abc\ndef\ngh");
        assert_eq!(wrap("a\n\nb", 3), "a\n\nb");
    }

    #[test]
    fn the_widest_column_gives_way_first() {
        let text = |cells: &[&str]| {
            cells
                .iter()
                .map(|cell| (*cell).to_owned())
                .collect::<Vec<_>>()
        };
        let columns = text(&["system", "what"]);
        let rows = [text(&["shop", "V001__create_orders_and_lines"])];
        assert_eq!(widths(&columns, &rows, 80), [6, 29]);
        assert_eq!(widths(&columns, &rows, 20), [6, 14]);
        // No better place to break is left.
        assert_eq!(widths(&columns, &rows, 9).iter().sum::<usize>(), 9);
    }
}
