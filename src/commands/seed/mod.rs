//! `workroom seed …`: believable data from `seeds/<system>.toml`.

pub mod add;
pub mod clear;
pub mod dataset;
mod drafting;
pub mod embed;
pub mod export;
pub mod init;
pub mod plan;
pub mod run;
mod written;
