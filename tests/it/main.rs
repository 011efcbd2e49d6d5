//! Integration tests: one binary, one server, one database a test.
#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

mod architecture;
mod catalog;
mod command_line;
mod concurrency;
mod connection;
mod db_import;
mod db_life;
mod db_migrate;
mod demo;
mod dropped;
mod faults;
mod governor;
mod grouped;
mod layout;
mod leaks;
mod lint;
mod lint_evidence;
mod measure;
mod measured_plan;
mod measured_strangers;
mod migration_errors;
mod objects;
mod objects_under_change;
mod output;
mod own_schema;
mod policy;
mod pooler;
mod preflight;
mod project;
mod prove;
mod prove_escalation;
mod prove_functions;
mod prove_mutants;
mod races;
mod round_trips;
mod seed;
mod server;
mod steps;
mod support;

mod systems;
mod verify;
mod view_graphs;
