//! `workroom db migrate`, `plan` and `status`: what is applied, in which order, and what is recorded.

use insta::assert_snapshot;

use crate::support::project::{ORDERS, SHOP, TestProject};

const PAID: (&str, &str) = (
    "sql/shop/V002__add_paid_at.sql",
    "alter table shop.orders add paid_at timestamptz;\n",
);
const UNPAID: (&str, &str) = (
    "views/shop/unpaid.sql",
    "create or replace view shop.unpaid with (security_invoker = true) as\n\
     select id from shop.orders where paid_at is null;\n",
);

/// What exists in a database, in words; equal texts mean that nothing was changed.
const EVERYTHING: &str = "\
    select 'relation ' || c.oid::regclass || ' ' || c.relkind::text || c.relfilenode from pg_class as c \
      where c.relnamespace <> 'pg_toast'::regnamespace \
    union all select 'schema ' || nspname || coalesce(nspacl::text, '') from pg_namespace \
    union all select 'function ' || p.oid || md5(p.prosrc) from pg_proc as p order by 1";

#[test]
fn a_first_run_applies_everything_and_a_second_one_has_nothing_to_do() {
    let project = TestProject::with_database(&[PAID, ORDERS, UNPAID]);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        system   applied   ms
        ───
        shop     V001__create_orders   [ms]
        shop     V002__add_paid_at   [ms]
        shop     shop.unpaid
        ----- stderr -----
        shop V001__create_orders ([time])
        shop V002__add_paid_at ([time])
        shop repeatable objects ([time])
        exit status: 0
        ");
    assert_snapshot!(project.run(["db", "migrate"]), @"
        nothing to do: shop up to date
        ----- stderr -----
        exit status: 0
        ");
    assert_snapshot!(project.run(["db", "status", "--check"]), @"
        system   what                  state     applied on                    by   ms
        ───
        shop     V001__create_orders   applied   [timestamp]   postgres   [ms]
        shop     V002__add_paid_at     applied   [timestamp]   postgres   [ms]
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(project.query("select count(*) from shop.unpaid"), ["0"]);
}

#[test]
fn versions_are_numbers_and_decide_the_order() {
    let project = TestProject::with_database(&[
        ("sql/shop/V10__c.sql", "insert into shop.log values ('10')"),
        ("sql/shop/V2__b.sql", "insert into shop.log values ('2')"),
        (
            "sql/shop/V001__a.sql",
            "create schema shop; create table shop.log (entry text, at int generated always as identity)",
        ),
        (
            "sql/shop/V20240504090241__d.sql",
            "insert into shop.log values ('20240504090241') -- no semicolon, and a comment at the end",
        ),
    ]);
    project.migrate();
    assert_eq!(
        project.query("select entry from shop.log order by at"),
        ["2", "10", "20240504090241"]
    );
}

#[test]
fn systems_that_are_required_come_first() {
    let project = TestProject::with_database(&[
        (
            "workroom.toml",
            &format!(
                "{}requires = [\"zoo\"]\n\n[systems.zoo]\ntitle = \"Zoo\"\nschemas = [\"zoo\"]\n\
                 \n[systems.alone]\ntitle = \"Alone\"\nschemas = [\"alone\"]\n",
                SHOP.replace(
                    "name = \"shop\"",
                    "name = \"shop\"\ndefault_system = \"shop\""
                )
            ),
        ),
        (
            "sql/zoo/V001__create_pens.sql",
            "create schema zoo; create table zoo.pens (id int primary key);",
        ),
        ("sql/alone/V001__create.sql", "create schema alone;"),
        (
            "sql/shop/V001__create_orders.sql",
            "create schema shop; create table shop.orders (pen_id int references zoo.pens (id));",
        ),
    ]);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        system   applied   ms
        ───
        zoo      V001__create_pens   [ms]
        shop     V001__create_orders   [ms]
        ----- stderr -----
        zoo V001__create_pens ([time])
        shop V001__create_orders ([time])
        exit status: 0
        ");
    assert_snapshot!(project.run(["db", "migrate", "--all"]), @"
        system   applied   ms
        ───
        alone    V001__create   [ms]
        ----- stderr -----
        alone V001__create ([time])
        exit status: 0
        ");
}

#[test]
fn a_plan_names_what_would_be_done_and_changes_nothing() {
    let project = TestProject::with_database(&[
        ORDERS,
        PAID,
        UNPAID,
        (
            "sql/shop/V003__index_orders.sql",
            "--! no-transaction\ncreate index concurrently orders_note_idx on shop.orders (note);\nanalyze shop.orders;\n",
        ),
    ]);
    let before = project.query(EVERYTHING);
    let plan = project.run(["db", "plan"]);
    assert_snapshot!(plan, @"
        would apply
        system   what                  does                         transaction
        ───
        shop     V001__create_orders   creates 1 schema, 1 table    one
        shop     V002__add_paid_at     alters 1 table               one
        shop     V003__index_orders    creates 1 index              one for each statement
        shop     shop.unpaid           creates or replaces 1 view   one for all objects
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(project.run(["db", "migrate", "--dry-run"]), plan);
    let sql = project.run(["db", "plan", "--sql"]);
    let transactions = ["begin;\n", "commit;\n"].map(|words| sql.matches(words).count());
    assert_eq!(
        transactions,
        [3, 3],
        "two migrations and the objects: {sql}"
    );
    assert!(
        sql.contains("V003__index_orders.sql, statement by statement"),
        "{sql}"
    );
    assert_snapshot!(project.run(["db", "status", "--check"]), @"
        system   what                  state     applied on   by   ms
        ───
        shop     V001__create_orders   pending
        shop     V002__add_paid_at     pending
        shop     V003__index_orders    pending
        shop     shop.unpaid           pending

        4 pending; `workroom db migrate` applies them
        ----- stderr -----
        exit status: 1
        ");
    assert_snapshot!(project.run(["db", "plan", "--to", "1"]), @"
        would apply
        system   what                  does                        transaction
        ───
        shop     V001__create_orders   creates 1 schema, 1 table   one
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(project.query(EVERYTHING), before);

    project.migrate();
    let before = project.query(EVERYTHING);
    assert_snapshot!(project.run(["db", "migrate", "--dry-run"]), @"
        nothing to do: shop up to date
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(project.query(EVERYTHING), before);
}

#[test]
fn pending_work_is_a_finding_of_status_only_when_it_is_asked_for() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    project.write(PAID.0, PAID.1);
    assert!(project.run(["db", "status"]).ends_with("exit status: 0\n"));
    assert_snapshot!(project.run(["db", "status", "--check"]), @"
        system   what                  state     applied on                    by   ms
        ───
        shop     V001__create_orders   applied   [timestamp]   postgres   [ms]
        shop     V002__add_paid_at     pending

        1 pending; `workroom db migrate` applies them
        ----- stderr -----
        exit status: 1
        ");
}

#[test]
fn a_run_stops_at_the_version_asked_for_and_goes_on_from_there() {
    let project = TestProject::with_database(&[ORDERS, PAID, UNPAID]);
    assert_snapshot!(project.run(["db", "migrate", "--to", "1"]), @"
        system   applied   ms
        ───
        shop     V001__create_orders   [ms]

        system shop is not complete: repeatable objects and policies are left as they are until all migrations are applied
        ----- stderr -----
        shop V001__create_orders ([time])
        exit status: 0
        ");
    assert_eq!(project.query("select to_regclass('shop.unpaid')"), [""]);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        system   applied   ms
        ───
        shop     V002__add_paid_at   [ms]
        shop     shop.unpaid
        ----- stderr -----
        shop V002__add_paid_at ([time])
        shop repeatable objects ([time])
        exit status: 0
        ");
}

#[test]
fn a_version_that_does_not_exist_or_lies_behind_is_refused() {
    let project = TestProject::with_database(&[ORDERS, PAID]);
    assert_snapshot!(project.run(["db", "migrate", "--to", "3"]), @"
        ----- stderr -----
        error: system `shop` has no migration with version 3
        hint: `workroom db status --system shop` lists them
        exit status: 2
        ");
    project.migrate();
    assert_snapshot!(project.run(["db", "migrate", "--to", "1"]), @"
        ----- stderr -----
        error: system `shop` is at version 2 already, past 1
        cause: migrations go forward only; undoing one is a new migration
        hint: name a later version, or leave `--to` away
        exit status: 2
        ");
    assert_snapshot!(project.run(["db", "migrate", "--to", "two"]), @"
        ----- stderr -----
        error: invalid value 'two' for '--to <VERSION>': invalid digit found in string

        For more information, try '--help'.
        exit status: 2
        ");
}

#[test]
fn a_changed_a_missing_a_renamed_and_a_late_file_are_four_messages() {
    let project = TestProject::with_database(&[ORDERS, PAID]);
    project.migrate();
    let before = project.query(EVERYTHING);

    project.write(ORDERS.0, format!("{}-- edited\n", ORDERS.1));
    assert_snapshot!("a_changed_file", project.run(["db", "migrate"]));
    project.write(ORDERS.0, ORDERS.1);

    project.remove(PAID.0);
    assert_snapshot!("a_missing_file", project.run(["db", "migrate"]));

    project.write("sql/shop/V002__add_payment.sql", PAID.1);
    assert_snapshot!("a_renamed_file", project.run(["db", "migrate"]));
    project.remove("sql/shop/V002__add_payment.sql");

    project.write("sql/shop/V7__x.sql", PAID.1);
    project.write("sql/shop/V3__y.sql", "select 1;");
    project.write(PAID.0, PAID.1);
    project.remove("sql/shop/V7__x.sql");
    project.remove("sql/shop/V3__y.sql");
    project.write("sql/shop/V0__first.sql", "select 1;");
    assert_snapshot!("a_late_file", project.run(["db", "migrate"]));
    project.remove("sql/shop/V0__first.sql");

    assert_eq!(project.query(EVERYTHING), before);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        nothing to do: shop up to date
        ----- stderr -----
        exit status: 0
        ");
}

#[test]
fn a_late_file_that_says_so_is_applied() {
    let project = TestProject::with_database(&[PAID_LATER]);
    project.migrate();
    project.write(
        "sql/shop/V001__comment.sql",
        "--! out-of-order\ncomment on schema shop is 'Late';\n",
    );
    project.migrate();
    assert_eq!(
        project.query("select version from workroom.history_shop order by version"),
        ["1", "2"]
    );
}

const PAID_LATER: (&str, &str) = ("sql/shop/V002__create.sql", "create schema shop;");

#[test]
fn the_history_is_in_the_format_of_refinery_with_its_checksums() {
    let project = TestProject::with_database(&[ORDERS, PAID]);
    project.migrate();
    assert_eq!(
        project.query(
            "select column_name || ' ' || udt_name || coalesce(character_maximum_length::text, '') \
             from information_schema.columns \
             where table_schema = 'workroom' and table_name = 'history_shop' \
             order by ordinal_position limit 4"
        ),
        [
            "version int8",
            "name varchar255",
            "applied_on varchar255",
            "checksum varchar255"
        ]
    );
    let rows = project.query(
        "select version, name, checksum, applied_by, duration_ms > 0, tool_version, \
         md5(sql_text), sha256 = encode(sha256(convert_to(sql_text, 'UTF8')), 'hex') \
         from workroom.history_shop order by version",
    );
    let expected: Vec<String> = [(1, "create_orders", ORDERS.1), (2, "add_paid_at", PAID.1)]
        .iter()
        .map(|(version, name, text)| {
            let refinery =
                refinery_core::Migration::unapplied(&format!("V{version}__{name}"), text).unwrap();
            let md5 = &project.query(&format!("select md5($workroom${text}$workroom$)"))[0];
            format!(
                "{version}|{name}|{}|postgres|t|{}|{md5}|t",
                refinery.checksum(),
                env!("CARGO_PKG_VERSION")
            )
        })
        .collect();
    assert_eq!(rows, expected);
    // refinery reads `applied_on` as RFC 3339 and panics on anything else.
    assert_eq!(
        project.query(
            r"select bool_and(applied_on ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$' and applied_on::timestamptz is not null) from workroom.history_shop"
        ),
        ["t"]
    );
}

#[test]
fn a_history_row_that_workroom_did_not_write_is_reported() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    project.database().execute(
        "alter table workroom.history_shop alter sha256 drop not null; update workroom.history_shop set sha256 = null",
    );
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        error: workroom.history_shop holds a row that workroom did not write
        hint: look at it with `select * from workroom.history_shop`, and correct or delete that row
        exit status: 2
        ");
}

/// What a migration may leave behind in its session, and must not reach the next one.
const LEFTOVERS: &[&str] = &[
    "set search_path = ''",
    "set search_path = shop, public",
    "select pg_catalog.set_config('search_path', '', false)",
    "set role pg_monitor",
    "set session authorization pg_monitor",
    "set row_security = on",
    "create temp table orders (id int); create temp table history_shop (id int)",
    "set statement_timeout = 1",
    "set lock_timeout = 1",
    "set standard_conforming_strings = off",
    "set check_function_bodies = off",
    "set default_transaction_read_only = on",
    "set default_tablespace = 'pg_global'",
    "set client_encoding = 'LATIN1'",
    "set datestyle = 'German'; set timezone = 'Asia/Tokyo'",
    "set session characteristics as transaction read only",
    "set xmloption = document; set bytea_output = escape",
    "prepare shop as select 1; declare c cursor with hold for select 1; listen shop",
    "set client_min_messages = error",
    "savepoint a",
    "lock table workroom.history_shop in access exclusive mode",
];

#[test]
fn nothing_that_a_migration_leaves_in_its_session_reaches_the_next_one_or_the_history() {
    for leftover in LEFTOVERS {
        for header in ["", "--! no-transaction\n"] {
            let outside = header.is_empty();
            // Outside of a transaction there are no locks and savepoints, and temporary tables are refused.
            let only_inside = ["lock", "savepoint", "create temp"];
            if !outside && only_inside.iter().any(|start| leftover.starts_with(start)) {
                continue;
            }
            // A setting is set by the last statement, so that only what follows the file meets it.
            let project = TestProject::with_database(&[
                ORDERS,
                (
                    "sql/shop/V002__leave.sql",
                    &format!("{header}{leftover};\n"),
                ),
                (
                    "sql/shop/V003__meet.sql",
                    "create table items (path text default current_setting('search_path'), who text default current_user, \
                     row_security text default current_setting('row_security'), quoted text default 'a\\b');\n\
                     insert into items default values;\n\
                     insert into shop.orders (id, note) values (1, 'né\\');\n\
                     select pg_sleep(0.01);\n",
                ),
            ]);
            let output = project.run(["db", "migrate"]);
            assert!(
                output.ends_with("exit status: 0\n"),
                "{header}{leftover}\n{output}"
            );
            assert_eq!(
                project.query("select path, who, row_security, quoted from public.items"),
                ["\"$user\", public|postgres|off|a\\b"],
                "{header}{leftover}"
            );
            assert_eq!(
                project.query("select version, name from workroom.history_shop order by 1"),
                ["1|create_orders", "2|leave", "3|meet"],
                "{header}{leftover}"
            );
            assert_eq!(
                project.query("select convert_to(note, 'UTF8') = '\\x6ec3a95c' from shop.orders"),
                ["t"],
                "{header}{leftover}"
            );
        }
    }
}

#[test]
fn a_backfill_that_policies_would_filter_fails_instead_of_touching_no_rows() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "sql/shop/V002__protect.sql",
            "alter table shop.orders enable row level security;\n\
             grant usage on schema shop to pg_monitor; grant all on shop.orders to pg_monitor;\n",
        ),
        (
            "sql/shop/V003__backfill.sql",
            "set local role pg_monitor;\nupdate shop.orders set note = 'none';\n",
        ),
    ]);
    assert_snapshot!(project.run(["db", "migrate"]), @r#"
        ----- stderr -----
        shop V001__create_orders ([time])
        shop V002__protect ([time])
        error: migration V003__backfill failed and was rolled back
         --> sql/shop/V003__backfill.sql:2:1
          |
        2 | update shop.orders set note = 'none';
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: query would be affected by row-level security policy for table "orders" (42501)
        hint: connect as the owner of the objects, or as a role that is a member of it
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        "#);
}

#[test]
fn headers_set_the_timeouts_of_their_own_file_only() {
    let show = "insert into shop.settings select current_setting('lock_timeout'), current_setting('statement_timeout');";
    let project = TestProject::with_database(&[
        (
            "sql/shop/V001__a.sql",
            &format!(
                "create schema shop; create table shop.settings (lock text, statement text, at int generated always as identity); {show}"
            ),
        ),
        (
            "sql/shop/V002__b.sql",
            &format!("--! lock-timeout: 250ms\n--! statement-timeout: 10min\n{show}"),
        ),
        (
            "sql/shop/V003__c.sql",
            &format!("--! no-transaction\n--! lock-timeout: 30s\n{show}\nvacuum shop.settings;"),
        ),
        ("sql/shop/V004__d.sql", show),
    ]);
    project.migrate();
    assert_eq!(
        project.query("select lock, statement from shop.settings order by at"),
        ["100ms|0", "250ms|10min", "30s|0", "100ms|0"]
    );
}

#[test]
fn a_blocked_statement_gives_up_after_its_budget_and_names_who_stands_in_the_way() {
    let project = TestProject::with_database(&[ORDERS]);
    project.migrate();
    project.write(
        PAID.0,
        "--! lock-timeout: 50ms\nselect 1;\nalter table shop.orders add paid_at date;\n",
    );
    let blocker = project.database().session();
    blocker.run("begin; lock table shop.orders in access share mode");
    let output = project.run(["db", "migrate", "-q", "--lock-budget", "300ms"]);
    assert_snapshot!(output, @"
        ----- stderr -----
        error: migration V002__add_paid_at failed and was rolled back
         --> sql/shop/V002__add_paid_at.sql:3:1
          |
        3 | alter table shop.orders add paid_at date;
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: waited [time] for a lock, 50 ms at a time; held by process [pid] (unnamed, user postgres, idle in transaction since [clock]): begin; lock table shop.orders in access share mode
        cause: canceling statement due to lock timeout (55P03)
        hint: run the command again at a quieter time, try longer with `--lock-budget 10min`, or end the process that holds the lock
        hint: fix the file and run `workroom db migrate` again; earlier migrations stay applied
        exit status: 2
        ");
    blocker.run("rollback");
    project.migrate();
}

#[test]
fn the_same_small_project_is_deployed_on_every_supported_server() {
    for major in [15, 16, 18] {
        let project = TestProject::on_major(
            major,
            &[
                ORDERS,
                PAID,
                UNPAID,
                (
                    "sql/shop/V003__index_orders.sql",
                    "--! no-transaction\ncreate index concurrently orders_note_idx on shop.orders (note);\n\
                     create unique index concurrently orders_note_key on shop.orders (note, id);\n",
                ),
            ],
        );
        let output = project.run(["db", "migrate"]);
        assert!(output.ends_with("exit status: 0\n"), "{major}\n{output}");
        let output = project.run(["db", "migrate"]);
        assert!(output.starts_with("nothing to do"), "{major}\n{output}");
        assert_eq!(
            project.query("show server_version_num")[0][..2],
            major.to_string()
        );
        assert_eq!(
            project.query("select count(*) from pg_index where not indisvalid"),
            ["0"]
        );
    }
}

#[test]
fn statements_of_a_file_without_a_transaction_run_one_by_one() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "sql/shop/V002__index_orders.sql",
            "--! no-transaction\n\
             create index concurrently orders_note_idx on shop.orders (note);\n\
             create unique index concurrently orders_id_note_key on shop.orders (id, note);\n\
             drop index concurrently shop.orders_note_idx;\n\
             vacuum shop.orders;\n",
        ),
    ]);
    project.migrate();
    assert_eq!(
        project.query("select indexrelid::regclass from pg_index where indrelid = 'shop.orders'::regclass order by 1"),
        ["shop.orders_pkey", "shop.orders_id_note_key"]
    );
    assert_eq!(
        project.query("select name, duration_ms > 0 from workroom.history_shop where version = 2"),
        ["index_orders|t"]
    );
    assert_eq!(project.query("select count(*) from workroom.steps"), ["0"]);
}

#[test]
fn a_file_without_a_transaction_goes_on_after_the_statement_that_failed() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "sql/shop/V002__steps.sql",
            "--! no-transaction\n\
             insert into shop.orders values (1, 'once');\n\
             insert into shop.orders\n  values (2, 'brokn', 3);\n\
             insert into shop.orders values (3, 'last');\n",
        ),
    ]);
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        shop V001__create_orders ([time])
        error: migration V002__steps stopped at statement 2 of 3
         --> sql/shop/V002__steps.sql:4:23
          |
        4 |   values (2, 'brokn', 3);
          |                       ^
        cause: INSERT has more expressions than target columns (42601)
        hint: the one before it is done and will not run again; mend the cause and run `workroom db migrate` again
        exit status: 2
        ");
    assert_snapshot!(project.run(["db", "status"]), @"
        system   what                  state     applied on                    by   ms
        ───
        shop     V001__create_orders   applied   [timestamp]   postgres   [ms]
        shop     V002__steps           pending

        1 pending; `workroom db migrate` applies them
        ----- stderr -----
        exit status: 0
        ");
    assert_eq!(project.query("select id from shop.orders"), ["1"]);

    // What is done may not change; what failed may.
    project.write(
        "sql/shop/V002__steps.sql",
        "--! no-transaction\ninsert into shop.orders values (1, 'twice');\ninsert into shop.orders values (2, 'mended');\n",
    );
    assert_snapshot!(project.run(["db", "migrate"]), @"
        ----- stderr -----
        error: migration V002__steps was changed while it was half applied
         --> sql/shop/V002__steps.sql:2:1
          |
        2 | insert into shop.orders values (1, 'twice');
          | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        cause: statement 1 is already done with another text
        hint: bring the statements that are done back as they were; later ones may change
        exit status: 2
        ");
    project.write(
        "sql/shop/V002__steps.sql",
        "--! no-transaction\n\
         insert into shop.orders values (1, 'once');\n\
         insert into shop.orders values (2, 'mended');\n\
         insert into shop.orders values (3, 'last');\n",
    );
    project.migrate();
    assert_eq!(
        project.query("select id, note from shop.orders order by id"),
        ["1|once", "2|mended", "3|last"]
    );
    assert_eq!(project.query("select count(*) from workroom.steps"), ["0"]);
}
