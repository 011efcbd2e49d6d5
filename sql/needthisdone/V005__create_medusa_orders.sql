-- Orders of products. `order` is a reserved word: the name is always quoted.
create table needthisdone."order" (
  id uuid not null default gen_random_uuid(),
  number text not null,
  customer_id uuid not null,
  cart_id uuid,
  email text not null,
  status text not null default 'pending',
  currency text not null default 'usd',
  subtotal integer not null,
  shipping_total integer not null default 0,
  tax_total integer not null default 0,
  discount_total integer not null default 0,
  total integer not null,
  shipping_address jsonb not null default '{}',
  billing_address jsonb not null default '{}',
  canceled_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint order_pkey primary key (id),
  constraint order_customer_id_fkey foreign key (customer_id) references needthisdone.customer (id),
  constraint order_cart_id_fkey foreign key (cart_id) references needthisdone.cart (id) on delete set null,
  constraint order_number_key unique (number),
  constraint order_cart_id_key unique (cart_id),
  constraint order_status_check check (status in ('pending', 'completed', 'archived', 'canceled', 'requires_action')),
  constraint order_currency_check check (currency ~ '^[a-z]{3}$'),
  constraint order_parts_check check (least(subtotal, shipping_total, tax_total, discount_total) >= 0),
  constraint order_total_check check (total = subtotal + shipping_total + tax_total - discount_total and total >= 0),
  constraint order_canceled_at_check check ((status = 'canceled') = (canceled_at is not null)),
  constraint order_shipping_address_check check (jsonb_typeof(shipping_address) = 'object'),
  constraint order_billing_address_check check (jsonb_typeof(billing_address) = 'object'),
  constraint order_metadata_check check (jsonb_typeof(metadata) = 'object')
);
create index order_customer_id_created_at_idx on needthisdone."order" (customer_id, created_at desc);

comment on table needthisdone."order" is
  'An order of products, as Medusa keeps it. Orders of projects are in needthisdone.orders.';
comment on column needthisdone."order".number is 'What the customer is told: NTD-10023.';
comment on column needthisdone."order".total is 'Cents, like all amounts of an order.';
comment on column needthisdone."order".deleted_at is 'Medusa deletes softly.';

create trigger order_stamp before update on needthisdone."order"
  for each row execute function needthisdone.touch_updated_at();

create table needthisdone.order_item (
  id uuid not null default gen_random_uuid(),
  order_id uuid not null,
  variant_id uuid,
  title text not null,
  quantity integer not null,
  unit_price integer not null,
  total integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint order_item_pkey primary key (id),
  constraint order_item_order_id_fkey foreign key (order_id) references needthisdone."order" (id) on delete cascade,
  constraint order_item_variant_id_fkey foreign key (variant_id) references needthisdone.product_variant (id) on delete set null,
  constraint order_item_title_check check (title <> ''),
  constraint order_item_quantity_check check (quantity > 0),
  constraint order_item_unit_price_check check (unit_price >= 0),
  constraint order_item_total_check check (total = quantity * unit_price)
);
create index order_item_order_id_idx on needthisdone.order_item (order_id);
create index order_item_variant_id_idx on needthisdone.order_item (variant_id);

comment on table needthisdone.order_item is
  'A line of an order. Title and price are those of the moment of ordering.';
comment on column needthisdone.order_item.unit_price is 'Cents.';
comment on column needthisdone.order_item.total is 'Cents.';
comment on column needthisdone.order_item.deleted_at is 'Medusa deletes softly.';

create trigger order_item_stamp before update on needthisdone.order_item
  for each row execute function needthisdone.touch_updated_at();
