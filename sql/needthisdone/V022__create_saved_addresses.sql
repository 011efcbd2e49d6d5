-- Addresses to ship to.
create table needthisdone.saved_addresses (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  label text,
  full_name text not null,
  line1 text not null,
  line2 text,
  city text not null,
  region text,
  postal_code text not null,
  country text not null,
  is_default boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint saved_addresses_pkey primary key (id),
  constraint saved_addresses_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint saved_addresses_country_check check (country ~ '^[A-Z]{2}$'),
  constraint saved_addresses_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index saved_addresses_user_id_idx on needthisdone.saved_addresses (user_id);
create unique index saved_addresses_default_key on needthisdone.saved_addresses (user_id) where is_default;
create index saved_addresses_created_by_idx on needthisdone.saved_addresses (created_by);

comment on table needthisdone.saved_addresses is 'An address that a person keeps for the next order.';
comment on column needthisdone.saved_addresses.country is 'ISO 3166-1, two letters.';
comment on column needthisdone.saved_addresses.is_default is 'At most one a person.';
comment on column needthisdone.saved_addresses.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.saved_addresses.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger saved_addresses_stamp before insert or update on needthisdone.saved_addresses
  for each row execute function needthisdone.update_updated_at_column();
