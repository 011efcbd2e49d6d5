-- What the migrations made.
create schema shop;
create table shop.orders (id integer primary key, total integer);
create index orders_total_idx on shop.orders (total);
create function shop.double(n integer) returns integer language plpgsql as $$
begin
  return n * 2; -- twice;
end
$$;
create or replace view shop.totals as select sum(total) as total from shop.orders;

-- Flyway 10, org/flywaydb/database/postgresql/PostgreSQLDatabase.java, getRawCreateScript.
CREATE TABLE "public"."flyway_schema_history" (
    "installed_rank" INT NOT NULL,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INTEGER,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TIMESTAMP NOT NULL DEFAULT now(),
    "execution_time" INTEGER NOT NULL,
    "success" BOOLEAN NOT NULL
);
ALTER TABLE "public"."flyway_schema_history" ADD CONSTRAINT "flyway_schema_history_pk" PRIMARY KEY ("installed_rank");
CREATE INDEX "flyway_schema_history_s_idx" ON "public"."flyway_schema_history" ("success");
insert into flyway_schema_history values
  (0, null, '<< Flyway Schema Creation >>', 'SCHEMA', '"shop"', null, 'ann', '2024-05-04 09:02:40', 0, true),
  (1, '1', 'Create orders', 'SQL', 'V1__Create_orders.sql', 1034, 'ann', '2024-05-04 09:02:41.5', 12, true),
  (2, '1.1', 'Index orders', 'SQL', 'V1_1__Index orders.sql', -2234, 'ann', '2024-05-04 09:03:00', 7, true),
  (3, '1.10', 'double', 'SQL', 'V1.10__double.sql', 99, 'bob', '2024-05-05 10:00:00', 3, true),
  (4, null, 'totals', 'SQL', 'R__totals.sql', -1845526995, 'bob', '2024-05-05 10:00:01', 2, true);
