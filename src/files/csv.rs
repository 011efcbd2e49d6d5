//! CSV as a stream (RFC 4180, and what spreadsheets make of it): constant memory whatever the file's size.
//!
//! An empty cell without quotes is null, as for `copy … (format csv)`. Commas, semicolons and tabs divide cells: the one
//! that the first line has most of.

use std::io::Read;
use std::ops::Range;

/// Bytes read at once.
const CHUNK: usize = 1 << 18;

/// The records of a file, or of a text.
#[derive(Debug)]
pub struct Records<Source> {
    source: Source,
    buffer: Vec<u8>,
    /// The place of the buffer's first byte.
    passed: usize,
    /// The first byte of `buffer` that was not handed out.
    at: usize,
    is_whole: bool,
    delimiter: u8,
    /// The line that the next record begins on.
    line: u64,
}

/// A record.
#[derive(Debug, Default)]
pub struct Record {
    /// Its cells without quotes, one after the other.
    pub bytes: Vec<u8>,
    /// Where they are in these bytes; nothing for null.
    pub cells: Vec<Option<Range<usize>>>,
    /// Where they are in the source, quotes and all.
    pub places: Vec<Range<usize>>,
    /// The line it begins on.
    pub line: u64,
}

/// What cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    /// The line.
    pub line: u64,
    /// The bytes of the source.
    pub place: Range<usize>,
    /// What is wrong.
    pub why: &'static str,
    /// A quote that is not closed swallows the rest of the file.
    pub is_end: bool,
}

/// A cell of a text: what it holds, nothing for null, and where it stands.
pub type Cell = (Option<String>, Range<usize>);

/// The records of a text.
///
/// # Errors
/// At the first one that cannot be read: where, and what is wrong.
pub fn records(text: &str) -> Result<Vec<Vec<Cell>>, (Range<usize>, &'static str)> {
    let unread = |_| (0..0, "this cannot be read");
    let mut records = Records::new(text.as_bytes()).map_err(unread)?;
    let mut record = Record::default();
    let mut all = Vec::new();
    while records
        .next(&mut record)
        .map_err(unread)?
        .map_err(|broken| (broken.place, broken.why))?
    {
        let text =
            |cell: &Range<usize>| String::from_utf8_lossy(&record.bytes[cell.clone()]).into_owned();
        let cells = record.cells.iter().map(|cell| cell.as_ref().map(text));
        all.push(cells.zip(record.places.iter().cloned()).collect());
    }
    Ok(all)
}

impl<Source: Read> Records<Source> {
    /// The records of a source from its beginning; a byte-order mark is passed over.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn new(source: Source) -> std::io::Result<Self> {
        let mut records = Self {
            source,
            buffer: Vec::with_capacity(2 * CHUNK),
            passed: 0,
            at: 0,
            is_whole: false,
            delimiter: b',',
            line: 1,
        };
        records.more()?;
        if records.buffer.starts_with("\u{feff}".as_bytes()) {
            records.at = 3;
        }
        let rest = &records.buffer[records.at..];
        let first = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
        // The last of equals wins, so that the comma stands at the end.
        if let Some(most) = [b'\t', b';', b',']
            .into_iter()
            .max_by_key(|one| count(*one))
        {
            records.delimiter = most;
        }
        Ok(records)
    }

    /// Reads on, and drops what was handed out.
    fn more(&mut self) -> std::io::Result<()> {
        self.buffer.drain(..self.at);
        self.passed += self.at;
        self.at = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + CHUNK, 0);
        let read = loop {
            match self.source.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.buffer.truncate(filled + read);
        self.is_whole = read == 0;
        Ok(())
    }

    /// The next record; `false` at the end. Empty lines are passed over.
    ///
    /// # Errors
    /// The outer one when the file cannot be read, the inner one when the record cannot.
    pub fn next(&mut self, record: &mut Record) -> std::io::Result<Result<bool, Broken>> {
        loop {
            match self.parse(record) {
                Parsed::Record { length, lines, why } => {
                    let line = self.line;
                    self.at += length;
                    self.line += lines;
                    record.line = line;
                    if let Some((place, why)) = why {
                        return Ok(Err(Broken {
                            line,
                            place,
                            why,
                            is_end: false,
                        }));
                    }
                    let is_empty = record.cells.len() == 1 && record.cells[0].is_none();
                    if !is_empty {
                        return Ok(Ok(true));
                    }
                }
                Parsed::End => return Ok(Ok(false)),
                Parsed::Open { line, at } => {
                    self.at = self.buffer.len();
                    return Ok(Err(Broken {
                        line,
                        place: at..at + 1,
                        why: "a quote is not closed: the rest of the file belongs to this cell",
                        is_end: true,
                    }));
                }
                Parsed::More => self.more()?,
            }
        }
    }

    /// The record that begins at `at`.
    fn parse(&self, record: &mut Record) -> Parsed {
        record.bytes.clear();
        record.cells.clear();
        record.places.clear();
        let first = self.passed + self.at;
        let bytes = &self.buffer[self.at..];
        if bytes.is_empty() {
            return if self.is_whole {
                Parsed::End
            } else {
                Parsed::More
            };
        }
        let mut at = 0;
        let mut lines = 1;
        let mut why = None;
        loop {
            let start = record.bytes.len();
            let begin = at;
            let is_quoted = bytes.get(at) == Some(&b'"');
            if is_quoted {
                let opened = self.line + lines - 1;
                at += 1;
                loop {
                    let rest = &bytes[at..];
                    let Some(length) = rest.iter().position(|byte| *byte == b'"') else {
                        return if self.is_whole {
                            Parsed::Open {
                                line: opened,
                                at: first + begin,
                            }
                        } else {
                            Parsed::More
                        };
                    };
                    lines += rest[..length].iter().filter(|byte| **byte == b'\n').count() as u64;
                    record.bytes.extend_from_slice(&rest[..length]);
                    at += length + 1;
                    match bytes.get(at) {
                        Some(b'"') => {
                            record.bytes.push(b'"');
                            at += 1;
                        }
                        None if !self.is_whole => return Parsed::More,
                        _ => break,
                    }
                }
            }
            let rest = &bytes[at..];
            let end = rest
                .iter()
                .position(|byte| *byte == self.delimiter || *byte == b'\n');
            let Some(length) = end.or_else(|| self.is_whole.then_some(rest.len())) else {
                return Parsed::More;
            };
            let mut found = &rest[..length];
            if rest.get(length).is_none_or(|byte| *byte == b'\n') {
                found = found.strip_suffix(b"\r").unwrap_or(found);
            }
            if is_quoted && !found.is_empty() {
                why = Some((
                    first + at..first + at + found.len(),
                    "text follows a closing quote; a quote inside a cell is written twice",
                ));
            }
            record.bytes.extend_from_slice(found);
            let cell = start..record.bytes.len();
            record
                .cells
                .push((is_quoted || !cell.is_empty()).then_some(cell));
            record.places.push(first + begin..first + at + found.len());
            at += length;
            match bytes.get(at) {
                Some(byte) if *byte == self.delimiter => at += 1,
                ended => {
                    let length = at + usize::from(ended.is_some());
                    return Parsed::Record { length, lines, why };
                }
            }
        }
    }
}

/// What lies at a place of the buffer.
enum Parsed {
    /// A record of so many bytes and lines, or what is wrong with it.
    Record {
        length: usize,
        lines: u64,
        why: Option<(Range<usize>, &'static str)>,
    },
    /// Nothing any more.
    End,
    /// A quote that is never closed.
    Open { line: u64, at: usize },
    /// A part of a record.
    More,
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Result<(u64, Vec<Option<String>>), Broken>;

    fn found(text: &str) -> Vec<Found> {
        let mut records = Records::new(text.as_bytes()).unwrap();
        let mut record = Record::default();
        let mut all = Vec::new();
        loop {
            match records.next(&mut record).unwrap() {
                Ok(false) => return all,
                Ok(true) => {
                    let text = |cell: &Range<usize>| {
                        String::from_utf8(record.bytes[cell.clone()].to_vec()).unwrap()
                    };
                    let cells = record.cells.iter().map(|cell| cell.as_ref().map(text));
                    all.push(Ok((record.line, cells.collect())));
                }
                Err(broken) => all.push(Err(broken)),
            }
        }
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn cells_are_read_as_spreadsheets_write_them() {
        assert_eq!(
            found("\u{feff}a;b\r\n\"x; \"\"y\"\"\r\nz\";\n\n\"\";2"),
            [
                Ok((1, vec![some("a"), some("b")])),
                Ok((2, vec![some("x; \"y\"\r\nz"), None])),
                Ok((5, vec![some(""), some("2")])),
            ]
        );
        assert_eq!(found(""), []);
        assert_eq!(found("a\tb,c\n"), [Ok((1, vec![some("a\tb"), some("c")]))]);
    }

    #[test]
    fn what_is_broken_is_told_with_its_line_and_the_rest_is_read() {
        let found = found("a,b\n\"x\"y,1\nc,\"d\ne,f\n");
        assert_eq!(found[0], Ok((1, vec![some("a"), some("b")])));
        let lines: Vec<(u64, bool)> = found[1..]
            .iter()
            .map(|one| one.as_ref().map_err(|broken| (broken.line, broken.is_end)))
            .map(Result::unwrap_err)
            .collect();
        assert_eq!(lines, [(2, false), (3, true)]);
    }

    #[test]
    fn a_record_may_lie_across_any_number_of_chunks() {
        let long = "x\n\"\"".repeat(CHUNK);
        let text = format!("a,b\n\"{long}\",1\nc,d\n");
        let found = found(&text);
        let lines = 2 + CHUNK as u64;
        assert_eq!(found.len(), 3);
        assert_eq!(
            found[1],
            Ok((2, vec![Some(long.replace("\"\"", "\"")), some("1")]))
        );
        assert_eq!(found[2], Ok((lines + 1, vec![some("c"), some("d")])));
    }

    #[test]
    fn a_cell_knows_where_it_stands() {
        let found = records("\u{feff}a,\"b\"\r\ncd,e").unwrap();
        assert_eq!(found[0][1], (some("b"), 5..8));
        assert_eq!(found[1][0], (some("cd"), 10..12));
        assert_eq!(records("a,\"b").unwrap_err().0, 2..3);
        assert_eq!(records("\"a\"b").unwrap_err().0, 3..4);
    }
}
