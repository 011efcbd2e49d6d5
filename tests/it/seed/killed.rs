//! Whatever ends a load before its time, `kill -9` at any point included, leaves everything as it was, and a plain second
//! run succeeds.

use super::{SEEDS, TABLES, run, shop_with};
use crate::support::command::eventually;
use crate::support::project::TestProject;

/// As much as takes a second or more in each step, in a table that loses its indexes and keys for the time.
fn large() -> TestProject {
    shop_with(
        &SEEDS
            .replace("rows = 2_000", "rows = 300_000")
            .replace("count = [1, 3]", "count = [0, 1]"),
    )
}

/// Everything that a load takes away for the time.
const SCHEMA: &str = "select string_agg(line, E'\\n' order by line) from (
  select indexdef from pg_indexes where schemaname = 'shop' union all
  select conname || pg_get_constraintdef(oid) || convalidated from pg_constraint where connamespace = 'shop'::regnamespace union all
  select tgname || tgenabled::text from pg_trigger where not tgisinternal) as t (line)";

#[track_caller]
fn is_as_it_was(project: &TestProject, schema: &[String], when: &str) {
    for table in TABLES {
        let rows = project.query(&format!("select count(*) from {table}"));
        assert_eq!(rows, ["0"], "{table} after {when}");
    }
    assert_eq!(project.query(SCHEMA), schema, "after {when}");
}

#[test]
fn a_load_killed_at_any_point_leaves_tables_and_schema_as_they_were() {
    let project = large();
    let schema = project.query(SCHEMA);
    for step in [
        "copy shop.orders%stdin%",
        "copy (select%shop.orders%stdout%",
        "create index orders_%",
        "alter table%add constraint%orders%",
    ] {
        let mut running = project.start(["seed", "run", "-q"]);
        eventually(step, || {
            project.query(&format!(
                "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'active' and query ilike '{step}'"
            )) == ["1"]
        });
        running.kill();
        let _ = running.finish();
        eventually("the server notices", || {
            project.query("select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()") == ["0"]
        });
        is_as_it_was(&project, &schema, step);
    }
    project.write("seeds/shop.toml", SEEDS);
    run(&project, &[]);
}

#[test]
fn a_lost_connection_leaves_tables_and_schema_as_they_were() {
    let project = large();
    let schema = project.query(SCHEMA);
    let running = project.start(["seed", "run", "-q"]);
    eventually("rows of a large table arrive", || {
        project.query("select count(pg_terminate_backend(p.pid)) from pg_stat_progress_copy as p join pg_database as d on d.oid = p.datid where d.datname = current_database() and tuples_processed > 1000") == ["1"]
    });
    let output = running.finish();
    assert!(output.contains("exit status: 2"), "{output}");
    is_as_it_was(&project, &schema, "a lost connection");
    project.write("seeds/shop.toml", SEEDS);
    run(&project, &[]);
}

#[test]
fn a_row_that_is_refused_late_leaves_tables_and_schema_as_they_were() {
    let project = shop_with(&SEEDS.replace("rows = 2_000", "rows = 9_000"));
    project
        .database()
        .execute("alter table shop.orders add constraint number_fits check (number <> 'O-04321')");
    let schema = project.query(SCHEMA);
    insta::assert_snapshot!(project.run(["seed", "run"]));
    is_as_it_was(&project, &schema, "a refused row");
}

#[test]
fn a_schema_that_would_not_come_back_as_it_was_ends_the_load() {
    let project = shop_with(SEEDS);
    project.database().execute(
        "create function public.meddle() returns event_trigger language plpgsql as \
           'begin alter index if exists shop.orders_open set (fillfactor = 50); end'; \
         create event trigger meddle on ddl_command_end when tag in ('CREATE INDEX') execute function public.meddle()",
    );
    let schema = project.query(SCHEMA);
    // Nothing is built anew in a small load.
    run(&project, &[]);
    let _ = project.run(["seed", "clear"]);
    let output = project.run(["seed", "run", "-q", "--scale", "3"]);
    assert!(
        output.contains("the schema would not be as it was before"),
        "{output}"
    );
    assert!(output.contains("differences in: indexes"), "{output}");
    is_as_it_was(&project, &schema, "a trigger that meddles");
}
