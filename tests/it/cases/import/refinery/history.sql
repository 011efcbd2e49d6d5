-- What the migrations made.
create schema shop;
create table shop.orders (id integer primary key, total integer);
create index orders_total_idx on shop.orders (total);
create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;

-- refinery_core-0.10.1/src/traits/mod.rs, ASSERT_MIGRATIONS_TABLE_QUERY with int4 versions; applied_on is RFC 3339.
CREATE TABLE IF NOT EXISTS refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
insert into refinery_schema_history values
  (1, 'create_orders', '2024-05-04T09:02:41.123456789Z', '1478517298345123'),
  (2, 'Index_Orders', '2024-05-04T09:02:42.5+00:00', '9938472938472'),
  (3, 'double', '2024-05-05T10:00:00Z', '8837463524');
