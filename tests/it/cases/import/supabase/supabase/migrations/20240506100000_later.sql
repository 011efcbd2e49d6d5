alter table shop.orders add column later text;
