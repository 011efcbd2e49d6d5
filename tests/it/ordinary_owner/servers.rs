//! What servers and databases of an owner's own are set to.

use super::Owned;

#[test]
fn a_time_limit_of_the_role_for_transactions_does_not_stop_a_migration() {
    let slow = "create schema shop; select pg_sleep(0.4); create table shop.orders (id int);\n";
    let owned = Owned::new(18, &[("sql/shop/V001__slow.sql", slow)]);
    owned.query(&format!(
        "alter role {} set transaction_timeout = '200ms'",
        owned.role
    ));
    owned.migrate();
    owned.write(
        "sql/shop/V002__slow.sql",
        "--! no-transaction\nselect pg_sleep(0.4);\n",
    );
    owned.migrate();
    owned.is_settled();
}

#[test]
fn an_owner_marks_a_database_disposable_without_being_a_superuser() {
    let owned = Owned::new(
        16,
        &[
            (
                "sql/shop/V001__orders.sql",
                "create schema shop; create table shop.orders (id int primary key);\n",
            ),
            (
                "seeds/shop.toml",
                "[seed]\nformat = 1\nseed = 1\nas_of = 2026-11-30\nmonths = 12\n[table.\"shop.orders\"]\nrows = 5\n[table.\"shop.orders\".set]\nid = \"row\"\n",
            ),
        ],
    );
    owned.migrate();
    let output = owned.run(["seed", "run"]);
    let name = owned.project.database().name();
    let mark = format!("comment on database {name} is 'workroom.disposable'");
    assert!(
        output.contains(&mark.replace(name, "[database]")),
        "{output}"
    );
    let asked = crate::support::server::try_query(&owned.url, &mark);
    assert!(asked.is_ok(), "the owner may: {asked:?}");
    let output = owned.run(["seed", "run"]);
    assert!(!output.contains("is not marked disposable"), "{output}");
}

#[test]
fn what_stands_in_the_way_names_nothing_that_does_not() {
    let owned = Owned::new(
        18,
        &[
            (
                "sql/shop/V001__foo.sql",
                "create schema shop;
create table shop.foo (id int primary key, val text);
create table shop.unrelated (n int check (n > 0), m int generated always as (n + 1) stored);
create function shop.tf() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$ begin return new; end $$;
create trigger watch before update of val on shop.foo for each row execute function shop.tf();
",
            ),
            (
                "views/shop/foo_v.sql",
                "create or replace view shop.foo_v with (security_invoker = true) as select id, val from shop.foo;\n",
            ),
        ],
    );
    owned.migrate();
    owned.write(
        "sql/shop/V002__alter.sql",
        "alter table shop.foo alter val type varchar(9);\n",
    );
    let output = owned.run(["db", "migrate"]);
    assert!(output.contains("watch"), "{output}");
    assert!(!output.contains("unrelated"), "{output}");
    owned.write(
        "sql/shop/V002__alter.sql",
        "create table shop.child (id int references shop.foo (id));\ndrop table shop.foo;\n",
    );
    let output = owned.run(["db", "migrate"]);
    assert!(output.contains("child"), "{output}");
    assert!(!output.contains("unrelated"), "{output}");
}
