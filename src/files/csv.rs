//! CSV as spreadsheets write it (RFC 4180), each cell with the bytes it stands at.

use std::ops::Range;

/// A cell: its text, nothing when it is empty and not quoted, and where it stands.
pub type Cell = (Option<String>, Range<usize>);

/// The records of a text; empty lines are left out.
///
/// # Errors
/// When a quote is not closed, or text follows one: where, and what is wrong.
pub fn records(text: &str) -> Result<Vec<Vec<Cell>>, (Range<usize>, &'static str)> {
    let mut records = Vec::new();
    let mut record: Vec<Cell> = Vec::new();
    let mut at = 0;
    loop {
        let (cell, end) = cell(text, at)?;
        record.push(cell);
        match text[end..].chars().next() {
            Some(',') => at = end + 1,
            next => {
                let is_empty = record.len() == 1 && record[0].0.is_none();
                let done = std::mem::take(&mut record);
                if !is_empty {
                    records.push(done);
                }
                if next.is_none() {
                    return Ok(records);
                }
                at = end + 1;
                if at == text.len() {
                    return Ok(records);
                }
            }
        }
    }
}

/// The cell that begins at a byte, and the byte after it.
fn cell(text: &str, start: usize) -> Result<(Cell, usize), (Range<usize>, &'static str)> {
    let rest = &text[start..];
    if !rest.starts_with('"') {
        let length = rest.find([',', '\n']).unwrap_or(rest.len());
        let found = rest[..length].trim_end_matches('\r');
        let value = (!found.is_empty()).then(|| found.to_owned());
        return Ok(((value, start..start + found.len()), start + length));
    }
    let mut value = String::new();
    let mut at = start + 1;
    loop {
        let Some(length) = text[at..].find('"') else {
            return Err((start..start + 1, "this quote is not closed"));
        };
        value.push_str(&text[at..at + length]);
        at += length + 1;
        if text[at..].starts_with('"') {
            value.push('"');
            at += 1;
            continue;
        }
        let end = at;
        at += usize::from(text[at..].starts_with('\r'));
        if at < text.len() && !text[at..].starts_with([',', '\n']) {
            return Err((
                end..end + 1,
                "a comma or the end of the line is expected after the quote",
            ));
        }
        return Ok(((Some(value), start..end), at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<Vec<Option<String>>> {
        let cells = |record: Vec<Cell>| record.into_iter().map(|(cell, _)| cell).collect();
        records(text).unwrap().into_iter().map(cells).collect()
    }

    #[test]
    fn cells_are_read_as_spreadsheets_write_them() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            texts("a,b\r\n\"x, \"\"y\"\"\nz\",\n\n\"\",2"),
            [
                vec![some("a"), some("b")],
                vec![some("x, \"y\"\nz"), None],
                vec![some(""), some("2")],
            ]
        );
        assert_eq!(texts(""), Vec::<Vec<Option<String>>>::new());
        assert_eq!(texts("a\n"), [vec![some("a")]]);
    }

    #[test]
    fn a_cell_knows_where_it_stands() {
        let found = records("a,\"b\"\ncd,e").unwrap();
        assert_eq!(found[0][1].1, 2..5);
        assert_eq!(found[1][0].1, 6..8);
        assert_eq!(records("a,\"b").unwrap_err().0, 2..3);
        assert_eq!(records("\"a\"b").unwrap_err().0, 3..4);
    }
}
