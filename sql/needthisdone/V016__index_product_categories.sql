--! no-transaction
--! lock-timeout: 100ms
-- Statement by statement: the index is built and the constraints are proven beside readers and writers.
create index concurrently product_categories_parent_id_position_idx on needthisdone.product_categories (parent_id, position);
alter table needthisdone.product_categories validate constraint product_categories_parent_id_fkey;
alter table needthisdone.product_categories validate constraint product_categories_parent_id_check;
