-- What the migrations made.
create schema shop;
create table shop.orders (id integer primary key, total integer);
create index orders_total_idx on shop.orders (total);
create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;

-- diesel 2.2, diesel/src/migration/mod.rs, CREATE_MIGRATIONS_TABLE.
CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
insert into __diesel_schema_migrations values
  ('00000000000000', '2024-05-04 09:02:40'), ('20240504090241', '2024-05-04 09:02:41.5'),
  ('20240504090300', '2024-05-04 09:03:00'), ('20240505100000', '2024-05-05 10:00:00');
