--! lock-timeout: 100ms
-- Categories become a tree with an order.
alter table needthisdone.product_categories add column parent_id uuid;
alter table needthisdone.product_categories add column position integer not null default 0;
-- workroom: allow foreign-key-without-index because V016 builds the index beside readers and writers
alter table needthisdone.product_categories
  add constraint product_categories_parent_id_fkey foreign key (parent_id) references needthisdone.product_categories (id) not valid;
alter table needthisdone.product_categories
  add constraint product_categories_parent_id_check check (parent_id <> id) not valid;

comment on column needthisdone.product_categories.parent_id is 'The category above; null at the top.';
comment on column needthisdone.product_categories.position is 'The place among its siblings.';
