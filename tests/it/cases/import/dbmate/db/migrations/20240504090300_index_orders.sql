-- migrate:up transaction:false
create index concurrently orders_total_idx on shop.orders (total);

-- migrate:down transaction:false
drop index shop.orders_total_idx;
