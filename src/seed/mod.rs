//! Believable data from a seed file: read, checked against the live catalog, generated, loaded by COPY, verified.
//!
//! A cell is a function of the seed, its table, its column and its row alone, so that threads, other tables and
//! further columns change nothing. Keys are computed, so that a reference needs no look-up.
//!
//! `spec` reads the file, `grammar` has one kind of generator a file, `generate` makes rows, each cell by a draw of its
//! generator, `encode` turns them into bytes, `block` makes the same bytes for many rows at once, and `maker` takes the one
//! or the other; all of that is functions of values. `plan`, `load`, `rebuild`, `check` and `export` are the shell around them.

mod again;
pub mod block;
pub mod check;
pub mod column_type;
pub mod count;
pub mod dataset;
#[cfg(test)]
mod documented;
pub mod encode;
pub mod export;
pub mod expression;
pub mod generate;
pub mod grammar;
pub mod history;
pub mod init;
mod job;
pub mod load;
pub mod maker;
pub mod moments;
pub mod pipeline;
pub mod plan;
pub mod rebuild;
mod refusal;
pub mod refuse;
pub mod rehearse;
mod restricted;
pub mod scale;
pub mod show;
pub mod slide;
pub mod source;
pub mod spec;
pub mod staging;
pub mod tenants;
pub mod trial;
pub mod value;
pub mod words;

pub use dataset::Dataset;
pub use job::{Job, Rows};
pub use scale::Scale;
pub use spec::{Options, SeedFile};
