--! no-transaction
--! lock-timeout: 100ms
-- Index, reference and presence, each proven beside readers and writers.
create index concurrently orders_customer_id_created_at_idx on needthisdone.orders (customer_id, created_at desc);
alter table needthisdone.orders
  add constraint orders_customer_id_fkey foreign key (customer_id) references needthisdone.customers (id) not valid;
alter table needthisdone.orders validate constraint orders_customer_id_fkey;
alter table needthisdone.orders add constraint orders_customer_id_given_check check (customer_id is not null) not valid;
alter table needthisdone.orders validate constraint orders_customer_id_given_check;
alter table needthisdone.orders alter column customer_id set not null;
alter table needthisdone.orders drop constraint orders_customer_id_given_check;
