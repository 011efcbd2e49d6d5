-- Partners who bring organisations in. They stand outside of every organisation and see of each no more than its name
-- and plan.
create table worktrackr.resellers (
  id uuid not null default gen_random_uuid(),
  name text not null,
  commission_rate numeric(5, 4) not null default 0.25,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint resellers_pkey primary key (id),
  constraint resellers_name_key unique (name),
  constraint resellers_name_check check (name <> ''),
  constraint resellers_commission_rate_check check (commission_rate between 0 and 1)
);

comment on table worktrackr.resellers is 'A partner company that brings organisations in.';
comment on column worktrackr.resellers.id is 'The id it signs in with: the claim sub, which is auth.uid().';
comment on column worktrackr.resellers.commission_rate is 'Share of what its organisations pay, from 0 to 1.';

create table worktrackr.reseller_customers (
  reseller_id uuid not null,
  organisation_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint reseller_customers_pkey primary key (reseller_id, organisation_id),
  constraint reseller_customers_reseller_id_fkey foreign key (reseller_id) references worktrackr.resellers (id),
  constraint reseller_customers_organisation_id_fkey foreign key (organisation_id) references worktrackr.organisations (id)
);
create index reseller_customers_organisation_id_idx on worktrackr.reseller_customers (organisation_id);

comment on table worktrackr.reseller_customers is 'Which reseller brought which organisation in.';

create trigger resellers_stamp before insert or update on worktrackr.resellers
  for each row execute function worktrackr.update_updated_at_column();
create trigger reseller_customers_stamp before insert or update on worktrackr.reseller_customers
  for each row execute function worktrackr.update_updated_at_column();
