-- What the migrations made.
create schema shop;
create table shop.orders (id integer primary key, total integer);
create index orders_total_idx on shop.orders (total);
create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;

-- prisma 7, schema-engine; a migration that was tried again has two rows.
create table _prisma_migrations (
  id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null,
  logs text, rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0
);
insert into _prisma_migrations (id, checksum, finished_at, migration_name, rolled_back_at, started_at) values
  ('1', '00', '2024-05-04 09:02:42.5+00', '20240504090241_create_orders', null, '2024-05-04 09:02:41.5+00'),
  ('2', '01', null, '20240504090300_index_orders', '2024-05-04 09:10:00+00', '2024-05-04 09:03:00+00'),
  ('3', '01', '2024-05-04 09:11:00+00', '20240504090300_index_orders', null, '2024-05-04 09:11:00+00'),
  ('4', '02', '2024-05-05 10:00:00+00', '20240505_double', null, '2024-05-05 10:00:00+00');
