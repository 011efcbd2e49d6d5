-- What the migrations made.
create schema shop;
create table shop.orders (id integer primary key, total integer);
create index orders_total_idx on shop.orders (total);
create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;

-- supabase 3.1, and a table of that name of the platform's own.
create schema supabase_migrations;
create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
insert into supabase_migrations.schema_migrations (version, name) values
  ('20240504090241', 'create_orders'), ('20240504090300', 'index_orders'), ('20240505', 'double');
create schema auth;
create table auth.schema_migrations (version varchar(255) primary key);
insert into auth.schema_migrations values ('20171026211738');
