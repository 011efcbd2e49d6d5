//! Rows of one's own: JSON, JSON lines and CSV files into the tables of a deployed system.
//!
//! `source` finds what a folder holds, [`mapping`] says which of it fills which column (or [`propose`] does), `check`
//! holds that against the live catalog, and [`load`] sends the rows in one transaction. The server judges them; `judge`
//! finds every row that it refuses, so that all are named at once.

mod check;
mod encode;
mod facts;
mod json;
mod judge;
mod load;
mod mapping;
mod order;
mod plan;
mod propose;
mod row;
mod rows;
mod sample;
mod send;
mod source;
mod staging;

pub use check::check;
pub use facts::Facts;
pub use load::{Loaded, load};
pub use mapping::{FILE, Mapping};
pub use plan::{Plan, Tenant};
pub use propose::{Proposal, propose};
pub use source::{Source, find};
