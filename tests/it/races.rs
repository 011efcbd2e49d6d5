//! Thirty-two runners at once: every one succeeds, each step is done once, and nobody deadlocks.
//!
//! `WORKROOM_TEST_ROUNDS` says how many rounds of each kind there are; two without it, since every round starts
//! thirty-two processes. `benches/races.rs` runs twenty and prints how long waiters take.

use crate::support::project::{ORDERS, TestProject};

const RUNNERS: usize = 32;

/// The versions and what each leaves: rows in `shop.marks` say how often a step ran.
const TRANSACTIONAL: &[(&str, &str)] = &[
    ORDERS,
    (
        "sql/shop/V002__marks.sql",
        "create table shop.marks (step int);\ninsert into shop.marks values (2);\n",
    ),
    (
        "sql/shop/V003__column.sql",
        "alter table shop.orders add total numeric;\ninsert into shop.marks values (3);\n",
    ),
    (
        "sql/shop/V004__fill.sql",
        "insert into shop.orders select g, 'x', g from generate_series(1, 1000) as g;\ninsert into shop.marks values (4);\n",
    ),
];

const CONCURRENT: &[(&str, &str)] = &[
    (
        "sql/shop/V005__indexes.sql",
        "--! no-transaction\n\
         create index concurrently orders_note_idx on shop.orders (note);\n\
         create unique index concurrently orders_total_key on shop.orders (total);\n",
    ),
    (
        "sql/shop/V006__more.sql",
        "--! no-transaction\n\
         create index concurrently orders_both_idx on shop.orders (note, total);\n\
         drop index concurrently shop.orders_note_idx;\n",
    ),
];

const MIXED: &[(&str, &str)] = &[
    (
        "sql/shop/V007__mixed.sql",
        "--! no-transaction\n\
         insert into shop.marks values (7);\n\
         create index concurrently orders_note_again_idx on shop.orders (note);\n\
         do $$ begin insert into shop.marks values (77); end $$;\n",
    ),
    (
        "sql/shop/V008__last.sql",
        "create view shop.everything as select * from shop.orders;\ninsert into shop.marks values (8);\n",
    ),
];

fn rounds() -> usize {
    let given = std::env::var("WORKROOM_TEST_ROUNDS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(2)
}

/// Lets all runners loose on what is pending, and says what must be true afterwards.
fn race(before: &[&[(&str, &str)]], pending: &[&[(&str, &str)]], marks: &str, indexes: &str) {
    for round in 1..=rounds() {
        let project = TestProject::with_database(&before.concat());
        if !before.is_empty() {
            project.migrate();
        }
        for (path, text) in pending.concat() {
            project.write(path, text);
        }
        let running: Vec<_> = (0..RUNNERS)
            .map(|_| project.start(["db", "migrate"]))
            .collect();
        let outputs: Vec<_> = running.into_iter().map(|run| run.finish()).collect();
        for output in &outputs {
            assert!(
                output.ends_with("exit status: 0\n"),
                "round {round}\n{output}"
            );
            assert!(!output.contains("deadlock"), "round {round}\n{output}");
        }
        let working = outputs
            .iter()
            .filter(|output| !output.starts_with("nothing to do"));
        assert_eq!(
            working.count(),
            1,
            "round {round}: exactly one does the work"
        );
        assert_eq!(
            project.query("select string_agg(step::text, ' ' order by step) from shop.marks"),
            [marks],
            "round {round}"
        );
        assert_eq!(
            project.query(
                "select string_agg(relname, ' ' order by relname) from pg_index join pg_class as c on c.oid = indexrelid \
                 where indisvalid and relnamespace = 'shop'::regnamespace"
            ),
            [indexes],
            "round {round}"
        );
        assert_eq!(
            project
                .query("select deadlocks from pg_stat_database where datname = current_database()"),
            ["0"]
        );
    }
}

#[test]
fn thirty_two_runners_of_transactional_migrations() {
    race(&[], &[TRANSACTIONAL], "2 3 4", "orders_pkey");
}

#[test]
fn thirty_two_runners_of_concurrent_index_builds() {
    race(
        &[TRANSACTIONAL],
        &[CONCURRENT],
        "2 3 4",
        "orders_both_idx orders_pkey orders_total_key",
    );
}

#[test]
fn thirty_two_runners_of_a_mixed_set() {
    race(
        &[],
        &[TRANSACTIONAL, CONCURRENT, MIXED],
        "2 3 4 7 8 77",
        "orders_both_idx orders_note_again_idx orders_pkey orders_total_key",
    );
}
