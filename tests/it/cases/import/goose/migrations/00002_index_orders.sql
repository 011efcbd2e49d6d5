-- +goose NO TRANSACTION
-- +goose Up
create index concurrently orders_total_idx on shop.orders (total);
-- +goose Down
drop index shop.orders_total_idx;
