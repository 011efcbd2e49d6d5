-- Customers as Medusa knows them; what the shop knows besides comes with V021.
create table needthisdone.customer (
  id uuid not null default gen_random_uuid(),
  email text not null,
  first_name text,
  last_name text,
  phone text,
  has_account boolean not null default false,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint customer_pkey primary key (id),
  constraint customer_email_key unique (email),
  constraint customer_email_check check (email = lower(email) and email like '_%@_%'),
  constraint customer_metadata_check check (jsonb_typeof(metadata) = 'object')
);

comment on table needthisdone.customer is 'A customer record of Medusa, one for each address that ever ordered.';
comment on column needthisdone.customer.email is 'Lower case, so that one address is one customer.';
comment on column needthisdone.customer.deleted_at is 'Medusa deletes softly.';

create trigger customer_stamp before update on needthisdone.customer
  for each row execute function needthisdone.touch_updated_at();
