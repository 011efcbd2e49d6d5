-- Sign-in with others, and access to calendars.
create table needthisdone.oauth_providers (
  id uuid not null default gen_random_uuid(),
  name text not null,
  client_id text not null,
  scopes text[] not null default '{}',
  is_enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint oauth_providers_pkey primary key (id),
  constraint oauth_providers_name_key unique (name),
  constraint oauth_providers_name_check check (name ~ '^[a-z0-9_]+$'),
  constraint oauth_providers_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index oauth_providers_created_by_idx on needthisdone.oauth_providers (created_by);

comment on table needthisdone.oauth_providers is
  'A provider that accounts can be connected with. Its secret is the back end''s, not here.';
comment on column needthisdone.oauth_providers.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.oauth_providers.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger oauth_providers_stamp before insert or update on needthisdone.oauth_providers
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.google_calendar_tokens (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  access_token text not null,
  refresh_token text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint google_calendar_tokens_pkey primary key (id),
  constraint google_calendar_tokens_user_id_fkey foreign key (user_id) references auth.users (id) on delete cascade,
  constraint google_calendar_tokens_user_id_key unique (user_id),
  constraint google_calendar_tokens_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index google_calendar_tokens_created_by_idx on needthisdone.google_calendar_tokens (created_by);

comment on table needthisdone.google_calendar_tokens is 'Access to a person''s calendar.';
comment on column needthisdone.google_calendar_tokens.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.google_calendar_tokens.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger google_calendar_tokens_stamp before insert or update on needthisdone.google_calendar_tokens
  for each row execute function needthisdone.update_updated_at_column();
