//! `workroom policy …`: row-level-security policies.

pub mod render;
