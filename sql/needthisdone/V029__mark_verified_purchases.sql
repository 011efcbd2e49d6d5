--! no-transaction
-- Reviews from before, a thousand at a time, and the queue of those who moderate.
do $$
declare
  last uuid := '00000000-0000-0000-0000-000000000000';
  reached uuid;
begin
  loop
    select max(next.id::text)::uuid
    into reached
    from (select old.id from needthisdone.reviews as old where old.id > last order by old.id limit 1000) as next;
    exit when reached is null;
    update needthisdone.reviews as review
    set is_verified_purchase = true
    where review.id in (
        select old.id from needthisdone.reviews as old where old.id > last order by old.id limit 1000
      )
      and exists (
        select
        from needthisdone.customers as customer
        join needthisdone."order" as bought on bought.customer_id = customer.medusa_customer_id and bought.status = 'completed'
        join needthisdone.order_item as item on item.order_id = bought.id
        join needthisdone.product_variant as variant on variant.id = item.variant_id
        where customer.user_id = review.user_id and variant.product_id = review.product_id
      );
    last := reached;
    commit;
  end loop;
end
$$;

create index concurrently reviews_pending_idx on needthisdone.reviews (created_at) where status = 'pending';
