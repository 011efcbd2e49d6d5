-- Projects are ordered, too: an amount that is agreed on, half of it in advance.
create table needthisdone.orders (
  id uuid not null default gen_random_uuid(),
  customer_email text not null,
  title text,
  total integer not null,
  currency text not null default 'usd',
  status text not null default 'pending',
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint orders_pkey primary key (id),
  constraint orders_customer_email_check check (customer_email = lower(customer_email) and customer_email like '_%@_%'),
  constraint orders_total_check check (total > 0),
  constraint orders_currency_check check (currency ~ '^[a-z]{3}$'),
  constraint orders_status_check check (status in ('pending', 'in_progress', 'completed', 'canceled')),
  constraint orders_completed_at_check check ((status = 'completed') = (completed_at is not null)),
  constraint orders_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index orders_status_created_at_idx on needthisdone.orders (status, created_at desc);
create index orders_created_by_idx on needthisdone.orders (created_by);

comment on table needthisdone.orders is 'An order of a project. Orders of products are in needthisdone."order".';
comment on column needthisdone.orders.total is 'Cents.';
comment on column needthisdone.orders.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.orders.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger orders_stamp before insert or update on needthisdone.orders
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.deposits (
  id uuid not null default gen_random_uuid(),
  order_id uuid not null,
  kind text not null default 'deposit',
  amount integer not null,
  due_date timestamptz not null,
  paid_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint deposits_pkey primary key (id),
  constraint deposits_order_id_fkey foreign key (order_id) references needthisdone.orders (id) on delete cascade,
  constraint deposits_order_id_kind_key unique (order_id, kind),
  constraint deposits_kind_check check (kind in ('deposit', 'balance')),
  constraint deposits_amount_check check (amount >= 0),
  constraint deposits_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index deposits_due_date_idx on needthisdone.deposits (due_date) where paid_at is null;
create index deposits_created_by_idx on needthisdone.deposits (created_by);

comment on table needthisdone.deposits is 'A part of a project''s amount: what is due in advance, and the balance.';
comment on column needthisdone.deposits.amount is 'Cents.';
comment on column needthisdone.deposits.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.deposits.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger deposits_stamp before insert or update on needthisdone.deposits
  for each row execute function needthisdone.update_updated_at_column();
