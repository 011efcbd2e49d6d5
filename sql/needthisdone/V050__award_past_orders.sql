--! no-transaction
--! lock-timeout: 100ms
-- Points for what was bought before there were points, a hundred customers at a time.
create index concurrently customers_referral_code_id_idx on needthisdone.customers (referral_code_id);
alter table needthisdone.customers validate constraint customers_referral_code_id_fkey;

do $$
declare
  batch uuid[];
begin
  loop
    select array_agg(next.id)
    into batch
    from (
      select distinct on (customer.id) bought.id
      from needthisdone.customers as customer
      join needthisdone."order" as bought on bought.customer_id = customer.medusa_customer_id and bought.status = 'completed'
      where not exists (select from needthisdone.loyalty_points as points where points.customer_id = customer.id)
      limit 100
    ) as next;
    exit when batch is null;
    perform needthisdone.award_loyalty_points(past.id) from unnest(batch) as past (id);
    commit;
  end loop;
end
$$;
