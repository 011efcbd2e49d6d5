drop index shop.orders_total_idx;
