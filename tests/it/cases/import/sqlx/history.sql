-- What the migrations made.
create schema shop;
create table shop.orders (id integer primary key, total integer);
create index orders_total_idx on shop.orders (total);
create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;

-- sqlx-postgres 0.8, src/migrate.rs, ensure_migrations_table; execution_time is in nanoseconds.
CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
    success BOOLEAN NOT NULL,
    checksum BYTEA NOT NULL,
    execution_time BIGINT NOT NULL
);
insert into _sqlx_migrations values
  (20240504090241, 'create orders', '2024-05-04 09:02:41.5+00', true, '\x00', 12500000),
  (20240504090300, 'index-orders', '2024-05-04 09:03:00+00', true, '\x01', 7250000),
  (20240505100000, 'double', '2024-05-05 10:00:00+00', true, '\x02', -1);
