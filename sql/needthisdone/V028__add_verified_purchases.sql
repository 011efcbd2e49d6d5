--! lock-timeout: 100ms
-- A review tells whether its author bought the product. From here on a trigger says so.
alter table needthisdone.reviews add column is_verified_purchase boolean not null default false;
comment on column needthisdone.reviews.is_verified_purchase is 'Whether the author had bought the product; kept by a trigger.';

create function needthisdone.verify_purchase() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  new.is_verified_purchase := exists (
    select
    from needthisdone.customers as customer
    join needthisdone."order" as bought on bought.customer_id = customer.medusa_customer_id and bought.status = 'completed'
    join needthisdone.order_item as item on item.order_id = bought.id
    join needthisdone.product_variant as variant on variant.id = item.variant_id
    where customer.user_id = new.user_id and variant.product_id = new.product_id
  );
  return new;
end
$$;
comment on function needthisdone.verify_purchase() is
  'Trigger: whether the author of a review bought the product. Security definer, because the orders are Medusa''s.';

create trigger reviews_verify before insert or update of product_id, user_id, is_verified_purchase on needthisdone.reviews
  for each row execute function needthisdone.verify_purchase();
