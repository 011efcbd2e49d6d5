//! `workroom db dump`: a script that psql loads into an empty database, where a dump has the same bytes again.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::server::{NEWEST, TestDatabase, server};
use crate::support::workspace::Workspace;

/// Loads a script into an empty database, as its readers would.
pub(crate) fn loaded(script: &str, major: u32) -> TestDatabase {
    let database = TestDatabase::new(major);
    let mut psql = Command::new(server(major).binaries().program("psql"))
        .args(["-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "--dbname"])
        .arg(database.url())
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = psql.stdin.take().unwrap();
    stdin.write_all(script.as_bytes()).unwrap();
    drop(stdin);
    let output = psql.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{script}");
    database
}

const SHOP: &str = r#"
create schema shop;
create type shop.state as enum ('open', 'it''s paid');
create domain shop.amount as numeric(12, 2) default 0 not null constraint amount_check check (value >= 0);
create type shop.address as (street text, town varchar(40));
create sequence shop.numbers as integer start with 10 increment by 5;
create function shop.next_number() returns integer language sql volatile begin atomic select nextval('shop.numbers')::integer; end;
create table shop."Cus tomers" (
  tenant_id uuid not null, id bigint generated always as identity (start with 5), number integer not null default shop.next_number(),
  level varchar(10) not null default 'low' constraint level_check check (level in ('low', 'high')), address shop.address,
  full_name text generated always as (lower(level)) stored, note text collate "C",
  constraint customers_pkey primary key (tenant_id, id), constraint customers_number_key unique (number)
) with (fillfactor = 90);
alter table shop."Cus tomers" alter column note set storage external, alter column note set statistics 200;
create table shop.orders (
  tenant_id uuid not null, id integer not null default nextval('shop.numbers'), customer_id bigint, parent_id integer, total shop.amount,
  constraint orders_pkey primary key (tenant_id, id),
  constraint orders_customer_fkey foreign key (tenant_id, customer_id) references shop."Cus tomers" (tenant_id, id) on delete cascade,
  constraint orders_parent_fkey foreign key (tenant_id, parent_id) references shop.orders (tenant_id, id) deferrable
);
create table shop.lines (id serial, constraint lines_pkey primary key (id));
create index orders_open on shop.orders (customer_id desc, lower(total::text)) where customer_id is not null;
create table shop.events (at date not null, constraint events_pkey primary key (at)) partition by range (at);
create table shop.events_2026 partition of shop.events for values from ('2026-01-01') to ('2027-01-01');
create index events_at on shop.events (at);
create view shop.totals with (security_invoker = true) as
  select customer_id, sum(total) as total, customer_id in (id, 2, 3) as found from shop.orders group by customer_id, id;
create materialized view shop.frozen as select * from shop.totals;
create index frozen_customer on shop.frozen (customer_id);
create function shop.touch() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$ begin return new; end $$;
create trigger touch before update on shop.orders for each row when (old.* is distinct from new.*) execute function shop.touch();
alter table shop.orders disable trigger touch;
create rule quiet as on delete to shop.lines do instead nothing;
create statistics shop.spread on customer_id, parent_id from shop.orders;
create function shop.count_orders() returns bigint stable return (select count(*) from shop.orders);
create procedure shop.nothing() language sql as '';
alter table shop.orders enable row level security;
alter table shop.orders force row level security;
create policy mine on shop.orders as restrictive for update to dump_clerk using (customer_id = any (array[1, 2])) with check (total > 0);
create policy everybody on shop.orders using (true);
comment on table shop.orders is 'What was ordered; it''s "quoted".';
comment on column shop.orders.total is 'Money.';
comment on index shop.orders_open is 'Few.';
comment on constraint orders_pkey on shop.orders is 'Tenant first.';
comment on policy mine on shop.orders is 'Own.';
comment on function shop.count_orders() is 'All.';
grant usage on schema shop to dump_clerk;
grant select, insert on shop.orders to dump_clerk with grant option;
grant update (total, parent_id) on shop.orders to public;
grant usage on sequence shop.numbers to dump_clerk;
revoke execute on function shop.count_orders() from public;
grant execute on function shop.count_orders() to dump_clerk;
alter default privileges in schema shop grant select on tables to dump_clerk;
alter function shop.touch() owner to dump_clerk;
alter view shop.totals owner to dump_clerk;
"#;

#[test]
fn a_dump_loads_and_dumps_to_the_same_bytes() {
    for major in [NEWEST, 15] {
        let shop = Workspace::on(major, &["shop"]);
        shop.write("sql/shop/V001__nothing.sql", "select 1;\n");
        shop.database.execute(
            "do $$ begin create role dump_clerk; exception when duplicate_object then null; end $$",
        );
        shop.database.execute(SHOP);
        let dump = shop.run(&["db", "dump"]).done();
        let copy = loaded(&dump, major);
        let again = shop.run_on(&copy, &["db", "dump"]).done();
        assert_eq!(dump, again, "{major}");
        for part in [
            "create table shop.\"Cus tomers\" (\n  tenant_id uuid not null,",
            "alter function shop.touch() owner to dump_clerk;",
            "grant update (parent_id, total) on table shop.orders to public;",
            "alter default privileges in schema shop grant select on tables to dump_clerk;",
        ] {
            assert!(dump.contains(part), "{part}\n{dump}");
        }
        shop.run(&["db", "dump", "--output", "schema.sql"]).done();
        let file = std::fs::read_to_string(shop.folder.path().join("schema.sql")).unwrap();
        assert_eq!(file, dump);
    }
}

#[test]
fn what_a_dump_does_not_carry_is_named() {
    let shop = Workspace::new();
    shop.write("sql/shop/V001__nothing.sql", "select 1;\n");
    shop.database.execute(
        "create schema shop; create aggregate shop.total (integer) (sfunc = int4pl, stype = integer, initcond = '0');",
    );
    let said = shop.run(&["db", "dump"]).refused();
    assert!(said.contains("aggregate shop.total(integer)"), "{said}");
}
