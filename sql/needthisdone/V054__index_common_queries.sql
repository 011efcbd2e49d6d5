--! no-transaction
-- Indexes for what is asked every day, built beside readers and writers.
create index concurrently order_status_created_at_idx on needthisdone."order" (status, created_at desc);
create index concurrently order_email_idx on needthisdone."order" (email);
create index concurrently cart_left_behind_idx on needthisdone.cart (updated_at) where completed_at is null;
create index concurrently payment_captured_at_idx on needthisdone.payment (captured_at) where status = 'captured';
create index concurrently order_fulfillment_on_the_way_idx on needthisdone.order_fulfillment (shipped_at) where status = 'shipped';
create index concurrently product_variant_sold_out_idx on needthisdone.product_variant (product_id) where inventory_quantity = 0;
create index concurrently customers_created_at_idx on needthisdone.customers (created_at desc);
create index concurrently quotes_email_idx on needthisdone.quotes (email);
create index concurrently google_calendar_tokens_expires_at_idx on needthisdone.google_calendar_tokens (expires_at);
