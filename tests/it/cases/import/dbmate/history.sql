-- What the migrations made.
create schema shop;
create table shop.orders (id integer primary key, total integer);
create index orders_total_idx on shop.orders (total);
create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;

-- dbmate 2, pkg/driver/postgres/postgres.go, CreateMigrationsTable.
create table if not exists public.schema_migrations (version varchar(255) primary key);
insert into schema_migrations values ('20240504090241'), ('20240504090300'), ('20240505100000');
