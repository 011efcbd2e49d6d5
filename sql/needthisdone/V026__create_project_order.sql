--! lock-timeout: 100ms
-- One call makes an order of a project and what is due for it. The address of old is gone.
-- workroom: allow drop-column because every release since V023 reads customer_id
alter table needthisdone.orders drop column customer_email;

create function needthisdone.create_project_order(customer_id uuid, amount integer)
returns table (order_id uuid, deposit_amount integer)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (
    select
    from needthisdone.customers as customer
    where customer.id = create_project_order.customer_id
      and (customer.user_id = auth.uid() or needthisdone.is_admin() or auth.role() = 'service_role')
  ) then
    raise exception 'there is no such customer, or they are somebody else'
      using errcode = 'no_data_found';
  end if;
  if amount is null or amount <= 0 then
    raise exception 'an order needs an amount of at least one cent, not %', coalesce(amount::text, 'null')
      using errcode = 'check_violation';
  end if;

  -- Half of it in advance; the cent that cannot be halved is paid in advance, too.
  deposit_amount := amount - amount / 2;
  insert into needthisdone.orders (customer_id, total)
  values (create_project_order.customer_id, amount)
  returning id into order_id;
  insert into needthisdone.deposits (order_id, kind, amount, due_date)
  values
    (create_project_order.order_id, 'deposit', deposit_amount, now() + interval '7 days'),
    (create_project_order.order_id, 'balance', amount - deposit_amount, now() + interval '60 days');
  return next;
end
$$;
comment on function needthisdone.create_project_order(uuid, integer) is
  'Makes an order of a project over an amount in cents, with its deposit and its balance, which come to the amount exactly. '
  'For the customer themselves, an administrator or the back end. Security definer, because nobody else may add orders.';
