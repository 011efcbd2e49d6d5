//! What is applied, in which order, and on which servers.

use insta::assert_snapshot;

use super::{PAID, UNPAID};
use crate::support::project::{ORDERS, SHOP, TestProject};

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
        system   what                  state     applied on             by   ms
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
