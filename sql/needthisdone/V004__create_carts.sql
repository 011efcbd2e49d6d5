-- Shopping carts.
create table needthisdone.cart (
  id uuid not null default gen_random_uuid(),
  customer_id uuid,
  email text,
  currency text not null default 'usd',
  item_count integer not null default 0,
  subtotal integer not null default 0,
  completed_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint cart_pkey primary key (id),
  constraint cart_customer_id_fkey foreign key (customer_id) references needthisdone.customer (id) on delete set null,
  constraint cart_currency_check check (currency ~ '^[a-z]{3}$'),
  constraint cart_item_count_check check (item_count >= 0),
  constraint cart_subtotal_check check (subtotal >= 0),
  constraint cart_metadata_check check (jsonb_typeof(metadata) = 'object')
);
create index cart_customer_id_idx on needthisdone.cart (customer_id);

comment on table needthisdone.cart is 'A cart, which becomes an order or is left behind.';
comment on column needthisdone.cart.subtotal is 'Cents.';
comment on column needthisdone.cart.completed_at is 'When it became an order; null while it is open or left behind.';
comment on column needthisdone.cart.deleted_at is 'Medusa deletes softly.';

create trigger cart_stamp before update on needthisdone.cart
  for each row execute function needthisdone.touch_updated_at();
