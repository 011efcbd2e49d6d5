//! Migrations and the files of objects change together.

use super::{TABLE, deployed};
use crate::support::workspace::Workspace;

#[test]
fn a_column_goes_and_the_files_that_used_it_go_with_it() {
    let workspace = deployed();
    workspace
        .database
        .execute("create role ouc_kept; grant select (id, note) on shop.big to ouc_kept");
    workspace.write(
        "sql/shop/V002__drop.sql",
        "alter table shop.orders drop column note;",
    );
    workspace.write(
        "views/shop/big.sql",
        "create or replace view shop.big as select id, total from shop.orders where total > 10;",
    );
    workspace.write(
        "views/shop/sums.sql",
        "create or replace view shop.sums as select sum(total) as total from shop.big;",
    );
    workspace.migrate();
    assert_eq!(
        workspace.database.query("select attname, attacl from pg_attribute where attrelid = 'shop.big'::regclass and attnum > 0 order by attnum"),
        ["id|{ouc_kept=r/postgres}", "total|"]
    );
    assert_eq!(
        workspace
            .database
            .query("select count(*) from shop.biggest(1)"),
        ["0"]
    );
    assert!(workspace.migrate().starts_with("nothing to do"));
}

#[test]
fn a_file_that_needs_a_later_migration_waits_for_it_and_gets_its_grants_back() {
    let workspace = deployed();
    workspace
        .database
        .execute("create role ouc_waiting; grant select on shop.sums to ouc_waiting");
    workspace.write(
        "sql/shop/V002__drop.sql",
        "alter table shop.orders drop column note;",
    );
    workspace.write(
        "sql/shop/V003__add.sql",
        "alter table shop.orders add column kind text;",
    );
    workspace.write(
        "views/shop/big.sql",
        "create or replace view shop.big as select id, total, kind from shop.orders where total > 10;",
    );
    workspace.write(
        "views/shop/sums.sql",
        "create or replace view shop.sums as select kind, sum(total) as total from shop.big group by kind;",
    );
    workspace.migrate();
    assert_eq!(
        workspace
            .database
            .query("select relacl from pg_class where oid = 'shop.sums'::regclass"),
        ["{postgres=arwdDxtm/postgres,ouc_waiting=r/postgres}"]
    );
    assert_eq!(
        workspace
            .database
            .query("select count(*) from workroom.objects where restore is not null"),
        ["0"]
    );
    assert!(workspace.migrate().starts_with("nothing to do"));
}

#[test]
fn what_takes_all_columns_is_applied_again_when_there_are_more() {
    let workspace = Workspace::new();
    workspace.write("sql/shop/V001__create.sql", TABLE);
    workspace.write(
        "views/shop/every.sql",
        "create or replace view shop.every as select * from shop.orders;",
    );
    workspace.write(
        "views/shop/named.sql",
        "create or replace view shop.named as select id from shop.orders;",
    );
    workspace.write(
        "views/shop/outer_every.sql",
        "create or replace view shop.outer_every as select e.*, 1 as one from shop.every e;",
    );
    workspace.migrate();
    workspace.write(
        "sql/shop/V002__add.sql",
        "alter table shop.orders add column kind text;",
    );
    let said = workspace.migrate();
    assert!(
        said.contains("shop.every") && !said.contains("shop.named"),
        "{said}"
    );
    assert_eq!(
        workspace.database.query("select string_agg(attname, ' ' order by attnum) from pg_attribute where attrelid = 'shop.outer_every'::regclass and attnum > 0"),
        ["id total note kind one"]
    );
    assert!(workspace.migrate().starts_with("nothing to do"));
}

#[test]
fn an_object_whose_file_is_gone_goes_with_its_table() {
    let workspace = deployed();
    for name in ["big", "sums", "biggest"] {
        std::fs::remove_file(
            workspace
                .folder
                .path()
                .join(format!("views/shop/{name}.sql")),
        )
        .unwrap();
    }
    workspace.write(
        "sql/shop/V002__widen.sql",
        "alter table shop.orders alter column total type bigint;",
    );
    workspace.migrate();
    assert_eq!(
        workspace
            .database
            .query("select count(*) from shop.biggest(1)"),
        ["0"]
    );
    workspace.write("sql/shop/V003__drop.sql", "drop table shop.orders;");
    workspace.migrate();
    assert_eq!(
        workspace
            .database
            .query("select count(*) from workroom.objects"),
        ["0"]
    );
    assert_eq!(
        workspace
            .database
            .query("select to_regclass('shop.big'), to_regproc('shop.biggest')"),
        ["|"]
    );
}

#[test]
fn only_what_a_file_means_applies_it_again() {
    let workspace = deployed();
    let file = "-- Now with a remark\n\ncreate or replace view shop.sums as\n  select note, sum(total) as total /* all */ from shop.big group by note";
    workspace.write("views/shop/sums.sql", file);
    assert!(workspace.migrate().starts_with("nothing to do"));
    workspace.write(
        "views/shop/sums.sql",
        &format!("{file}; comment on view shop.sums is 'Sums';"),
    );
    assert!(workspace.migrate().contains("shop.sums"));
    assert_eq!(
        workspace
            .database
            .query("select obj_description('shop.sums'::regclass)"),
        ["Sums"]
    );
}
