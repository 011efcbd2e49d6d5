//! `workroom data …`: rows of one's own.

pub mod import;
