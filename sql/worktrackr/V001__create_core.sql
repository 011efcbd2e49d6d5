-- Organisations, the people who work in them, and the contacts they look after. An id names a row by itself, as its
-- requirements ask; references between an organisation's tables begin with the organisation all the same, so a row of
-- one cannot refer to a row of another.
create schema worktrackr;
comment on schema worktrackr is 'CRM, catalogue and tickets of many organisations, and the resellers who brought them in.';

create function worktrackr.update_updated_at_column() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if tg_op = 'UPDATE' then
    new.created_at := old.created_at;
    new.created_by := old.created_by;
    new.updated_at := now();
  else
    new.created_by := coalesce(auth.uid(), new.created_by);
  end if;
  new.updated_by := coalesce(auth.uid(), new.updated_by);
  return new;
end
$$;
comment on function worktrackr.update_updated_at_column() is
  'Trigger: stamps who wrote a row and when, so that nobody can sign as somebody else. '
  'Without a signed-in user (a load, a repair) the names given are kept.';

create table worktrackr.organisations (
  id uuid not null default gen_random_uuid(),
  name text not null,
  plan text not null default 'starter',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint organisations_pkey primary key (id),
  constraint organisations_name_check check (name <> ''),
  constraint organisations_plan_check check (plan in ('starter', 'pro', 'enterprise'))
);

comment on table worktrackr.organisations is 'A customer of WorkTrackr, and the wall around everything it has.';
comment on column worktrackr.organisations.plan is 'What it subscribes to; written by the back end, which bills it.';
comment on column worktrackr.organisations.created_by is
  'The user who added the row. No foreign key: the record outlives the account.';
comment on column worktrackr.organisations.updated_by is 'The user who changed the row last.';

create table worktrackr.users (
  id uuid not null default gen_random_uuid(),
  organisation_id uuid not null,
  email text not null,
  password_hash text not null,
  name text,
  role text not null default 'staff',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint users_pkey primary key (id),
  constraint users_organisation_id_id_key unique (organisation_id, id),
  constraint users_email_key unique (email),
  constraint users_organisation_id_fkey foreign key (organisation_id) references worktrackr.organisations (id),
  constraint users_email_check check (email = lower(email) and email like '_%@_%'),
  constraint users_role_check check (role in ('admin', 'manager', 'staff'))
);
create index users_organisation_id_name_idx on worktrackr.users (organisation_id, name);

comment on table worktrackr.users is 'A person who works in an organisation.';
comment on column worktrackr.users.id is 'The id they sign in with: the claim sub, which is auth.uid().';
comment on column worktrackr.users.email is
  'Lower case, one account in all organisations. Written by the back end alone: were it an organisation''s to write, '
  'the unique key would tell it who has an account elsewhere.';
comment on column worktrackr.users.password_hash is 'For the back end alone: no role of an application can read it.';
comment on column worktrackr.users.role is 'What they may do inside their organisation.';

create table worktrackr.contacts (
  id uuid not null default gen_random_uuid(),
  organisation_id uuid not null,
  name text not null,
  type text not null default 'company',
  status text not null default 'prospect',
  primary_person text,
  email text,
  phone text,
  address text,
  tags text[] not null default '{}',
  notes text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint contacts_pkey primary key (id),
  constraint contacts_organisation_id_id_key unique (organisation_id, id),
  constraint contacts_organisation_id_fkey foreign key (organisation_id) references worktrackr.organisations (id),
  constraint contacts_name_check check (name <> ''),
  constraint contacts_type_check check (type in ('company', 'individual')),
  constraint contacts_status_check check (status in ('prospect', 'active', 'inactive')),
  constraint contacts_email_check check (email like '_%@_%')
);
create index contacts_organisation_id_name_idx on worktrackr.contacts (organisation_id, name);
create index contacts_organisation_id_status_idx on worktrackr.contacts (organisation_id, status);
create index contacts_organisation_id_email_idx on worktrackr.contacts (organisation_id, lower(email));

comment on table worktrackr.contacts is 'A company or person that an organisation deals with.';
comment on column worktrackr.contacts.primary_person is 'Whom to ask for in a company.';

create trigger organisations_stamp before insert or update on worktrackr.organisations
  for each row execute function worktrackr.update_updated_at_column();
create trigger users_stamp before insert or update on worktrackr.users
  for each row execute function worktrackr.update_updated_at_column();
create trigger contacts_stamp before insert or update on worktrackr.contacts
  for each row execute function worktrackr.update_updated_at_column();
