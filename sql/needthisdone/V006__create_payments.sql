-- Payments of orders.
create table needthisdone.payment (
  id uuid not null default gen_random_uuid(),
  order_id uuid not null,
  provider text not null default 'stripe',
  provider_reference text,
  amount integer not null,
  refunded_amount integer not null default 0,
  currency text not null default 'usd',
  status text not null default 'pending',
  captured_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint payment_pkey primary key (id),
  constraint payment_order_id_fkey foreign key (order_id) references needthisdone."order" (id) on delete cascade,
  constraint payment_provider_check check (provider in ('stripe', 'manual')),
  constraint payment_provider_reference_key unique (provider_reference),
  constraint payment_amount_check check (amount > 0),
  constraint payment_refunded_amount_check check (refunded_amount between 0 and amount),
  constraint payment_currency_check check (currency ~ '^[a-z]{3}$'),
  constraint payment_status_check check (status in ('pending', 'authorized', 'captured', 'refunded', 'canceled', 'failed')),
  constraint payment_captured_at_check check ((status in ('captured', 'refunded')) = (captured_at is not null))
);
create index payment_order_id_idx on needthisdone.payment (order_id);

comment on table needthisdone.payment is 'A payment, as its provider reports it.';
comment on column needthisdone.payment.amount is 'Cents.';
comment on column needthisdone.payment.refunded_amount is 'Cents.';
comment on column needthisdone.payment.provider_reference is 'The provider''s id.';
comment on column needthisdone.payment.deleted_at is 'Medusa deletes softly.';

create trigger payment_stamp before update on needthisdone.payment
  for each row execute function needthisdone.touch_updated_at();
