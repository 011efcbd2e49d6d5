--! no-transaction
-- Whoever ordered before there were customers becomes one, a thousand addresses at a time.
do $$
begin
  loop
    insert into needthisdone.customers (email)
    select distinct ordered.customer_email
    from needthisdone.orders as ordered
    where not exists (select from needthisdone.customers as known where known.email = ordered.customer_email)
    limit 1000;
    exit when not found;
    commit;
  end loop;
  loop
    update needthisdone.orders as ordered
    set customer_id = known.id
    from needthisdone.customers as known
    where known.email = ordered.customer_email
      and ordered.id in (select old.id from needthisdone.orders as old where old.customer_id is null limit 10000);
    exit when not found;
    commit;
  end loop;
end
$$;
