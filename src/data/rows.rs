//! Rows of any source: the wanted fields in their order, and what is wrong with a row that cannot be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::ops::Range;
use std::sync::Arc;

use super::json::{self, Elements};
use super::row::{Cell, Next, Row, Unreadable};
use super::source::{Form, Source, open, unreadable};
use crate::error::Result;
use crate::files::csv::{Record, Records};

/// The rows of a source.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    source: &'a Source,
    /// Field → its place among those wanted.
    wanted: BTreeMap<&'a str, usize>,
    ignored: &'a BTreeSet<String>,
    /// Fields that nobody mentions and that were told already.
    told: BTreeSet<String>,
    /// Which of the wanted fields some row had.
    seen: Vec<bool>,
    /// Mistakes that were found together and are handed out one by one.
    waiting: Vec<Unreadable>,
    item: u64,
    is_done: bool,
    form: Reading,
}

#[derive(Debug)]
enum Reading {
    Csv {
        records: Records<File>,
        record: Record,
        header: Vec<String>,
        /// For each wanted field, its cell.
        places: Vec<Option<usize>>,
    },
    Lines {
        reader: BufReader<File>,
        text: String,
        line: u64,
    },
    Json {
        text: Arc<str>,
        elements: Elements,
        only_line: Option<u64>,
        /// A byte and its line, from which lines are counted on.
        counted: (usize, u64),
    },
}

impl<'a> Rows<'a> {
    /// The rows of a source. `ignored` are fields that nobody needs; what is neither wanted nor ignored is told once.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn open(
        source: &'a Source,
        wanted: &'a [String],
        ignored: &'a BTreeSet<String>,
    ) -> Result<Self> {
        let failed = |error| unreadable(&source.shown, error);
        let form = match &source.form {
            Form::Csv(path) => {
                let mut records = Records::new(open(path, &source.shown)?).map_err(failed)?;
                let mut record = Record::default();
                let has_header = records.next(&mut record).map_err(failed)?;
                let header = if has_header == Ok(true) {
                    header(&record)
                } else {
                    Vec::new()
                };
                let places = wanted
                    .iter()
                    .map(|field| header.iter().position(|name| name == field));
                Reading::Csv {
                    places: places.collect(),
                    records,
                    record,
                    header,
                }
            }
            Form::JsonLines(path) => Reading::Lines {
                reader: BufReader::with_capacity(1 << 18, open(path, &source.shown)?),
                text: String::new(),
                line: 0,
            },
            Form::Json {
                text,
                start,
                only_line,
            } => Reading::Json {
                text: Arc::clone(text),
                elements: Elements::new(*start),
                only_line: *only_line,
                counted: (0, 1),
            },
        };
        // The first line of CSV is known beforehand.
        let seen = vec![matches!(form, Reading::Csv { .. }); wanted.len()];
        let wanted = wanted.iter().enumerate();
        Ok(Self {
            source,
            wanted: wanted.map(|(at, field)| (field.as_str(), at)).collect(),
            ignored,
            told: BTreeSet::new(),
            seen,
            waiting: Vec::new(),
            item: 0,
            is_done: false,
            form,
        })
    }

    /// The fields of the first line of CSV; nothing for JSON, whose rows may differ.
    pub(super) fn header(&self) -> Option<&[String]> {
        match &self.form {
            Reading::Csv { header, .. } => Some(header),
            _ => None,
        }
    }

    /// Fields that occurred and that nobody mentions.
    pub(super) fn unmentioned(self) -> BTreeSet<String> {
        self.told
    }

    /// Reads the next row.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn next(&mut self, row: &mut Row) -> Result<Next> {
        if let Some(mistake) = self.waiting.pop() {
            return Ok(Next::Unreadable(mistake));
        }
        if self.is_done {
            return Ok(Next::End);
        }
        row.bytes.clear();
        row.cells.clear();
        let next = match &self.form {
            Reading::Csv { .. } => self.next_record(row),
            Reading::Lines { .. } => self.next_line(row),
            Reading::Json { .. } => self.next_element(row),
        }?;
        self.is_done |= next == Next::End;
        if next == Next::End {
            self.miss();
            return Ok(self.waiting.pop().map_or(next, Next::Unreadable));
        }
        if next == Next::Row && row.bytes.contains(&0) {
            let why = "the server keeps no character of number 0 in a text";
            return Ok(self.unreadable(row.line, why));
        }
        Ok(next)
    }

    /// Fields that the mapping names and no row has: a slip of the pen rather than a field that is always empty.
    fn miss(&mut self) {
        let missing = self.wanted.iter().filter(|(_, at)| !self.seen[**at]);
        let missing = missing.map(|(field, _)| Unreadable {
            line: 1,
            item: 0,
            why: format!("no row has the field `{field}` that the mapping names"),
        });
        if self.item > 0 {
            self.waiting.extend(missing);
        }
    }

    fn unreadable(&self, line: u64, why: impl Into<String>) -> Next {
        Next::Unreadable(Unreadable {
            line,
            item: self.item,
            why: why.into(),
        })
    }

    fn next_record(&mut self, row: &mut Row) -> Result<Next> {
        let Reading::Csv {
            records,
            record,
            header,
            places,
        } = &mut self.form
        else {
            return Ok(Next::End);
        };
        let read = records
            .next(record)
            .map_err(|error| unreadable(&self.source.shown, error))?;
        match read {
            Ok(false) => return Ok(Next::End),
            Ok(true) => self.item += 1,
            Err(broken) => {
                self.item += 1;
                self.is_done = broken.is_end;
                return Ok(self.unreadable(broken.line, broken.why));
            }
        }
        (row.line, row.item) = (record.line, self.item);
        let wrong = if record.cells.len() != header.len() {
            let (found, named) = (record.cells.len(), header.len());
            Some(format!("{found} cells where the first line has {named}"))
        } else if std::str::from_utf8(&record.bytes).is_err() {
            Some("it is not UTF-8".to_owned())
        } else {
            None
        };
        if let Some(why) = wrong {
            return Ok(self.unreadable(row.line, why));
        }
        std::mem::swap(&mut row.bytes, &mut record.bytes);
        let cells = places.iter().map(|place| {
            let cell = place.and_then(|at| record.cells[at].clone());
            cell.map_or(Cell::Null, Cell::Text)
        });
        row.cells.extend(cells);
        Ok(Next::Row)
    }

    fn next_line(&mut self, row: &mut Row) -> Result<Next> {
        loop {
            let Reading::Lines { reader, text, line } = &mut self.form else {
                return Ok(Next::End);
            };
            text.clear();
            *line += 1;
            let line = *line;
            let mut bytes = std::mem::take(text).into_bytes();
            let read = reader
                .read_until(b'\n', &mut bytes)
                .map_err(|error| unreadable(&self.source.shown, error))?;
            if read == 0 {
                return Ok(Next::End);
            }
            let Ok(read) = String::from_utf8(bytes) else {
                self.item += 1;
                return Ok(self.unreadable(line, "it is not UTF-8"));
            };
            let begins = read.len() - read.trim_start_matches(['\u{feff}', ' ', '\t']).len();
            let span = begins..read.trim_end().len();
            if span.start >= span.end {
                *text = read;
                continue;
            }
            self.item += 1;
            (row.line, row.item) = (line, self.item);
            let found = self.object(&read, span, row);
            if let Reading::Lines { text, .. } = &mut self.form {
                *text = read;
            }
            return Ok(found.map_or_else(|(_, why)| self.unreadable(line, why), |()| Next::Row));
        }
    }

    fn next_element(&mut self, row: &mut Row) -> Result<Next> {
        let Reading::Json {
            text,
            elements,
            only_line,
            counted,
        } = &mut self.form
        else {
            return Ok(Next::End);
        };
        let text = Arc::clone(text);
        let found = elements.next(&text);
        let mut line_of = |at: usize| {
            only_line.unwrap_or_else(|| {
                let (from, line) = *counted;
                let to = at.clamp(from, text.len());
                let more = text.as_bytes()[from..to].iter();
                *counted = (
                    to,
                    line + more.filter(|byte| **byte == b'\n').count() as u64,
                );
                counted.1
            })
        };
        match found {
            Ok(None) => Ok(Next::End),
            Ok(Some(span)) => {
                let line = line_of(span.start);
                self.item += 1;
                (row.line, row.item) = (line, self.item);
                let before = span.start;
                Ok(self.object(&text, span, row).map_or_else(
                    |(at, why)| {
                        let more = text[before..at.max(before)].matches('\n').count() as u64;
                        let more = if only_line_is_known(self.source) {
                            0
                        } else {
                            more
                        };
                        self.unreadable(line + more, why)
                    },
                    |()| Next::Row,
                ))
            }
            Err((at, why)) => {
                let line = line_of(at);
                self.item += 1;
                self.is_done = true;
                Ok(self.unreadable(line, why))
            }
        }
    }

    /// Takes the wanted members of an object.
    fn object(
        &mut self,
        text: &str,
        span: Range<usize>,
        row: &mut Row,
    ) -> Result<(), json::Broken> {
        if text.as_bytes()[span.start] != b'{' {
            return Err((span.start, "an object is expected here".to_owned()));
        }
        row.cells.resize(self.wanted.len(), Cell::Null);
        for (name, span) in json::members(text, span)? {
            let Some(at) = self.wanted.get(name.as_str()) else {
                if !self.ignored.contains(&name) && self.told.insert(name.clone()) {
                    self.waiting.push(Unreadable {
                        line: row.line,
                        item: self.item,
                        why: format!("the field `{name}` has no column in the mapping"),
                    });
                }
                continue;
            };
            self.seen[*at] = true;
            let written = &text[span];
            let start = row.bytes.len();
            let inside = match written.as_bytes()[0] {
                b'n' => continue,
                b'"' => json::string(written),
                _ => written.into(),
            };
            row.bytes.extend_from_slice(inside.as_bytes());
            let place = start..row.bytes.len();
            row.cells[*at] = match written.as_bytes()[0] {
                b'{' | b'[' => Cell::Json(place),
                _ => Cell::Text(place),
            };
        }
        Ok(())
    }
}

fn only_line_is_known(source: &Source) -> bool {
    matches!(
        &source.form,
        Form::Json {
            only_line: Some(_),
            ..
        }
    )
}

fn header(record: &Record) -> Vec<String> {
    let name = |cell: &Option<Range<usize>>| {
        let bytes = cell.clone().map_or(&[][..], |cell| &record.bytes[cell]);
        String::from_utf8_lossy(bytes).trim().to_owned()
    };
    record.cells.iter().map(name).collect()
}
