//! CSV as a stream (RFC 4180, and what spreadsheets make of it): constant memory whatever the file's size.
//!
//! An empty cell without quotes is null, as for `copy … (format csv)`. Commas, semicolons and tabs divide cells: the one
//! that the first line has most of.

use std::fs::File;
use std::io::Read as _;
use std::ops::Range;

/// Bytes read at once.
const CHUNK: usize = 1 << 18;

/// The records of a file.
#[derive(Debug)]
pub(super) struct Records {
    file: File,
    buffer: Vec<u8>,
    /// The first byte of `buffer` that was not handed out.
    at: usize,
    is_whole: bool,
    delimiter: u8,
    /// The line that the next record begins on.
    line: u64,
}

/// A record: its bytes without quotes, the cells in them (nothing for null), and the line it begins on.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) bytes: Vec<u8>,
    pub(super) cells: Vec<Option<Range<usize>>>,
    pub(super) line: u64,
}

/// What cannot be read: the line, and why. A quote that is not closed swallows the rest of the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) line: u64,
    pub(super) why: &'static str,
    pub(super) is_end: bool,
}

impl Records {
    /// The records of a file from its beginning; a byte-order mark is passed over.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn new(file: File) -> std::io::Result<Self> {
        let mut records = Self {
            file,
            buffer: Vec::with_capacity(2 * CHUNK),
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
        self.at = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + CHUNK, 0);
        let read = loop {
            match self.file.read(&mut self.buffer[filled..]) {
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
    pub(super) fn next(&mut self, record: &mut Record) -> std::io::Result<Result<bool, Broken>> {
        loop {
            match self.parse(record) {
                Parsed::Record { length, lines, why } => {
                    let line = self.line;
                    self.at += length;
                    self.line += lines;
                    record.line = line;
                    if let Some(why) = why {
                        return Ok(Err(Broken {
                            line,
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
                Parsed::Open { line } => {
                    self.at = self.buffer.len();
                    return Ok(Err(Broken {
                        line,
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
            let is_quoted = bytes.get(at) == Some(&b'"');
            if is_quoted {
                let opened = self.line + lines - 1;
                at += 1;
                loop {
                    let rest = &bytes[at..];
                    let Some(length) = rest.iter().position(|byte| *byte == b'"') else {
                        return if self.is_whole {
                            Parsed::Open { line: opened }
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
                why = Some("text follows a closing quote; a quote inside a cell is written twice");
            }
            record.bytes.extend_from_slice(found);
            let cell = start..record.bytes.len();
            record
                .cells
                .push((is_quoted || !cell.is_empty()).then_some(cell));
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
        why: Option<&'static str>,
    },
    /// Nothing any more.
    End,
    /// A quote that is never closed.
    Open { line: u64 },
    /// A part of a record.
    More,
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write as _};

    use super::*;

    type Found = Result<(u64, Vec<Option<String>>), Broken>;

    fn records(text: &str) -> Vec<Found> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        let mut records = Records::new(file).unwrap();
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
            records("\u{feff}a;b\r\n\"x; \"\"y\"\"\r\nz\";\n\n\"\";2"),
            [
                Ok((1, vec![some("a"), some("b")])),
                Ok((2, vec![some("x; \"y\"\r\nz"), None])),
                Ok((5, vec![some(""), some("2")])),
            ]
        );
        assert_eq!(records(""), []);
        assert_eq!(
            records("a\tb,c\n"),
            [Ok((1, vec![some("a\tb"), some("c")]))]
        );
    }

    #[test]
    fn what_is_broken_is_told_with_its_line_and_the_rest_is_read() {
        let found = records("a,b\n\"x\"y,1\nc,\"d\ne,f\n");
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
        let found = records(&text);
        let lines = 2 + CHUNK as u64;
        assert_eq!(found.len(), 3);
        assert_eq!(
            found[1],
            Ok((2, vec![Some(long.replace("\"\"", "\"")), some("1")]))
        );
        assert_eq!(found[2], Ok((lines + 1, vec![some("c"), some("d")])));
    }
}
