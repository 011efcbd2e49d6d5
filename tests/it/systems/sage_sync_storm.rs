//! The sync service in a storm: several workers that are killed at any time, a server that fails in every way and grants a
//! budget, and rows that keep changing. In the end every message is delivered or a dead letter, no page is there twice, none
//! shows an older state, and none was ever written backwards.
//!
//! `WORKROOM_TEST_LONG` makes it 10,000 rows and 100 kills, and compares what was sent with what the budget granted, and
//! the memory of a worker that lives through it all with what it had at first.

use std::collections::BTreeSet;
use std::process::Child;
use std::time::{Duration, Instant};

use super::sage::sage;
use super::sage_sync::sync;
use crate::support::notion::{Budget, Notion};
use crate::support::server::{NEWEST, TestDatabase};

const WORKERS: usize = 4;

/// Some projects get a new name; what backs off becomes due, except where Notion said when to come again.
fn change(database: &TestDatabase, round: usize) {
    database.execute(&format!(
        "update sage.projects set name = 'Project {round}' where name like 'Project %' \
         and ('x' || right(id::text, 4))::bit(16)::integer % 200 = {round} % 200;
         update sage.notion_outbox set next_attempt_at = clock_timestamp() \
         where status = 'pending' and attempts between 1 and 6 and next_attempt_at > clock_timestamp() and last_error not like '%429%'"
    ));
}

fn number(database: &TestDatabase, sql: &str) -> usize {
    database.query(sql)[0].parse().unwrap()
}

fn open(database: &TestDatabase) -> usize {
    number(
        database,
        "select count(*) from sage.notion_outbox where status in ('pending', 'leased')",
    )
}

/// The memory of a process in kilobytes.
fn memory(process: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[expect(
    clippy::print_stderr,
    reason = "what a storm measures is for whoever runs it"
)]
fn killed_workers_and_a_failing_notion_lose_double_and_swap_nothing() {
    let is_long = std::env::var_os("WORKROOM_TEST_LONG").is_some();
    let (rows, kills) = if is_long { (10_000, 100) } else { (300, 3) };
    let database = sage(NEWEST);
    let notion = Notion::start();
    database.execute(&format!(
        "insert into sage.projects (id, client_id, tier, name) \
         select id_of('storm ' || n), id_of('carl client'), 1 + n % 4, 'Project 0' from generate_series(1, {rows}) as n"
    ));
    {
        let mut state = notion.state.lock().unwrap();
        state.fault_every = 12;
        if is_long {
            state.budget = Some(Budget::new(1000, Duration::from_secs(20)));
        }
    }
    let run = |name: String| {
        // Among 10,000 pages the server that stands in looks for one for longer.
        let limits = if is_long {
            ["--lease", "6s", "--request-timeout", "1500ms"]
        } else {
            ["--lease", "1500ms", "--request-timeout", "500ms"]
        };
        let arguments = [&["--watch", "--worker", &name][..], &limits[..]].concat();
        sync(&database, &notion, &arguments).spawn()
    };
    let mut workers: Vec<_> = (0..WORKERS).map(|at| run(format!("worker {at}"))).collect();
    let mut memories = Vec::new();
    let mut random = 42_u64;
    for round in 1..=kills {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let pause = random >> 33;
        std::thread::sleep(Duration::from_millis(if is_long {
            1500 + pause % 2000
        } else {
            200 + pause % 300
        }));
        change(&database, round);
        memories.push(memory(&workers[0]));
        // The first one lives.
        let at = 1 + round % (WORKERS - 1);
        workers[at].kill().unwrap();
        workers[at].wait().unwrap();
        workers[at] = run(format!("worker {at} of {round}"));
    }
    let started = Instant::now();
    while open(&database) > 0 {
        assert!(
            started.elapsed() < Duration::from_secs(1800),
            "{} messages are left",
            open(&database)
        );
        std::thread::sleep(Duration::from_millis(100));
        database.execute(
            "update sage.notion_outbox set next_attempt_at = clock_timestamp() \
             where status = 'pending' and attempts > 0 and last_error not like '%429%'",
        );
        memories.push(memory(&workers[0]));
    }
    {
        let mut state = notion.state.lock().unwrap();
        state.fault_every = 0;
        if let Some(budget) = state.budget.take() {
            // The first window and the last are no whole ones.
            let whole = &budget.granted[1..budget.granted.len() - 1];
            let used =
                whole.iter().sum::<u64>() as f64 / (whole.len() as u64 * budget.requests) as f64;
            let least = whole.iter().min();
            eprintln!(
                "{used:.3} of the budget of {} windows was used, at least {least:?} of {} in each",
                whole.len(),
                budget.requests
            );
            assert!(used >= 0.95, "{:?}", budget.granted);
        }
    }
    let state = database.query("select distinct status from sage.notion_outbox order by 1");
    assert!(
        state == ["delivered"] || state == ["dead", "delivered"],
        "{state:?}"
    );
    // A dead letter is sent again by somebody, and Notion is well: what stands here is what it shows.
    let dead = number(
        &database,
        "select count(sage.retry_outbox(id)) from sage.notion_outbox where status = 'dead'",
    );
    while open(&database) > 0 {
        assert!(started.elapsed() < Duration::from_secs(1900));
        std::thread::sleep(Duration::from_millis(50));
    }
    let first = *memories.iter().take(20).max().unwrap();
    let last = *memories.iter().rev().take(20).max().unwrap();
    for mut worker in workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    let pages = notion.live("ds-projects");
    let shown: Vec<String> = pages
        .iter()
        .map(|page| format!("{}|{}", page.text("Workroom ID"), page.text("Name")))
        .collect();
    let stored = database
        .query("select id, name from sage.projects where name like 'Project %' order by id::text");
    assert_eq!(shown.len(), stored.len());
    assert_eq!(shown, stored);
    let keys: BTreeSet<String> = pages.iter().map(|page| page.text("Workroom ID")).collect();
    assert_eq!(keys.len(), rows);
    let state = notion.state.lock().unwrap();
    assert_eq!(state.overtaken, [""; 0]);
    assert!(state.requests.len() > rows);
    eprintln!(
        "{} requests, {dead} dead letters, {first} kB of memory at first and {last} kB at last",
        state.requests.len()
    );
    assert!(
        last < first + 8 * 1024,
        "memory grew from {first} kB to {last} kB"
    );
}
