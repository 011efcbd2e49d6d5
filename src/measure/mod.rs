//! What a migration does to the tables that exist: executed on a disposable copy of the schema, and measured.
//!
//! For each statement: the locks that it took on relations that existed before, the tables that it wrote anew or
//! read in full, and how long it ran, also for what it runs inside `do` blocks and functions. Nothing is
//! guessed from the text. How long a real table would be locked is estimated from its size (`Stats`).

mod breaks;
mod copy;
mod dump;
mod estimate;
mod failure;
mod fill;
mod judge;
mod lock;
mod probe;
mod run;
mod scratch;
mod stats;
mod text;
mod watch;

use std::ops::Range;
use std::time::Duration;

pub use copy::rebuild;
pub use dump::{Dumped, schema_of};
pub use estimate::{Cost, Rates, Under, calibrate, in_words, under_lock};
pub use failure::Stopped;
pub use fill::{Filled, fill};
pub use judge::findings;
pub use lock::LockMode;
pub use run::{Detour, Ending, Run};
pub use scratch::{Scratch, Surroundings, Whereabouts};
pub use stats::{QUERY as STATS_QUERY, Stats, TableStats};

use crate::files::TextFile;
use crate::sql::Statement;

/// One file of pending work.
#[derive(Clone, Copy, Debug)]
pub struct Work<'project> {
    /// `V003__timesheets`, or the name of a repeatable object.
    pub label: &'project str,
    /// The file.
    pub file: &'project TextFile,
    /// Its statements.
    pub statements: &'project [Statement],
    /// Whether each statement is a transaction of its own.
    pub no_transaction: bool,
}

/// A relation that existed before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relation {
    /// Its name with its schema, quoted where SQL needs it.
    pub name: String,
    /// What it is.
    pub kind: RelationKind,
}

/// What a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RelationKind {
    /// A table, partitioned or not.
    Table,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
    /// An index.
    Index,
    /// A sequence.
    Sequence,
    /// Anything else that can be locked.
    Other,
}

/// What one statement did.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Position of its work.
    pub work: usize,
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// Locks that it took, the strongest for each relation, strongest first.
    pub locks: Vec<(Relation, LockMode)>,
    /// All locks that its transaction holds at its end, those of earlier statements included.
    pub held: Vec<(Relation, LockMode)>,
    /// Relations that were written anew.
    pub rewritten: Vec<Relation>,
    /// Tables on which an index was built.
    pub indexed: Vec<Relation>,
    /// Relations that were read in full, by whatever plan.
    pub scanned: Vec<Relation>,
    /// Tables of which every row was changed or deleted.
    pub changed: Vec<Relation>,
    /// What programs that ran before can do no longer, at the end of the transaction.
    pub breaks: Vec<String>,
    /// How long it ran, on tables of a few rows.
    pub took: Duration,
    /// Which transaction it belongs to: statements of one share their locks.
    pub transaction: usize,
    /// Whether the made-up rows were in its way, so that it ran on empty tables.
    pub on_empty_tables: bool,
}
