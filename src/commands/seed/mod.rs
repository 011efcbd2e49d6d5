//! `workroom seed …`: believable data from `seeds/<system>.toml`.

pub mod dataset;
pub mod run;
