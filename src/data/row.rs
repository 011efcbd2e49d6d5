//! One row of a source, or why there is none.

use std::ops::Range;

/// What stands in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing: null, or no such field.
    Null,
    /// A text, a number or a truth value, by the bytes of the row.
    Text(Range<usize>),
    /// An array or object, as JSON.
    Json(Range<usize>),
}

/// A row: the wanted fields, and where it stands.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) bytes: Vec<u8>,
    pub(super) cells: Vec<Cell>,
    /// The line that it begins on.
    pub(super) line: u64,
    /// Its number in the source, from 1.
    pub(super) item: u64,
}

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) line: u64,
    pub(super) item: u64,
    pub(super) why: String,
}

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A row.
    Row,
    /// Something that is no row.
    Unreadable(Unreadable),
    /// Nothing any more.
    End,
}
