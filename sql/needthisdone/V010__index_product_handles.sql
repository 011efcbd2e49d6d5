--! no-transaction
-- Beside readers and writers.
create unique index concurrently product_handle_key on needthisdone.product (handle);
