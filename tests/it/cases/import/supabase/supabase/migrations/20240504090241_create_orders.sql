create schema shop;
create table shop.orders (id integer primary key, total integer);
