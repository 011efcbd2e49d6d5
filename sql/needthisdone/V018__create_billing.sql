-- Recurring billing. Stripe decides; these tables follow what its webhooks say.
create table needthisdone.stripe_customers (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  stripe_customer_id text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint stripe_customers_pkey primary key (id),
  constraint stripe_customers_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint stripe_customers_user_id_key unique (user_id),
  constraint stripe_customers_stripe_customer_id_key unique (stripe_customer_id),
  constraint stripe_customers_stripe_customer_id_check check (stripe_customer_id <> ''),
  constraint stripe_customers_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index stripe_customers_created_by_idx on needthisdone.stripe_customers (created_by);

comment on table needthisdone.stripe_customers is 'Who an account is at Stripe.';
comment on column needthisdone.stripe_customers.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.stripe_customers.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger stripe_customers_stamp before insert or update on needthisdone.stripe_customers
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.subscriptions (
  id uuid not null default gen_random_uuid(),
  stripe_customer_id uuid not null,
  stripe_subscription_id text not null,
  plan text not null,
  status text not null,
  amount integer not null,
  currency text not null default 'usd',
  current_period_start timestamptz not null,
  current_period_end timestamptz not null,
  cancel_at_period_end boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint subscriptions_pkey primary key (id),
  constraint subscriptions_stripe_customer_id_fkey foreign key (stripe_customer_id) references needthisdone.stripe_customers (id) on delete cascade,
  constraint subscriptions_stripe_subscription_id_key unique (stripe_subscription_id),
  constraint subscriptions_status_check check (status in ('incomplete', 'trialing', 'active', 'past_due', 'paused', 'canceled')),
  constraint subscriptions_amount_check check (amount >= 0),
  constraint subscriptions_currency_check check (currency ~ '^[a-z]{3}$'),
  constraint subscriptions_current_period_check check (current_period_end > current_period_start),
  constraint subscriptions_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index subscriptions_stripe_customer_id_idx on needthisdone.subscriptions (stripe_customer_id);
create index subscriptions_current_period_end_idx on needthisdone.subscriptions (current_period_end) where status in ('trialing', 'active', 'past_due');
create index subscriptions_created_by_idx on needthisdone.subscriptions (created_by);

comment on table needthisdone.subscriptions is 'A subscription, as Stripe reports it.';
comment on column needthisdone.subscriptions.amount is 'Cents a period.';
comment on column needthisdone.subscriptions.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.subscriptions.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger subscriptions_stamp before insert or update on needthisdone.subscriptions
  for each row execute function needthisdone.update_updated_at_column();
