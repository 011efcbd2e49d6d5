//! What can go wrong, as a plain value: a kind, a message, the place in a file, the cause and the way out.
//!
//! Features build an [`Error`] and return it; only `main` and `output` show it. Several mistakes found in
//! one pass travel together in [`Error::others`], so that a reader mends them all at once.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it is; the exit status follows from it in one place, [`Kind::exit_status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line asks for something that does not exist.
    Usage,
    /// A file of the project is wrong.
    Project,
    /// The server cannot be found, started or reached, or a statement failed there.
    Database,
    /// workroom could do it and will not, because something would be lost.
    Refused,
    /// The run was stopped by Ctrl-C or another signal.
    Interrupted,
    /// workroom itself is wrong.
    Bug,
}

impl Kind {
    /// The process's exit status for this kind of failure.
    #[must_use]
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Interrupted => 130,
            Self::Usage | Self::Project | Self::Database | Self::Refused | Self::Bug => 2,
        }
    }
}

/// Where in a text file a mistake is: the file's name as its user knows it, its text, and a byte range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path relative to the project, with forward slashes.
    pub path: String,
    /// The whole text, so that the line can be drawn; empty when there is none to draw.
    pub text: Arc<str>,
    /// Bytes of `text` that are meant; `None` means the file as a whole.
    pub span: Option<Range<usize>>,
    /// Lines of the file before `text`, where only a part of a large file is kept.
    pub lines_before: usize,
}

impl Place {
    /// A file as a whole.
    #[must_use]
    pub fn file(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: Arc::from(""),
            span: None,
            lines_before: 0,
        }
    }

    /// A line of a file, counted from 1, whose text nobody keeps.
    #[must_use]
    pub fn line(path: impl Into<String>, line: usize) -> Self {
        Self {
            path: path.into(),
            text: Arc::from(""),
            span: Some(0..0),
            lines_before: line.saturating_sub(1),
        }
    }

    /// A byte range of a text file. The range is clamped to the text and to character boundaries.
    #[must_use]
    pub fn span(path: impl Into<String>, text: impl Into<Arc<str>>, span: Range<usize>) -> Self {
        let text = text.into();
        let start = floor_boundary(&text, span.start);
        let end = floor_boundary(&text, span.end).max(start);
        Self {
            path: path.into(),
            text,
            span: Some(start..end),
            lines_before: 0,
        }
    }

    /// Line and column, both counted from 1, columns in characters.
    #[must_use]
    pub fn line_column(&self) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start;
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = self.lines_before + before.matches('\n').count() + 1;
        Some((line, before[line_start..].chars().count() + 1))
    }
}

/// The nearest character boundary at or before `at`.
fn floor_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A statement that row-level security would have filtered: the server refused it, since the session asks for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filtered {
    /// The server's message, which names the table without its schema, in the server's language.
    pub message: String,
    /// Whether the table's owner was refused, because it is under `force row level security`.
    pub is_owner: bool,
}

/// One failure, or several of the same run.
#[derive(Clone, Debug)]
pub struct Error {
    /// What sort of failure it is.
    pub kind: Kind,
    /// One sentence without a full stop: what could not be done.
    pub message: String,
    /// Where in a file.
    pub place: Option<Place>,
    /// The server's SQLSTATE, when a statement failed there.
    pub code: Option<String>,
    /// Set where row-level security would have filtered a statement that must see every row.
    pub filtered: Option<Filtered>,
    /// Why, one line each: the server's message and SQLSTATE, its DETAIL, the operating system's reason.
    pub causes: Vec<String>,
    /// The ways out, each naming the next command or the edit to make.
    pub hints: Vec<String>,
    /// Further failures of the same pass.
    pub others: Vec<Self>,
}

impl Error {
    /// A failure with its message; add to it with the other methods.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            place: None,
            code: None,
            filtered: None,
            causes: Vec::new(),
            hints: Vec::new(),
            others: Vec::new(),
        }
    }

    /// A mistake in a file of the project.
    #[must_use]
    pub fn project(message: impl Into<String>) -> Self {
        Self::new(Kind::Project, message)
    }

    /// A failure of the server or of a statement.
    #[must_use]
    pub fn database(message: impl Into<String>) -> Self {
        Self::new(Kind::Database, message)
    }

    /// Something that workroom will not do.
    #[must_use]
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// `Ok` when nothing was collected, otherwise the first failure carrying the rest.
    ///
    /// # Errors
    /// When `failures` is not empty.
    pub fn all(failures: Vec<Self>) -> Result<()> {
        let mut failures = failures.into_iter();
        let Some(mut first) = failures.next() else {
            return Ok(());
        };
        for failure in failures {
            first.push(failure);
        }
        Err(first)
    }

    /// Adds a failure of the same pass, flattening what it carries itself.
    pub fn push(&mut self, mut other: Self) {
        let nested = std::mem::take(&mut other.others);
        self.others.push(other);
        self.others.extend(nested);
    }

    /// This failure and all that travel with it, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.others.iter())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        if let Some(place) = &self.place {
            write!(formatter, " ({}", place.path)?;
            if let Some((line, column)) = place.line_column() {
                write!(formatter, ":{line}:{column}")?;
            }
            formatter.write_str(")")?;
        }
        for cause in &self.causes {
            write!(formatter, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_from_one_and_columns_in_characters() {
        let place = Place::span("a.sql", "é\nüx y", 6..7);
        assert_eq!(place.line_column(), Some((2, 3)));
    }

    #[test]
    fn a_span_inside_a_character_moves_to_its_start() {
        assert_eq!(Place::span("a", "é", 1..9).span, Some(0..2));
    }

    #[test]
    fn collected_failures_stay_flat() {
        let mut inner = Error::project("b");
        inner.push(Error::project("c"));
        let error = Error::all(vec![Error::project("a"), inner]).unwrap_err();
        let messages: Vec<_> = error.iter().map(|error| error.message.as_str()).collect();
        assert_eq!(messages, ["a", "b", "c"]);
    }
}
