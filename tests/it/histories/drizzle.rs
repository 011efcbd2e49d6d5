//! drizzle-kit, with the journal of 0.31 and with the folders of 1.0.

use super::{BODIES, NAMES, Tool, ends_equal_from_everywhere};

/// drizzle cuts a file at such a line.
const CUT: &str = "--> statement-breakpoint\n";

#[test]
fn a_journal_gives_the_order_and_moments_are_what_a_history_has() {
    let entries = (0..5).map(|at| {
        format!(
            "{{\"idx\": {at}, \"version\": \"7\", \"when\": {}, \"tag\": \"000{at}_{}\", \"breakpoints\": true}}",
            1_714_813_361_123_u64 + at as u64,
            NAMES[at]
        )
    });
    let journal = format!(
        "{{\"version\": \"7\", \"dialect\": \"postgresql\", \"entries\": [{}]}}",
        entries.collect::<Vec<_>>().join(", ")
    );
    let mut files = vec![("drizzle/meta/_journal.json".to_owned(), journal)];
    for (at, body) in BODIES.iter().enumerate() {
        let path = format!("drizzle/000{at}_{}.sql", NAMES[at]);
        files.push((path, body.replace(";\ninsert", &format!(";{CUT}insert"))));
    }
    files.push(("drizzle/0009_lost.sql".to_owned(), "select;\n".to_owned()));
    ends_equal_from_everywhere(&Tool {
        name: "drizzle",
        files,
        history: |count| {
            let rows =
                (0..count).map(|at| format!("('{at}', {})", 1_714_813_361_123_u64 + at as u64));
            format!(
                "create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint); \
                 insert into drizzle.__drizzle_migrations (hash, created_at) values {};",
                rows.collect::<Vec<_>>().join(", ")
            )
        },
    });
}

#[test]
fn folders_are_named_in_the_history() {
    let files = BODIES.iter().enumerate().map(|(at, body)| {
        let path = format!("drizzle/2024050409024{at}_{}/migration.sql", NAMES[at]);
        (path, (*body).to_owned())
    });
    ends_equal_from_everywhere(&Tool {
        name: "drizzle",
        files: files.collect(),
        history: |count| {
            let rows = (0..count).map(|at| {
                format!(
                    "('{at}', {}, '2024050409024{at}_{}')",
                    1_714_813_360_000_u64 + at as u64 * 1000,
                    NAMES[at]
                )
            });
            format!(
                "create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, \
                 created_at bigint, name text, applied_at timestamptz default now()); \
                 insert into drizzle.__drizzle_migrations (hash, created_at, name) values {};",
                rows.collect::<Vec<_>>().join(", ")
            )
        },
    });
}
