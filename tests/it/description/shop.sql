-- One of each kind of object and nearly each property, so that a table of changes can take them one by one.
create role "desc reader";
create role desc_writer;
create role desc_owner;
create schema shop;
comment on schema shop is 'What is sold.';
create schema shop_private;

create type shop.state as enum ('open', 'paid', 'closed');
comment on type shop.state is 'Where an order stands.';
create domain shop.amount as numeric(12, 2) default 0 not null constraint amount_positive check (value >= 0);
comment on domain shop.amount is 'Money.';
create domain shop.code as text collate "C";
create type shop.address as (street text, town varchar(40));
create type shop.point as (x integer, y integer);
create type shop.span as range (subtype = numeric);
create collation shop.plain (provider = libc, locale = 'C');

create sequence shop.numbers as integer start with 10 increment by 5 maxvalue 1000 cache 3;
comment on sequence shop.numbers is 'Of invoices.';

create table shop.customers (
  tenant_id uuid not null,
  id bigint generated always as identity,
  name varchar(40) not null default 'nobody',
  code shop.code,
  kind text constraint customers_kind_check check (kind in ('person', 'firm')),
  level varchar(10) default 'low' constraint customers_level_check check (level in ('low', 'high')),
  town text collate "C",
  note text,
  address shop.address,
  state shop.state default 'open',
  tags text[] default '{}',
  made_at timestamptz not null default pg_catalog.now(),
  full_name text generated always as (pg_catalog.lower(name)) stored,
  constraint customers_pkey primary key (tenant_id, id),
  constraint customers_code_key unique (tenant_id, code)
) with (fillfactor = 90, autovacuum_enabled = true);
alter table shop.customers add constraint customers_made_check check (made_at > '2000-01-01 00:00:00+00') not valid;
comment on table shop.customers is 'Who buys.';
comment on column shop.customers.name is 'As they write it.';
comment on constraint customers_pkey on shop.customers is 'Tenant first.';
alter table shop.customers alter column note set storage external, alter column note set compression pglz,
  alter column note set statistics 200, alter column tags set (n_distinct = 5);
alter table shop.customers replica identity using index customers_pkey;
alter table shop.customers cluster on customers_pkey;

create table shop.orders (
  tenant_id uuid not null,
  id integer not null default pg_catalog.nextval('shop.numbers'::pg_catalog.regclass),
  customer_id bigint,
  total shop.amount,
  paid boolean not null default false,
  during tstzrange,
  constraint orders_pkey primary key (tenant_id, id),
  constraint orders_customer_fkey foreign key (tenant_id, customer_id)
    references shop.customers (tenant_id, id) on delete cascade deferrable initially deferred,
  constraint orders_total_check check (total < 1000000),
  constraint orders_during_excl exclude using gist (during with &&) where (paid)
);
alter sequence shop.numbers owned by shop.orders.id;
create index orders_customer on shop.orders (tenant_id, customer_id) include (total) where not paid;
create index orders_lower on shop.customers (pg_catalog.lower(name) desc nulls last) with (fillfactor = 80);
comment on index shop.orders_customer is 'For the list.';
alter index shop.orders_lower alter column 1 set statistics 300;
create statistics shop.orders_together (dependencies) on tenant_id, customer_id from shop.orders;
comment on statistics shop.orders_together is 'They go together.';

create table shop.events (happened_on date not null, tenant_id uuid not null, note text) partition by range (happened_on);
create index events_note on shop.events (note);
create table shop.events_2026 partition of shop.events for values from ('2026-01-01') to ('2027-01-01');
create table shop.parents (id integer not null, name text);
create table shop.children (age integer) inherits (shop.parents);
create unlogged table shop.scratch (id integer);
create foreign data wrapper desc_wrapper;
create server desc_server foreign data wrapper desc_wrapper;
create foreign table shop.distant (id integer options (column_name 'ID'), name text) server desc_server options (table_name 'far');

create view shop.open_orders with (security_invoker = true, security_barrier = true)
  as select tenant_id, id, total from shop.orders where not paid;
comment on view shop.open_orders is 'Not paid yet.';
comment on column shop.open_orders.total is 'Before tax.';
create view shop.levels as select id, level from shop.customers where level in ('low', 'high') with local check option;
create materialized view shop.totals as select tenant_id, sum(total) as total from shop.orders group by tenant_id;
create unique index totals_key on shop.totals (tenant_id);
comment on materialized view shop.totals is 'At night.';

create function shop.touch() returns trigger language plpgsql as 'begin return new; end';
create function shop.add(a integer, b integer default 1) returns integer
  language sql immutable strict parallel safe cost 5 set search_path = pg_catalog, pg_temp return a + b;
comment on function shop.add(integer, integer) is 'Adds.';
create function shop.many() returns setof text language sql stable security definer rows 10 as 'select null::text';
create function shop.leaky(text) returns boolean language sql leakproof as 'select true';
create procedure shop.tidy(inout n integer) language plpgsql as 'begin n := 1; end';
create aggregate shop.product(numeric) (sfunc = numeric_mul, stype = numeric, initcond = '1');
create function shop.eq(shop.address, shop.address) returns boolean language sql immutable as 'select ($1).street = ($2).street';
create operator shop.=== (leftarg = shop.address, rightarg = shop.address, function = shop.eq, commutator = operator(shop.===));
create function shop.as_text(shop.address) returns text language sql immutable as 'select ($1).street';
create cast (shop.address as text) with function shop.as_text(shop.address) as assignment;
create operator class shop.address_ops for type shop.address using hash as operator 1 shop.===;
create text search dictionary shop.words (template = pg_catalog.simple, stopwords = english);
create text search configuration shop.search (copy = pg_catalog.simple);
alter text search configuration shop.search alter mapping for word with shop.words;
create conversion shop.strange for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;

create trigger touched before update on shop.orders for each row when (new.paid) execute function shop.touch();
comment on trigger touched on shop.orders is 'Keeps the time.';
create trigger always_touched after insert on shop.orders for each row execute function shop.touch();
alter table shop.orders enable always trigger always_touched;
create constraint trigger checked after insert on shop.orders deferrable for each row execute function shop.touch();
create trigger counted after insert on shop.events for each row execute function shop.touch();
create rule quiet as on delete to shop.parents do instead nothing;
comment on rule quiet on shop.parents is 'Nothing goes.';

alter table shop.orders enable row level security;
alter table shop.orders force row level security;
alter table shop.customers enable row level security;
create policy floor on shop.orders as restrictive using (tenant_id is not null) with check (tenant_id is not null);
create policy readers on shop.orders for select to "desc reader", desc_writer using (paid);
comment on policy readers on shop.orders is 'What is paid.';
create policy writers on shop.customers for insert to desc_writer with check (level in ('low', 'high'));

alter function shop.many() owner to desc_owner;
grant usage on schema shop to "desc reader", desc_writer;
grant select on shop.orders, shop.open_orders to "desc reader";
grant insert, update on shop.orders to desc_writer with grant option;
grant select (id, name) on shop.customers to "desc reader";
grant usage on sequence shop.numbers to desc_writer;
revoke execute on function shop.many() from public;
grant execute on function shop.many() to "desc reader";
grant usage on type shop.state to desc_writer;
revoke usage on type shop.address from public;
alter default privileges in schema shop grant select on tables to "desc reader";

create publication desc_orders for table shop.orders (tenant_id, id, paid) where (paid) with (publish = 'insert, update');
create function shop.watch() returns event_trigger language plpgsql as 'begin end';
create event trigger desc_watch on ddl_command_end when tag in ('CREATE SCHEMA') execute function shop.watch();
comment on event trigger desc_watch is 'Looks on.';
create view shop_private.names as select name from shop.customers;
