//! The language of oracles: `row[column]`, `row.column`, `context.user`, comparisons, `in`, `is null`, sums, `lower`,
//! `upper`, `coalesce`, `and`, `or`, `not`, and `exists table as name where …`. docs/oracle.md describes it, and
//! docs/words.md what it has in common with seed files.

mod display;
mod expression;
mod reader;

pub(super) use expression::FORMS;
pub use expression::{Expression, Sign, Step, visit};
pub(crate) use reader::parse;
