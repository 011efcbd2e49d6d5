create or replace view shop.totals as select sum(total) as total from shop.orders;
