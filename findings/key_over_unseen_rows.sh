#!/usr/bin/env bash
# PostgreSQL 18.4: a foreign key and a check that an owner adds to a table under forced row security.
#
# One would guess that a constraint which the server marks as validated holds for every row, whoever added it: a check is
# proven by a scan of the table. A foreign key is proven by a query, and the policies that bind the owner hide rows from
# it: the key is marked valid over a row that refers to nothing. The check beside it sees all rows and is refused. So a
# migration of an ordinary owner can leave a database that pg_dump cannot restore.
#
# Prints what is said of each constraint, and how many rows break the valid key; fails when that changes.
set -euo pipefail
. "$(dirname "$0")/support/postgres.sh"
psql -d postgres <<'SQL'
create role owner_of_the_shop login;
create schema shop authorization owner_of_the_shop;
set role owner_of_the_shop;
create table shop.customers (id int primary key);
create table shop.orders (id int primary key, tenant int not null, customer_id int not null);
insert into shop.customers values (1);
insert into shop.orders values (1, 1, 1), (2, 2, 99);
alter table shop.orders enable row level security, force row level security;
create policy one_tenant on shop.orders using (tenant = 1);
SQL
said() { PGUSER=owner_of_the_shop psql -d postgres -c "$1" 2>&1 | head -1 || true; }
key=$(said "alter table shop.orders add constraint orders_customer_fkey foreign key (customer_id) references shop.customers")
check=$(said "alter table shop.orders add constraint orders_customer_check check (customer_id < 50)")
valid=$(psql -d postgres -Atc "select convalidated from pg_constraint where conname = 'orders_customer_fkey'")
broken=$(psql -d postgres -Atc "select count(*) from shop.orders as o where not exists (select from shop.customers as c where c.id = o.customer_id)")
echo "the key: ${key:-added}, validated: $valid, rows that break it: $broken"
echo "the check: ${check:-added}"
[ -z "$key" ] && [ "$valid" = t ] && [ "$broken" = 1 ] || { echo "the key is treated in another way"; exit 1; }
[[ "$check" == *"is violated by some row"* ]] || { echo "the check is treated in another way"; exit 1; }
