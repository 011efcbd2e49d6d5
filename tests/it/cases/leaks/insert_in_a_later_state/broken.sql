create role leak_owner;
create role leak_app;
create role leak_other;
create schema leak authorization leak_owner;
grant usage on schema leak to leak_app;
set local role leak_owner;
create table leak.item (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  title text,
  status text not null check (status in ('draft', 'open', 'sent', 'closed')),
  primary key (tenant_id, id)
);
alter table leak.item enable row level security;
alter table leak.item force row level security;
create policy item_floor on leak.item as restrictive for all to public
  using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
create policy item_read on leak.item for select to leak_app
  using (owner_id = (select nullif(current_setting('app.user', true), '')::uuid));
create policy item_add on leak.item for insert to leak_app
  with check (owner_id = (select nullif(current_setting('app.user', true), '')::uuid) and status in ('draft', 'open'));
grant select, insert on leak.item to leak_app;
