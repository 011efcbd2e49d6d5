//! Several at once, and runs that are stopped in the middle: a plain second run always converges.

use insta::assert_snapshot;

use crate::support::command::eventually;
use crate::support::project::{ORDERS, TestProject};

const SLEEPS: (&str, &str) = (
    "sql/shop/V002__sleep.sql",
    "create table shop.traces (id int);\nselect pg_sleep(30);\n",
);

/// Whether a session of this database runs the statement.
fn runs(project: &TestProject, statement: &str) -> bool {
    !project
        .query(&format!(
            "select 1 from pg_stat_activity where datname = current_database() \
             and pid <> pg_backend_pid() and state = 'active' and query like '%{statement}%'"
        ))
        .is_empty()
}

#[test]
fn eight_at_once_on_an_empty_database_all_succeed_and_apply_each_migration_once() {
    for round in 1..=10 {
        let project = TestProject::with_database(&[
            ORDERS,
            (
                "sql/shop/V002__fill.sql",
                "insert into shop.orders select g, 'once' from generate_series(1, 100) as g;\n",
            ),
            (
                "sql/shop/V003__index.sql",
                "--! no-transaction\ncreate index concurrently orders_note_idx on shop.orders (note);\n\
                 insert into shop.orders values (0, 'once');\n",
            ),
            (
                "views/shop/notes.sql",
                "create or replace view shop.notes as select note from shop.orders;\n",
            ),
        ]);
        let running: Vec<_> = (0..8)
            .map(|_| project.start(["db", "migrate", "-q"]))
            .collect();
        for run in running {
            let output = run.finish();
            assert!(
                output.ends_with("exit status: 0\n"),
                "round {round}\n{output}"
            );
        }
        assert_eq!(project.query("select count(*) from shop.notes"), ["101"]);
        assert_eq!(
            project.query("select version from workroom.history_shop order by 1"),
            ["1", "2", "3"]
        );
        assert_eq!(
            project.query("select count(*) from pg_index where not indisvalid"),
            ["0"]
        );
    }
}

#[test]
fn whoever_holds_the_deployment_lock_is_named() {
    let project = TestProject::with_database(&[ORDERS, SLEEPS]);
    let holder = project.start(["db", "migrate"]);
    eventually("the first run holds the lock", || {
        runs(&project, "pg_sleep")
    });
    assert_snapshot!(project.run(["db", "migrate", "--lock-wait", "300ms"]), @"
        ----- stderr -----
        waiting for the deployment lock, held by process [pid] (workroom, user postgres, connected since [clock])
        error: another deployment of this database is running
        cause: process [pid] (workroom, user postgres, connected since [clock]) holds the deployment lock
        cause: waited [time] for it
        hint: wait for it to finish and run the command again
        hint: or wait longer with `--lock-wait 30min`; if it hangs, end it with `select pg_terminate_backend(PID)`
        exit status: 2
        ");
    // Looking needs no lock.
    assert!(project.run(["db", "status"]).ends_with("exit status: 0\n"));
    holder.interrupt();
    assert!(holder.finish().ends_with("exit status: 130\n"));
}

#[test]
fn a_lock_of_another_database_is_no_obstacle() {
    let other = TestProject::with_database(&[ORDERS, SLEEPS]);
    let holder = other.start(["db", "migrate"]);
    eventually("the other run holds its lock", || runs(&other, "pg_sleep"));
    TestProject::with_database(&[ORDERS]).migrate();
    holder.interrupt();
    assert!(holder.finish().ends_with("exit status: 130\n"));
}

#[test]
fn a_killed_holder_gives_the_lock_to_the_next_one() {
    let project = TestProject::with_database(&[ORDERS, SLEEPS]);
    let mut holder = project.start(["db", "migrate"]);
    eventually("the first run sleeps", || runs(&project, "pg_sleep"));
    project.write(SLEEPS.0, "create table shop.traces (id int);\n");
    let waiter = project.start(["db", "migrate"]);
    holder.kill();
    let _ = holder.finish();
    // The server notices that its client is gone when the statement ends, or when it is told.
    project.database().execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_sleep(30)%' and pid <> pg_backend_pid()",
    );
    let output = waiter.finish();
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert_eq!(
        project.query("select to_regclass('shop.traces')"),
        ["shop.traces"]
    );
}

#[test]
fn ctrl_c_cancels_the_running_statement_and_leaves_nothing_of_its_migration() {
    let project = TestProject::with_database(&[ORDERS, SLEEPS]);
    let run = project.start(["db", "migrate"]);
    eventually("the migration sleeps", || runs(&project, "pg_sleep"));
    run.interrupt();
    assert_snapshot!(run.finish(), @"
        ----- stderr -----
        shop V001__create_orders ([time])
        error: interrupted
        cause: the running statement was cancelled and its transaction rolled back
        hint: run the same command again to go on
        exit status: 130
        ");
    assert!(
        !runs(&project, "pg_sleep"),
        "the statement still runs on the server"
    );
    assert_eq!(project.query("select to_regclass('shop.traces')"), [""]);
    project.write(SLEEPS.0, "create table shop.traces (id int);\n");
    assert_snapshot!(project.run(["db", "migrate"]), @"
        system   applied   ms
        ───
        shop     V002__sleep   [ms]
        ----- stderr -----
        shop V002__sleep ([time])
        exit status: 0
        ");
}

#[test]
fn ctrl_c_while_waiting_for_the_deployment_lock_ends_the_wait() {
    let project = TestProject::with_database(&[ORDERS, SLEEPS]);
    let holder = project.start(["db", "migrate"]);
    eventually("the first run sleeps", || runs(&project, "pg_sleep"));
    let waiter = project.start(["db", "migrate"]);
    eventually("the second run waits", || {
        project.query("select count(*) from pg_stat_activity where datname = current_database() and application_name = 'workroom'") == ["2"]
    });
    waiter.interrupt();
    let output = waiter.finish();
    assert!(output.ends_with("exit status: 130\n"), "{output}");
    holder.interrupt();
    assert!(holder.finish().ends_with("exit status: 130\n"));
}

#[test]
fn a_connection_that_is_cut_in_the_middle_of_a_migration_is_told_and_made_good() {
    let project = TestProject::with_database(&[ORDERS, SLEEPS]);
    let run = project.start(["db", "migrate"]);
    eventually("the migration sleeps", || runs(&project, "pg_sleep"));
    project.database().execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    assert_snapshot!(run.finish(), @"
        ----- stderr -----
        shop V001__create_orders ([time])
        error: the connection to the server was lost
         --> sql/shop/V002__sleep.sql:2:1
          |
        2 | select pg_sleep(30);
          | ^^^^^^^^^^^^^^^^^^^
        cause: terminating connection due to administrator command (57P01)
        cause: V002__sleep was rolled back: it is not applied
        hint: run the same command again: it goes on from what the database says
        exit status: 2
        ");
    assert_eq!(project.query("select to_regclass('shop.traces')"), [""]);
    project.write(SLEEPS.0, "create table shop.traces (id int);\n");
    project.migrate();
    assert_eq!(
        project.query("select version from workroom.history_shop order by 1"),
        ["1", "2"]
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = TestProject::with_database(&[ORDERS]);
    let mut run = project.start(["db", "migrate", "-q"]);
    run.stop_reading();
    assert_snapshot!(run.finish(), @"
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(
        project.query("select version from workroom.history_shop"),
        ["1"]
    );
}
