//! `workroom sync …`: what keeps other services in step with the database.

pub mod notion;
