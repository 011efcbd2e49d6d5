//! The sync service in a storm: several workers that are killed at any time, a server that fails in every way, and rows
//! that keep changing. In the end every message is delivered, no page is there twice, none shows an older state, and
//! none was ever written backwards. `WORKROOM_TEST_LONG` makes it ten times as long.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::sage::sage;
use super::sage_sync::sync;
use crate::support::notion::Notion;
use crate::support::server::{NEWEST, TestDatabase};

const WORKERS: usize = 3;

/// A third of the projects gets a new name; what backs off becomes due.
fn change(database: &TestDatabase, round: u32) {
    database.execute(&format!(
        "update sage.projects set name = 'Project {round}' where name like 'Project %' \
         and ('x' || right(id::text, 4))::bit(16)::integer % 3 = {round} % 3;
         update sage.notion_outbox set next_attempt_at = clock_timestamp() where status = 'pending' and attempts < 7"
    ));
}

fn open(database: &TestDatabase) -> String {
    database
        .query("select count(*) from sage.notion_outbox where status in ('pending', 'leased')")
        .remove(0)
}

#[test]
fn killed_workers_and_a_failing_notion_lose_double_and_swap_nothing() {
    let is_long = std::env::var_os("WORKROOM_TEST_LONG").is_some();
    let (projects, rounds) = if is_long { (1000, 100) } else { (40, 12) };
    let database = sage(NEWEST);
    let notion = Notion::start();
    notion.state.lock().unwrap().fault_every = 6;
    database.execute(&format!(
        "insert into sage.projects (id, client_id, tier, name) \
         select id_of('storm ' || n), id_of('carl client'), 1 + n % 4, 'Project 0' from generate_series(1, {projects}) as n"
    ));
    let run = |name: String| {
        let arguments = [
            "--watch",
            "--worker",
            &name,
            "--lease",
            "3s",
            "--request-timeout",
            "1s",
        ];
        sync(&database, &notion, &arguments).spawn()
    };
    let mut workers: Vec<_> = (0..WORKERS).map(|at| run(format!("worker {at}"))).collect();
    for round in 1..=rounds {
        std::thread::sleep(Duration::from_millis(700));
        change(&database, round);
        let at = round as usize % WORKERS;
        workers[at].kill().unwrap();
        workers[at].wait().unwrap();
        workers[at] = run(format!("worker {at} of {round}"));
    }
    notion.state.lock().unwrap().fault_every = 0;
    let started = Instant::now();
    while open(&database) != "0" {
        assert!(
            started.elapsed() < Duration::from_secs(180),
            "{} messages are left",
            open(&database)
        );
        std::thread::sleep(Duration::from_millis(300));
        database.execute(
            "select sage.retry_outbox(id) from sage.notion_outbox where status = 'dead';
             update sage.notion_outbox set next_attempt_at = clock_timestamp() where status = 'pending'",
        );
    }
    for mut worker in workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    let state = database.query("select distinct status from sage.notion_outbox");
    assert_eq!(state, ["delivered"]);
    let pages = notion.live("ds-projects");
    let shown: Vec<String> = pages
        .iter()
        .map(|page| format!("{}|{}", page.text("Workroom ID"), page.text("Name")))
        .collect();
    let stored = database
        .query("select id, name from sage.projects where name like 'Project %' order by id::text");
    assert_eq!(shown, stored);
    let keys: BTreeSet<String> = pages.iter().map(|page| page.text("Workroom ID")).collect();
    assert_eq!(keys.len(), projects as usize);
    let state = notion.state.lock().unwrap();
    assert_eq!(state.overtaken, [""; 0]);
    assert!(state.requests.len() > projects as usize);
}
