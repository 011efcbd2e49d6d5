-- Who the studio works for: the tiers it offers, the people who sign in, its clients, and leads from the intake form.
create schema sage;
comment on schema sage is 'A design studio''s projects, sold in four tiers; the source of truth behind its Notion pages.';

create type sage.user_type as enum ('kaa_client', 'sage_client', 'team', 'admin');
create type sage.client_status as enum ('onboarding', 'active', 'completed', 'closed');
create type sage.lead_status as enum ('new', 'qualified', 'needs_review', 'closed');
comment on type sage.user_type is 'Two kinds of clients, the studio''s team, and its administrators.';
comment on type sage.client_status is 'How far the work for a client has come.';
comment on type sage.lead_status is 'What became of a submission of the intake form.';

create function sage.update_updated_at_column() returns trigger
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
comment on function sage.update_updated_at_column() is
  'Trigger: stamps who wrote a row and when, so that nobody can sign as somebody else. '
  'Without a signed-in user (a load, a repair) the names given are kept.';

create table sage.tiers (
  id integer not null,
  name text not null,
  description text not null,
  stripe_product_id text,
  stripe_price_id text,
  features jsonb not null default '[]',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint tiers_pkey primary key (id),
  constraint tiers_name_key unique (name),
  constraint tiers_id_check check (id between 1 and 4),
  constraint tiers_features_check check (jsonb_typeof(features) = 'array')
);

comment on table sage.tiers is 'What can be bought. Reference data: the four rows come with the migration.';
comment on column sage.tiers.features is 'Array of feature names.';
comment on column sage.tiers.created_by is 'The user who added the row. No foreign key: the record outlives the account.';
comment on column sage.tiers.updated_by is 'The user who changed the row last.';

insert into sage.tiers (id, name, description, features)
values
  (1, 'The Concept', 'A design concept from the client''s own survey and drawings.',
    '["Intake form", "Design concept", "One revision"]'),
  (2, 'The Builder', 'A concept worked out until it can be built.',
    '["Intake form", "Design concept", "Construction drawings", "Two revisions", "Project portal"]'),
  (3, 'The Concierge', 'Design with a site visit and a person to turn to.',
    '["Site visit", "Design concept", "Construction drawings", "Three revisions", "Project portal", "Personal contact"]'),
  (4, 'KAA White Glove', 'Everything, accompanied from the first visit to the last plant.',
    '["Site visit", "Full design", "Construction drawings", "Unlimited revisions", "Project portal", "Site supervision"]');

create table sage.users (
  id uuid not null default gen_random_uuid(),
  email text,
  address text,
  password_hash text,
  user_type sage.user_type not null,
  tier integer,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  last_login timestamptz,
  constraint users_pkey primary key (id),
  constraint users_email_key unique (email),
  constraint users_tier_fkey foreign key (tier) references sage.tiers (id),
  constraint users_email_check check (email = lower(email) and email like '_%@_%'),
  constraint users_can_be_addressed_check check (
    case user_type when 'kaa_client' then address is not null else email is not null end
  )
);
create index users_tier_idx on sage.users (tier);
create index users_user_type_idx on sage.users (user_type);

comment on table sage.users is 'People who can sign in: clients, the team, administrators.';
comment on column sage.users.id is 'The id they sign in with: the claim sub, which is auth.uid().';
comment on column sage.users.email is 'Lower case; null for clients who sign in with their project''s address.';
comment on column sage.users.address is 'The project''s address, which KAA clients sign in with.';
comment on column sage.users.password_hash is
  'Null where the login service keeps it. For the back end alone: no role of an application can read it.';
comment on column sage.users.user_type is 'What they may do; changed by administrators alone.';

create table sage.clients (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  tier integer not null,
  status sage.client_status not null default 'onboarding',
  project_address text,
  notion_page_id text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint clients_pkey primary key (id),
  constraint clients_user_id_fkey foreign key (user_id) references sage.users (id),
  constraint clients_tier_fkey foreign key (tier) references sage.tiers (id)
);
create index clients_user_id_idx on sage.clients (user_id);
create index clients_tier_idx on sage.clients (tier);
create index clients_status_idx on sage.clients (status);

comment on table sage.clients is 'A user as a client of the studio, in a tier.';
comment on column sage.clients.notion_page_id is 'The client''s page in Notion, which its projects'' pages relate to.';

create table sage.leads (
  id uuid not null default gen_random_uuid(),
  email text not null,
  name text,
  project_address text not null,
  budget_range text,
  timeline text,
  project_type text,
  has_survey boolean not null default false,
  has_drawings boolean not null default false,
  recommended_tier integer not null,
  routing_reason text,
  status sage.lead_status not null default 'new',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint leads_pkey primary key (id),
  constraint leads_recommended_tier_fkey foreign key (recommended_tier) references sage.tiers (id),
  constraint leads_email_check check (email like '_%@_%'),
  constraint leads_fits_a_form_check check (
    length(email) <= 320 and length(name) <= 200 and length(project_address) <= 500 and length(budget_range) <= 100
    and length(timeline) <= 100 and length(project_type) <= 100 and length(routing_reason) <= 1000
  )
);
create index leads_recommended_tier_idx on sage.leads (recommended_tier);
create index leads_status_created_at_idx on sage.leads (status, created_at desc);

comment on table sage.leads is 'Submissions of the intake form. Visitors who are not signed in may add one and read none.';
comment on column sage.leads.recommended_tier is 'The tier that the form led to.';
comment on column sage.leads.routing_reason is 'Why this tier was recommended.';
comment on constraint leads_fits_a_form_check on sage.leads is 'Strangers write here: no field takes more than a form would.';

create trigger tiers_stamp before insert or update on sage.tiers
  for each row execute function sage.update_updated_at_column();
create trigger users_stamp before insert or update on sage.users
  for each row execute function sage.update_updated_at_column();
create trigger clients_stamp before insert or update on sage.clients
  for each row execute function sage.update_updated_at_column();
create trigger leads_stamp before insert or update on sage.leads
  for each row execute function sage.update_updated_at_column();
