//! The session that migrations run in: what stays from one to the next, its row security, its timeouts.

use insta::assert_snapshot;

use super::PAID;
use crate::support::project::{ORDERS, TestProject};

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
        cause: the statement ran as a role that is not the table's owner
        hint: if a function did that is `security definer`, write `set row_security = on` into it: what the policies of its role show is what it shall see
        hint: if the table is somebody else's, an administrator makes this role a member of its owner: grant … to …
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
fn a_tag_that_an_event_trigger_asks_for_comes_with_the_session() {
    let project = TestProject::with_database(&[ORDERS, PAID]);
    project.database().execute(
        "create function public.ask_for_ticket() returns event_trigger language plpgsql as $$ begin \
           if coalesce(current_setting('audit.ticket', true), '') = '' then raise exception 'no ticket'; end if; \
         end $$; \
         create event trigger ask_for_ticket on ddl_command_start execute function public.ask_for_ticket()",
    );
    let refused = project.run(["db", "migrate"]);
    assert!(refused.contains("no ticket"), "{refused}");
    let url = project.database().url();
    let output = project
        .workroom(["db", "migrate"])
        .on(&url)
        .env("PGOPTIONS", "-c audit.ticket=OPS-7")
        .run();
    assert!(output.ends_with("exit status: 0\n"), "{output}");
}
