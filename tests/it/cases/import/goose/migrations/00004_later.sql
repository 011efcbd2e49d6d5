-- +goose Up
alter table shop.orders add column later text;
-- +goose Down
alter table shop.orders drop column later;
