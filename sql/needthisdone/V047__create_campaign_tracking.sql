-- What recipients do with a mail. The back end writes both, from links and pictures that carry the recipient.
create table needthisdone.campaign_opens (
  id uuid not null default gen_random_uuid(),
  recipient_id uuid not null,
  opened_at timestamptz not null default now(),
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint campaign_opens_pkey primary key (id),
  constraint campaign_opens_recipient_id_fkey foreign key (recipient_id) references needthisdone.waitlist_campaign_recipients (id) on delete cascade,
  constraint campaign_opens_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index campaign_opens_recipient_id_opened_at_idx on needthisdone.campaign_opens (recipient_id, opened_at);
create index campaign_opens_created_by_idx on needthisdone.campaign_opens (created_by);

comment on table needthisdone.campaign_opens is 'A mail was opened.';
comment on column needthisdone.campaign_opens.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.campaign_opens.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger campaign_opens_stamp before insert or update on needthisdone.campaign_opens
  for each row execute function needthisdone.update_updated_at_column();

create table needthisdone.campaign_clicks (
  id uuid not null default gen_random_uuid(),
  recipient_id uuid not null,
  url text not null,
  clicked_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint campaign_clicks_pkey primary key (id),
  constraint campaign_clicks_recipient_id_fkey foreign key (recipient_id) references needthisdone.waitlist_campaign_recipients (id) on delete cascade,
  constraint campaign_clicks_url_check check (url ~ '^https?://'),
  constraint campaign_clicks_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index campaign_clicks_recipient_id_clicked_at_idx on needthisdone.campaign_clicks (recipient_id, clicked_at);
create index campaign_clicks_url_idx on needthisdone.campaign_clicks (url);
create index campaign_clicks_created_by_idx on needthisdone.campaign_clicks (created_by);

comment on table needthisdone.campaign_clicks is 'A link in a mail was followed.';
comment on column needthisdone.campaign_clicks.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.campaign_clicks.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger campaign_clicks_stamp before insert or update on needthisdone.campaign_clicks
  for each row execute function needthisdone.update_updated_at_column();
