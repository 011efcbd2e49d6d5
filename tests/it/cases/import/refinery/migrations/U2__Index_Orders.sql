create index orders_total_idx on shop.orders (total);
