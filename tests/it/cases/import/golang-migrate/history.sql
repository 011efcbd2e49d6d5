-- What the migrations made.
create schema shop;
create table shop.orders (id integer primary key, total integer);
create index orders_total_idx on shop.orders (total);
create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;

-- golang-migrate 4, database/postgres/postgres.go, ensureVersionTable; one row: the latest version.
CREATE TABLE IF NOT EXISTS "public"."schema_migrations" (version bigint not null primary key, dirty boolean not null);
insert into schema_migrations values (3, false);
