--! lock-timeout: 100ms
-- The proven checks spare `set not null` the scan. Nothing reads the decimal price any more.
alter table needthisdone.product alter column handle set not null;
alter table needthisdone.product drop constraint product_handle_given_check;
alter table needthisdone.product_variant alter column price_cents set not null;
alter table needthisdone.product_variant drop constraint product_variant_price_cents_given_check;
-- workroom: allow drop-column because every release since V008 reads and writes price_cents
alter table needthisdone.product_variant drop column price;
