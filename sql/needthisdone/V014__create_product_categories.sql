-- Categories of the shop, beside Medusa's own collections.
create table needthisdone.product_categories (
  id uuid not null default gen_random_uuid(),
  name text not null,
  slug text not null,
  description text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint product_categories_pkey primary key (id),
  constraint product_categories_slug_key unique (slug),
  constraint product_categories_name_check check (name <> ''),
  constraint product_categories_slug_check check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  constraint product_categories_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index product_categories_created_by_idx on needthisdone.product_categories (created_by);

comment on table needthisdone.product_categories is 'A category of the shop.';
comment on column needthisdone.product_categories.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.product_categories.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger product_categories_stamp before insert or update on needthisdone.product_categories
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.product_category_mappings (
  product_id uuid not null,
  category_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint product_category_mappings_pkey primary key (product_id, category_id),
  constraint product_category_mappings_product_id_fkey foreign key (product_id) references needthisdone.product (id) on delete cascade,
  constraint product_category_mappings_category_id_fkey foreign key (category_id) references needthisdone.product_categories (id) on delete cascade,
  constraint product_category_mappings_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index product_category_mappings_category_id_idx on needthisdone.product_category_mappings (category_id);
create index product_category_mappings_created_by_idx on needthisdone.product_category_mappings (created_by);

comment on table needthisdone.product_category_mappings is 'Which product is in which category.';
comment on column needthisdone.product_category_mappings.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.product_category_mappings.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger product_category_mappings_stamp before insert or update on needthisdone.product_category_mappings
  for each row execute function needthisdone.update_updated_at_column();
