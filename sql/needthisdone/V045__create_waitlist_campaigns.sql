-- Mails to those who wait.
create table needthisdone.waitlist_campaigns (
  id uuid not null default gen_random_uuid(),
  product_id uuid not null,
  template_id uuid not null,
  name text not null,
  status text not null default 'draft',
  scheduled_at timestamptz,
  sent_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  created_by uuid,
  updated_by uuid,
  constraint waitlist_campaigns_pkey primary key (id),
  constraint waitlist_campaigns_product_id_fkey foreign key (product_id) references needthisdone.product (id) on delete cascade,
  constraint waitlist_campaigns_template_id_fkey foreign key (template_id) references needthisdone.email_templates (id),
  constraint waitlist_campaigns_name_check check (name <> ''),
  constraint waitlist_campaigns_status_check check (status in ('draft', 'scheduled', 'sending', 'sent', 'canceled')),
  constraint waitlist_campaigns_scheduled_at_check check (status <> 'scheduled' or scheduled_at is not null),
  constraint waitlist_campaigns_sent_at_check check ((status = 'sent') = (sent_at is not null)),
  constraint waitlist_campaigns_created_by_fkey foreign key (created_by) references auth.users (id) on delete set null
);
create index waitlist_campaigns_product_id_idx on needthisdone.waitlist_campaigns (product_id);
create index waitlist_campaigns_template_id_idx on needthisdone.waitlist_campaigns (template_id);
create index waitlist_campaigns_scheduled_at_idx on needthisdone.waitlist_campaigns (scheduled_at) where status = 'scheduled';
create index waitlist_campaigns_created_by_idx on needthisdone.waitlist_campaigns (created_by);

comment on table needthisdone.waitlist_campaigns is 'A mail to everybody who waits for a product.';
comment on column needthisdone.waitlist_campaigns.created_by is
  'Who made the row; null for visitors and back ends, and once the account is gone.';
comment on column needthisdone.waitlist_campaigns.updated_by is
  'Who changed the row last. No foreign key: the record outlives the account.';

create trigger waitlist_campaigns_stamp before insert or update on needthisdone.waitlist_campaigns
  for each row execute function needthisdone.update_updated_at_column();
