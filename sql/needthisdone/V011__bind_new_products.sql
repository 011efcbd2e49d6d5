--! lock-timeout: 100ms
-- From here on every new row has a handle and a price in cents; the old ones are looked at by V012, without a strong lock.
alter table needthisdone.product add constraint product_handle_key unique using index product_handle_key;
alter table needthisdone.product
  add constraint product_handle_check check (handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$') not valid;
alter table needthisdone.product
  add constraint product_handle_given_check check (handle is not null) not valid;
alter table needthisdone.product_variant
  add constraint product_variant_price_cents_check check (price_cents >= 0) not valid;
alter table needthisdone.product_variant
  add constraint product_variant_price_cents_given_check check (price_cents is not null) not valid;
