//! Waiting for locks briefly and often: deadlocks, autovacuum, limits of their own for statements and files.

use std::time::{Duration, Instant};

use crate::support::command::eventually;
use crate::support::project::{ORDERS, TestProject};
use crate::support::server::try_query;

/// Runs statements in a session of its own, which ends with them.
fn meanwhile(project: &TestProject, sql: &'static str) -> std::thread::JoinHandle<bool> {
    let url = project.database().url();
    std::thread::spawn(move || try_query(&url, sql).is_ok())
}

fn eventually_runs(project: &TestProject, statement: &str) {
    eventually(statement, || {
        project.query(&format!(
            "select 1 from pg_stat_activity where datname = current_database() and state = 'active' \
             and pid <> pg_backend_pid() and query like '%{statement}%'"
        )) == ["1"]
    });
}

#[test]
fn a_deadlock_is_tried_again() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    project
        .database()
        .execute("create table shop.others (id int)");
    project.write(
        "sql/shop/V002__both.sql",
        "--! lock-timeout: 20s\nlock table shop.others;\nselect pg_sleep(1);\nlock table shop.orders;\n\
         create table shop.done ();\n",
    );
    let run = project.start(["db", "migrate"]);
    eventually_runs(&project, "lock table shop.orders");
    // The migration came first, so it is the one that notices the deadlock and is ended.
    let other = meanwhile(
        &project,
        "begin; set local deadlock_timeout = '1min'; lock table shop.orders; lock table shop.others; commit",
    );
    let output = run.finish();
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert!(other.join().unwrap());
    assert_eq!(
        project.query("select deadlocks from pg_stat_database where datname = current_database()"),
        ["1"]
    );
}

#[test]
fn a_statement_timeout_is_no_lock_and_is_not_tried_again() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "sql/shop/V002__slow.sql",
            "--! statement-timeout: 100ms\nselect pg_sleep(20);\n",
        ),
    ]);
    let started = Instant::now();
    let output = project.run(["db", "migrate"]);
    assert!(
        output.contains("canceling statement due to statement timeout (57014)"),
        "{output}"
    );
    assert!(!output.contains("waiting for"), "{output}");
    assert!(started.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_file_has_a_budget_of_its_own() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    project.write(
        "sql/shop/V002__total.sql",
        "--! lock-timeout: 30ms\n--! lock-budget: 200ms\nalter table shop.orders add total numeric;\n",
    );
    let blocker = meanwhile(
        &project,
        "begin; lock table shop.orders in access share mode; select pg_sleep(6); commit",
    );
    eventually_runs(&project, "pg_sleep(6)");
    let output = project.run(["db", "migrate"]);
    assert!(output.contains("for a lock, 30 ms at a time; held by process [pid] (unnamed, user postgres, active since [clock])"), "{output}");
    assert!(output.ends_with("exit status: 2\n"), "{output}");
    // A statement that runs by itself has a budget too.
    project.write(
        "sql/shop/V002__total.sql",
        "--! no-transaction\n--! lock-budget: 200ms\nvacuum full shop.orders;\n",
    );
    let output = project.run(["db", "migrate"]);
    assert!(
        output.contains("for a lock, 100 ms at a time; held by process"),
        "{output}"
    );
    assert!(blocker.join().unwrap());
    project.migrate();
}

#[test]
fn repeatable_objects_wait_the_same_way() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "views/shop/notes.sql",
            "create or replace view shop.notes as select note from shop.orders;\n",
        ),
    ]);
    project.migrate();
    let blocker = meanwhile(
        &project,
        "begin; select * from shop.notes; select pg_sleep(1.5); commit",
    );
    eventually_runs(&project, "pg_sleep(1.5)");
    project.write(
        "views/shop/notes.sql",
        "create or replace view shop.notes as select note, id from shop.orders;\n",
    );
    let output = project.run(["db", "migrate"]);
    assert!(
        output.contains("waiting for a lock for shop repeatable objects"),
        "{output}"
    );
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert!(blocker.join().unwrap());
}
