create index concurrently orders_total_idx on shop.orders (total);
