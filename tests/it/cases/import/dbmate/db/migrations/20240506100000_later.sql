-- migrate:up
alter table shop.orders add column later text;

-- migrate:down
alter table shop.orders drop column later;
