-- What the shop knows of a customer, beside Medusa's record.
create table needthisdone.customers (
  id uuid not null default gen_random_uuid(),
  user_id uuid,
  medusa_customer_id uuid,
  email text not null,
  verified_email text,
  full_name text,
  phone text,
  preferences jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint customers_pkey primary key (id),
  constraint customers_user_id_fkey foreign key (user_id) references auth.users (id) on delete set null,
  constraint customers_medusa_customer_id_fkey foreign key (medusa_customer_id) references needthisdone.customer (id) on delete set null,
  constraint customers_user_id_key unique (user_id),
  constraint customers_medusa_customer_id_key unique (medusa_customer_id),
  constraint customers_email_key unique (email),
  constraint customers_verified_email_key unique (verified_email),
  constraint customers_email_check check (email = lower(email) and email like '_%@_%'),
  constraint customers_verified_email_check check (verified_email = lower(verified_email)),
  constraint customers_preferences_check check (jsonb_typeof(preferences) = 'object'),
  constraint customers_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index customers_created_by_idx on needthisdone.customers (created_by);

comment on table needthisdone.customers is 'A customer of the shop.';
comment on column needthisdone.customers.user_id is 'The account; null for a customer without one.';
comment on column needthisdone.customers.verified_email is
  'The address that the account has proven to own, lower case. The back end alone writes it, from the login service.';
comment on column needthisdone.customers.preferences is 'Newsletter, language and the like.';
comment on column needthisdone.customers.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.customers.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger customers_stamp before insert or update on needthisdone.customers
  for each row execute function needthisdone.update_updated_at_column();
