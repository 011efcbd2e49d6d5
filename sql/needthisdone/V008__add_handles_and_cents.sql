--! lock-timeout: 100ms
-- Products get a readable address, and prices become whole cents: decimals were added up by programs that rounded each
-- in its own way. The columns come first; the release that goes with this migration writes both old and new ones.
alter table needthisdone.product add column handle text;
alter table needthisdone.product_variant add column price_cents integer;

comment on column needthisdone.product.handle is 'The product''s part of its address: linen-notebook.';
comment on column needthisdone.product_variant.price_cents is 'Price in cents.';
