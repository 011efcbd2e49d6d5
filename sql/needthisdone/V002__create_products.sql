-- What is sold, as Medusa keeps it: products and their variants.
create table needthisdone.product (
  id uuid not null default gen_random_uuid(),
  title text not null,
  subtitle text,
  description text,
  status text not null default 'draft',
  thumbnail_url text,
  weight_grams integer,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint product_pkey primary key (id),
  constraint product_title_check check (title <> ''),
  constraint product_status_check check (status in ('draft', 'proposed', 'published', 'rejected')),
  constraint product_weight_grams_check check (weight_grams > 0),
  constraint product_metadata_check check (jsonb_typeof(metadata) = 'object')
);
create index product_status_idx on needthisdone.product (status);
create index product_metadata_idx on needthisdone.product using gin (metadata jsonb_path_ops);

comment on table needthisdone.product is
  'A product of the catalogue. Medusa''s: reached through its API, never by a client of the database.';
comment on column needthisdone.product.metadata is 'What plug-ins keep with a product.';
comment on column needthisdone.product.deleted_at is 'Medusa deletes softly.';

create trigger product_stamp before update on needthisdone.product
  for each row execute function needthisdone.touch_updated_at();

create table needthisdone.product_variant (
  id uuid not null default gen_random_uuid(),
  product_id uuid not null,
  sku text not null,
  title text not null,
  price numeric(12, 2) not null,
  currency text not null default 'usd',
  inventory_quantity integer not null default 0,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint product_variant_pkey primary key (id),
  constraint product_variant_product_id_fkey foreign key (product_id) references needthisdone.product (id) on delete cascade,
  constraint product_variant_sku_key unique (sku),
  constraint product_variant_price_check check (price >= 0),
  constraint product_variant_currency_check check (currency ~ '^[a-z]{3}$'),
  constraint product_variant_inventory_quantity_check check (inventory_quantity >= 0),
  constraint product_variant_metadata_check check (jsonb_typeof(metadata) = 'object')
);
create index product_variant_product_id_idx on needthisdone.product_variant (product_id);

comment on table needthisdone.product_variant is 'A variant of a product that can be put into a cart.';
comment on column needthisdone.product_variant.sku is 'Stock keeping unit.';
comment on column needthisdone.product_variant.currency is 'ISO 4217, lower case as Stripe writes it.';
comment on column needthisdone.product_variant.deleted_at is 'Medusa deletes softly.';

create trigger product_variant_stamp before update on needthisdone.product_variant
  for each row execute function needthisdone.touch_updated_at();
