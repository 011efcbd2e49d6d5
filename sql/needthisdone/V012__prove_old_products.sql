-- Reads both tables beside readers and writers.
alter table needthisdone.product validate constraint product_handle_check;
alter table needthisdone.product validate constraint product_handle_given_check;
alter table needthisdone.product_variant validate constraint product_variant_price_cents_check;
alter table needthisdone.product_variant validate constraint product_variant_price_cents_given_check;
