-- migrate:up
create schema shop;
create table shop.orders (id integer primary key, total integer);

-- migrate:down
drop schema shop cascade;
