-- Points for what was bought: one for each whole unit of currency.
create table needthisdone.loyalty_points (
  id uuid not null default gen_random_uuid(),
  customer_id uuid not null,
  earned integer not null default 0,
  bonus integer not null default 0,
  spent integer not null default 0,
  balance integer not null generated always as (earned + bonus - spent) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint loyalty_points_pkey primary key (id),
  constraint loyalty_points_customer_id_fkey foreign key (customer_id) references needthisdone.customers (id) on delete cascade,
  constraint loyalty_points_customer_id_key unique (customer_id),
  constraint loyalty_points_parts_check check (least(earned, bonus, spent) >= 0),
  constraint loyalty_points_balance_check check (balance >= 0),
  constraint loyalty_points_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index loyalty_points_created_by_idx on needthisdone.loyalty_points (created_by);

comment on table needthisdone.loyalty_points is 'The points of a customer. Written by functions alone.';
comment on column needthisdone.loyalty_points.earned is
  'From completed orders; counted anew each time, so that nothing is counted twice.';
comment on column needthisdone.loyalty_points.bonus is 'From referrals.';
comment on column needthisdone.loyalty_points.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.loyalty_points.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger loyalty_points_stamp before insert or update on needthisdone.loyalty_points
  for each row execute function needthisdone.update_updated_at_column();

create function needthisdone.award_loyalty_points(order_id uuid) returns void
language sql
set search_path = pg_catalog, pg_temp
begin atomic
  insert into needthisdone.loyalty_points as points (customer_id, earned)
  select customer.id, coalesce(sum(bought.total / 100) filter (where bought.status = 'completed'), 0)
  from needthisdone."order" as given
  join needthisdone.customers as customer on customer.medusa_customer_id = given.customer_id
  join needthisdone."order" as bought on bought.customer_id = given.customer_id
  where given.id = award_loyalty_points.order_id
  group by customer.id
  -- What was spent already stays spent, also when its order is canceled: the balance is then zero.
  on conflict (customer_id) do update
  set earned = greatest(excluded.earned, points.spent - points.bonus);
end;
comment on function needthisdone.award_loyalty_points(uuid) is
  'Counts the points of whoever placed an order of products, from all their completed orders. For the back end, whenever '
  'an order is completed or canceled; twice is as good as once.';

create function needthisdone.spend_loyalty_points(points integer) returns integer
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  left_over integer;
begin
  if points is null or points <= 0 then
    raise exception 'at least one point can be spent, not %', coalesce(points::text, 'null')
      using errcode = 'check_violation';
  end if;
  update needthisdone.loyalty_points as owned
  set spent = owned.spent + spend_loyalty_points.points
  from needthisdone.customers as customer
  where customer.id = owned.customer_id
    and customer.user_id = auth.uid()
    and owned.balance >= spend_loyalty_points.points
  returning owned.balance into left_over;
  if left_over is null then
    raise exception 'there are not so many points' using errcode = 'check_violation';
  end if;
  return left_over;
end
$$;
comment on function needthisdone.spend_loyalty_points(integer) is
  'Spends points of the signed-in customer and returns what is left; refuses what is not there. Security definer, because '
  'nobody else may write points.';
