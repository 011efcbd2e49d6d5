//! `db migrate --grouped`: consecutive transactional migrations in one transaction, all or none.

use insta::assert_snapshot;

use crate::support::project::{ORDERS, TestProject};

const FILES: &[(&str, &str)] = &[
    ORDERS,
    (
        "sql/shop/V002__path.sql",
        "set search_path = shop;\ncreate temp table orders (id int);\n",
    ),
    (
        "sql/shop/V003__note.sql",
        "insert into shop.orders values (1, 'é;');\ncreate table here (id int)\n-- no end",
    ),
    (
        "sql/shop/V004__mood.sql",
        "create type shop.mood as enum ('old');\nalter type shop.mood add value 'new';\n",
    ),
    (
        "sql/shop/V005__use.sql",
        "create table shop.moods as select 'new'::shop.mood as mood;\n",
    ),
    (
        "sql/shop/V006__index.sql",
        "--! no-transaction\ncreate index concurrently orders_note_idx on shop.orders (note);\n",
    ),
    (
        "sql/shop/V007__last.sql",
        "create table shop.last (id int);\n",
    ),
    (
        "sql/shop/V008__last.sql",
        "create table shop.really_last (id int);\n",
    ),
];

#[test]
fn groups_end_where_something_must_be_committed_and_nothing_leaks_from_file_to_file() {
    let project = TestProject::with_database(FILES);
    let output = project.run(["db", "migrate", "--grouped"]);
    assert!(output.ends_with("exit status: 0\n"), "{output}");
    assert_eq!(
        project.query(
            "select string_agg(version::text, ' ' order by version) from workroom.history_shop"
        ),
        ["1 2 3 4 5 6 7 8"]
    );
    assert_eq!(
        project.query("select to_regclass('public.here'), (select note from shop.orders)"),
        ["here|é;"]
    );
    // One transaction has one number.
    assert_eq!(
        project.query("select string_agg(versions, ' | ') from (select string_agg(version::text, ' ' order by version) as versions \
                       from workroom.history_shop group by xmin::text order by min(version)) as g"),
        ["1 2 3 4 | 5 | 6 | 7 8"]
    );
}

#[test]
fn a_migration_may_set_the_isolation_level_of_its_transaction() {
    for grouped in [&["db", "migrate"][..], &["db", "migrate", "--grouped"]] {
        let project = TestProject::with_database(&[
            (
                "sql/shop/V001__first.sql",
                "set transaction isolation level serializable;\ncreate schema shop;\n\
                 create table shop.levels as select current_setting('transaction_isolation') as level;\n",
            ),
            (
                "sql/shop/V002__plain.sql",
                "insert into shop.levels values (current_setting('transaction_isolation'));\n",
            ),
            (
                "sql/shop/V003__again.sql",
                "set local lock_timeout = '1s';\nset transaction isolation level repeatable read;\n\
                 insert into shop.levels values (current_setting('transaction_isolation'));\n",
            ),
            (
                "sql/shop/V004__plain.sql",
                "insert into shop.levels values (current_setting('transaction_isolation'));\n",
            ),
        ]);
        let measured = project.run(["db", "plan", "--measure", "--beside"]);
        assert!(measured.ends_with("exit status: 0\n"), "{measured}");
        let output = project.run(grouped);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        assert_eq!(
            project.query("select level from shop.levels"),
            [
                "serializable",
                "read committed",
                "repeatable read",
                "read committed"
            ]
        );
    }
}

#[test]
fn a_mistake_is_shown_at_its_place_and_nothing_of_the_group_is_applied() {
    let project = TestProject::with_database(&[
        ORDERS,
        (
            "sql/shop/V002__ok.sql",
            "--! lock-timeout: 1s\ninsert into shop.orders values (1, 'ünï; -- no');\n",
        ),
        (
            "sql/shop/V003__bad.sql",
            "-- é\nselect 1;\nselect 'ü', brokn from shop.orders;\n",
        ),
        ("sql/shop/V004__never.sql", "select 1;\n"),
    ]);
    assert_snapshot!(project.run(["db", "migrate", "--grouped"]), @r#"
        ----- stderr -----
        error: migration V003__bad failed, and the whole group was rolled back
         --> sql/shop/V003__bad.sql:3:13
          |
        3 | select 'ü', brokn from shop.orders;
          |             ^^^^^
        cause: column "brokn" does not exist (42703)
        hint: none of shop V001__create_orders to V004__never is applied; fix the file and run `workroom db migrate` again, without `--grouped` to keep what comes before it
        exit status: 2
        "#);
    assert_eq!(
        project.query("select to_regnamespace('shop') is null"),
        ["t"]
    );
    project.write(
        "sql/shop/V003__bad.sql",
        "select 1;\ninsert into shop.orders values (1, 'twice');\n",
    );
    let output = project.run(["db", "migrate", "--grouped"]);
    assert!(output.contains("sql/shop/V003__bad.sql:2:1"), "{output}");
    assert!(output.contains("duplicate key value"), "{output}");
}

#[test]
fn in_a_group_of_any_text_the_failure_is_shown_in_its_own_file() {
    let odd = "-- ü; \r\ncreate function shop.one() returns text language sql\r\n  set search_path = pg_catalog, pg_temp as $ä$ select '€;' $ä$;\r\n\
               select $$;$$, 'it''s; 😀' /* ; */;\r\n";
    let deferred = "create table shop.lines (order_id int constraint lines_order_fkey references shop.orders deferrable initially deferred);\n\
                    insert into shop.lines values (7);\nselect ';' -- the end";
    for (third, place, cause) in [
        (
            format!("{odd}select 1;\r\nselect 'é', * fro shop.orders;\r\n"),
            ":6:15\n",
            "syntax error at or near \"fro\"",
        ),
        (
            format!("{odd}select 1 / 0, 'é;';\n"),
            ":5:1\n",
            "division by zero",
        ),
        (
            format!("{odd}{deferred}"),
            ".sql\n",
            "it failed after the last statement",
        ),
    ] {
        let project = TestProject::with_database(&[
            ORDERS,
            ("sql/shop/V002__odd.sql", &odd.replace("one()", "two()")),
            ("sql/shop/V003__fails.sql", &third),
            ("sql/shop/V004__odd.sql", &odd.replace("one()", "three()")),
        ]);
        for arguments in [&["db", "migrate", "--grouped"][..], &["db", "migrate"]] {
            let output = project.run(arguments);
            let at = format!(
                "--> sql/shop/V003__fails.sql{}",
                place.trim_start_matches(".sql")
            );
            assert!(
                output.contains(&at) && output.contains(cause),
                "{at}\n{output}"
            );
        }
    }
}

#[test]
fn what_a_migration_of_a_group_does_to_settings_and_session_does_not_reach_the_next() {
    let again = "prepare q as select 1;\ndeclare c cursor with hold for select 1;\n\
                 create temp table notes (id int);\nreset all;\nselect pg_sleep(0.03);\n";
    for grouped in [&["db", "migrate", "--grouped"][..], &["db", "migrate"]] {
        let project = TestProject::with_database(&[
            ORDERS,
            ("sql/shop/V002__leave.sql", again),
            ("sql/shop/V003__again.sql", again),
            (
                "sql/shop/V004__last.sql",
                "create table shop.last (id int);\n",
            ),
        ]);
        let output = project.run(grouped);
        assert!(output.ends_with("exit status: 0\n"), "{output}");
        // Each has its own time, also where one transaction holds them all.
        assert_eq!(
            project.query(
                "select string_agg((duration_ms >= 30)::text, ' ' order by version) from workroom.history_shop"
            ),
            ["false true true false"]
        );
    }
}
