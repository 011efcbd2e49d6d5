--! lock-timeout: 100ms
-- Orders of projects will name a customer instead of an address.
alter table needthisdone.orders add column customer_id uuid;
comment on column needthisdone.orders.customer_id is 'Who ordered.';
