-- Who gets a campaign.
create table needthisdone.waitlist_campaign_recipients (
  id uuid not null default gen_random_uuid(),
  campaign_id uuid not null,
  waitlist_id uuid not null,
  status text not null default 'queued',
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint waitlist_campaign_recipients_pkey primary key (id),
  constraint waitlist_campaign_recipients_campaign_id_fkey foreign key (campaign_id) references needthisdone.waitlist_campaigns (id) on delete cascade,
  constraint waitlist_campaign_recipients_waitlist_id_fkey foreign key (waitlist_id) references needthisdone.product_waitlist (id) on delete cascade,
  constraint waitlist_campaign_recipients_campaign_id_waitlist_id_key unique (campaign_id, waitlist_id),
  constraint waitlist_campaign_recipients_status_check check (status in ('queued', 'sent', 'bounced')),
  constraint waitlist_campaign_recipients_sent_at_check check ((status = 'queued') = (sent_at is null)),
  constraint waitlist_campaign_recipients_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index waitlist_campaign_recipients_waitlist_id_idx on needthisdone.waitlist_campaign_recipients (waitlist_id);
create index waitlist_campaign_recipients_created_by_idx on needthisdone.waitlist_campaign_recipients (created_by);

comment on table needthisdone.waitlist_campaign_recipients is 'One recipient of a campaign.';
comment on column needthisdone.waitlist_campaign_recipients.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.waitlist_campaign_recipients.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger waitlist_campaign_recipients_stamp before insert or update on needthisdone.waitlist_campaign_recipients
  for each row execute function needthisdone.update_updated_at_column();
