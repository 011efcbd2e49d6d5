//! Migrations that run statement by statement: what a run finds that another one left, and what it leaves itself.

use insta::assert_snapshot;

use crate::support::command::eventually;
use crate::support::project::TestProject;
use crate::support::server::query;

const TABLE: (&str, &str) = (
    "sql/shop/V001__orders.sql",
    "create schema shop;\ncreate table shop.orders as select g as id, g % 10 as kind from generate_series(1, 1000) as g;\n\
     create table shop.marks (step int);\n",
);
const FILE: &str = "sql/shop/V002__steps.sql";

/// A project whose second migration runs statement by statement and is pending.
fn project(statements: &str) -> TestProject {
    let project = TestProject::with_database(&[TABLE]);
    project.migrate();
    project.write(FILE, format!("--! no-transaction\n{statements}"));
    project
}

/// Records what a killed run would have left: the step is begun and its end is not known.
fn attempted(project: &TestProject, step: usize, statement: &str) {
    project.database().execute(&format!(
        "insert into workroom.steps (system, version, step, sha256) \
         values ('shop', 2, {step}, encode(sha256('{}'), 'hex'))",
        statement.replace('\'', "''")
    ));
}

fn indexes(project: &TestProject) -> Vec<String> {
    project.query(
        "select c.relname || case when i.indisvalid then '' else ' invalid' end from pg_index as i \
         join pg_class as c on c.oid = i.indexrelid where c.relnamespace = 'shop'::regnamespace order by 1",
    )
}

#[test]
fn a_failing_unique_index_leaves_no_invalid_index_and_is_built_once_the_rows_are_mended() {
    let project = project(
        "insert into shop.marks values (1);\n\
         create unique index concurrently orders_kind_key on shop.orders (kind);\n",
    );
    assert_snapshot!(project.run(["db", "migrate"]), @r#"
        ----- stderr -----
        error: migration V002__steps stopped at statement 2 of 2
         --> sql/shop/V002__steps.sql:3:1
          |
        3 | create unique index concurrently orders_kind_key on shop.orders (kind);
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: could not create unique index "orders_kind_key" (23505)
        cause: detail: Key (kind)=(1) is duplicated.
        hint: the one before it is done and will not run again; mend the cause and run `workroom db migrate` again
        exit status: 2
        "#);
    assert_eq!(indexes(&project), [""; 0]);
    assert_eq!(project.query("select step from workroom.steps"), ["1"]);
    project
        .database()
        .execute("delete from shop.orders where id > 10");
    project.migrate();
    assert_eq!(indexes(&project), ["orders_kind_key"]);
    assert_eq!(project.query("select step from shop.marks"), ["1"]);
}

#[test]
fn an_invalid_index_of_an_earlier_attempt_is_dropped_and_built_again() {
    let statement = "create unique index concurrently orders_id_key on shop.orders (id)";
    let project = project(&format!("{statement};\n"));
    project
        .database()
        .execute("insert into shop.orders values (1, 1)");
    let failing = project.database().url();
    let _ = crate::support::server::try_query(&failing, statement);
    assert_eq!(indexes(&project), ["orders_id_key invalid"]);
    attempted(&project, 1, statement);
    project.database().execute(
        "delete from shop.orders where ctid = (select max(ctid) from shop.orders where id = 1)",
    );
    project.migrate();
    assert_eq!(indexes(&project), ["orders_id_key"]);
}

#[test]
fn an_index_that_the_server_finished_after_its_client_had_gone_is_recorded() {
    let statement = "create index concurrently orders_id_idx on shop.orders (id)";
    let project = project(&format!("{statement};\n"));
    project.database().execute(statement);
    let before = project.query("select oid from pg_class where relname = 'orders_id_idx'");
    attempted(&project, 1, statement);
    project.migrate();
    assert_eq!(
        project.query("select oid from pg_class where relname = 'orders_id_idx'"),
        before
    );
}

#[test]
fn an_index_that_somebody_else_made_is_not_touched() {
    let statement = "create index concurrently orders_id_idx on shop.orders (id)";
    let project = project(&format!("{statement};\n"));
    project.database().execute(statement);
    assert_snapshot!(project.run(["db", "migrate"]), @r#"
        ----- stderr -----
        error: there is an index named orders_id_idx on shop.orders already
         --> sql/shop/V002__steps.sql:2:1
          |
        2 | create index concurrently orders_id_idx on shop.orders (id);
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: this migration has never tried to build it, so workroom will not touch it
        hint: look at it with `\d shop.orders`; drop it with `drop index concurrently`, or name the new one differently
        exit status: 2
        "#);
    project.write(
        FILE,
        "--! no-transaction\ncreate index concurrently if not exists orders_id_idx on shop.orders (id);\n",
    );
    project.migrate();
}

#[test]
fn a_killed_runs_index_build_is_waited_for_with_progress() {
    let project = project(
        "create index concurrently orders_id_idx on shop.orders (id);\ninsert into shop.marks values (2);\n",
    );
    // A transaction that is older than the build keeps it from ending.
    let url = project.database().url();
    let old = std::thread::spawn(move || {
        query(
            &url,
            "begin isolation level repeatable read; select 1; select pg_sleep(2); commit",
        )
    });
    eventually("the old transaction", || {
        project.query("select 1 from pg_stat_activity where query like '%pg_sleep(2)%' and state = 'active' and backend_xmin is not null and pid <> pg_backend_pid() and datname = current_database()") == ["1"]
    });
    let mut first = project.start(["db", "migrate"]);
    eventually("the build", || {
        project.query("select 1 from pg_stat_progress_create_index") == ["1"]
    });
    first.kill();
    let _ = first.finish();
    // Longer than anybody waits for a lock here, if the build did not show that it goes on.
    let second = project.run(["db", "migrate", "--lock-wait", "20s"]);
    old.join().unwrap();
    assert!(second.ends_with("exit status: 0\n"), "{second}");
    assert!(
        second.contains("waiting for the deployment lock, held by process"),
        "{second}"
    );
    assert_eq!(indexes(&project), ["orders_id_idx"]);
    assert_eq!(project.query("select step from shop.marks"), ["2"]);
}

#[test]
fn several_concurrent_indexes_share_the_settings_above_them() {
    let project = project(
        "set search_path = shop;\n\
         create index concurrently orders_id_idx on orders (id);\n\
         create index concurrently orders_kind_idx on orders (kind);\n\
         insert into marks values (4);\n\
         insert into marks values (1 / 0);\n",
    );
    let first = project.run(["db", "migrate"]);
    assert!(first.contains("division by zero"), "{first}");
    project.write(
        FILE,
        "--! no-transaction\nset search_path = shop;\n\
         create index concurrently orders_id_idx on orders (id);\n\
         create index concurrently orders_kind_idx on orders (kind);\n\
         insert into marks values (4);\n\
         insert into marks values (5);\n",
    );
    project.migrate();
    assert_eq!(
        project.query("select step from shop.marks order by 1"),
        ["4", "5"]
    );
    assert_eq!(indexes(&project), ["orders_id_idx", "orders_kind_idx"]);
}

#[test]
fn a_block_that_does_not_commit_is_all_or_nothing_with_its_record() {
    let project =
        project("do $$ begin insert into shop.marks values (1); perform 1 / 0; end $$;\n");
    let first = project.run(["db", "migrate"]);
    assert!(first.contains("division by zero"), "{first}");
    assert_eq!(project.query("select count(*) from shop.marks"), ["0"]);
    assert_eq!(project.query("select count(*) from workroom.steps"), ["0"]);
}

#[test]
fn a_procedure_that_commits_runs_by_itself_and_again_when_it_was_cut_off() {
    let call = "call shop.fill()";
    let project = project(&format!(
        "create procedure shop.fill() language plpgsql as $$ begin\n\
         insert into shop.marks select 1 where not exists (select from shop.marks); commit; end $$;\n{call};\n"
    ));
    project.migrate();
    assert_eq!(project.query("select step from shop.marks"), ["1"]);
    project
        .database()
        .execute("delete from workroom.history_shop where version = 2; drop procedure shop.fill");
    attempted(&project, 2, call);
    let output = project.run(["db", "migrate"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert!(
        output.contains("statement 2 of V002__steps commits by itself and was cut off"),
        "{output}"
    );
    assert_eq!(project.query("select step from shop.marks"), ["1"]);
}

#[test]
fn what_a_cut_off_reindex_left_is_dropped() {
    let statement = "reindex index concurrently shop.orders_id_idx";
    let project = project(&format!("{statement};\n"));
    project.database().execute(
        "create index orders_id_idx on shop.orders (id); create index \"orders_id_idx_ccnew\" on shop.orders (id);\
         update pg_index set indisvalid = false where indexrelid = 'shop.orders_id_idx_ccnew'::regclass;",
    );
    attempted(&project, 1, statement);
    project.migrate();
    assert_eq!(indexes(&project), ["orders_id_idx"]);
}

#[test]
fn a_partition_whose_detachment_was_cut_off_is_detached() {
    let statement = "alter table shop.parts detach partition shop.parts_1 concurrently";
    let project = project(&format!("{statement};\n"));
    project.database().execute(
        "create table shop.parts (id int) partition by list (id); create table shop.parts_1 partition of shop.parts for values in (1);\
         update pg_inherits set inhdetachpending = true where inhrelid = 'shop.parts_1'::regclass;",
    );
    attempted(&project, 1, statement);
    project.migrate();
    assert_eq!(
        project.query("select count(*) from pg_inherits where inhrelid = 'shop.parts_1'::regclass"),
        ["0"]
    );
}

#[test]
fn a_new_value_of_an_enum_can_be_used_by_the_next_statement() {
    let project = project(
        "create type shop.mood as enum ('old');\nalter type shop.mood add value 'new';\n\
         create table shop.moods as select 'new'::shop.mood as mood;\n",
    );
    project.migrate();
    assert_eq!(project.query("select mood from shop.moods"), ["new"]);
}

#[test]
fn a_file_that_was_changed_where_it_is_done_already_is_refused() {
    let project = project("insert into shop.marks values (1);\nselect 1 / 0;\n");
    let _ = project.run(["db", "migrate"]);
    project.write(
        FILE,
        "--! no-transaction\ninsert into shop.marks values (2);\nselect 1;\n",
    );
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        error: migration V002__steps was changed while it was half applied
         --> sql/shop/V002__steps.sql:2:1
          |
        2 | insert into shop.marks values (2);
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: statement 1 is already done with another text
        hint: bring the statements that are done back as they were; later ones may change
        exit status: 2
        ");
    project.write(FILE, "insert into shop.marks values (1);\nselect 1;\n");
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        error: migration V002__steps was changed while it was half applied
         --> sql/shop/V002__steps.sql:1:1
          |
        1 | insert into shop.marks values (1);
          | ^
        cause: some of its statements are done, each by itself; in one transaction they would run again
        hint: put `--! no-transaction` back on its first line until it is applied everywhere
        exit status: 2
        ");
    project.remove(FILE);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        error: migration 2 is half applied, but its file is gone
         --> sql/shop/
        cause: workroom.steps has the statements of it that are done
        hint: bring the file back from version control, under the same version
        exit status: 2
        ");
    project.write(
        FILE,
        "--! no-transaction\ninsert into shop.marks values (1);\nselect 1;\n",
    );
    project.migrate();
    assert_eq!(project.query("select step from shop.marks"), ["1"]);
}
