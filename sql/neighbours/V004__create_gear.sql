-- The gear room: which camera, light or laptop is out, with whom, and when it is due back.
create schema gear;
comment on schema gear is 'Stand-in for the equipment application.';

create table gear.checkouts (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  asset_tag text not null,
  equipment_name text not null,
  category text not null,
  status text not null default 'out',
  checked_out_by uuid,
  checked_out_at timestamptz not null default now(),
  due_at timestamptz not null,
  returned_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  agency_campaign_id uuid,
  constraint checkouts_pkey primary key (tenant_id, id),
  constraint checkouts_category_check check (
    category in ('camera', 'lens', 'lighting', 'audio', 'grip', 'computer', 'other')
  ),
  constraint checkouts_status_check check (status in ('reserved', 'out', 'returned', 'lost')),
  constraint checkouts_due_after_checkout_check check (due_at >= checked_out_at),
  constraint checkouts_returned_after_checkout_check check (returned_at >= checked_out_at),
  constraint checkouts_returned_has_time_check check ((status = 'returned') = (returned_at is not null))
);
create index checkouts_tenant_id_asset_tag_idx on gear.checkouts (tenant_id, asset_tag, checked_out_at);
create index checkouts_tenant_id_due_at_idx on gear.checkouts (tenant_id, due_at) where status = 'out';

comment on column gear.checkouts.agency_campaign_id is 'The campaign in agency.campaigns it belongs to.';
comment on table gear.checkouts is 'One loan of one piece of equipment.';
comment on column gear.checkouts.asset_tag is 'The label on the equipment; the same tag is lent out many times.';
comment on column gear.checkouts.checked_out_by is 'The user who has it.';

create function gear.update_updated_at_column() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function gear.update_updated_at_column() is 'Keeps updated_at at the time of the last change.';

create trigger checkouts_stamp before update on gear.checkouts
  for each row execute function gear.update_updated_at_column();
