//! `workroom seed …`: believable data from `seeds/<system>.toml`.

pub mod clear;
pub mod dataset;
pub mod export;
pub mod init;
pub mod plan;
pub mod run;
