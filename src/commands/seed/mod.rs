//! `workroom seed …`: believable data from `seeds/<system>.toml`.

mod again;
pub mod clear;
pub mod dataset;
pub mod export;
pub mod init;
pub mod plan;
pub mod refuse;
pub mod run;
