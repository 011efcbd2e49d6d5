create role leak_owner;
create role leak_app;
create role leak_other;
create schema leak authorization leak_owner;
grant usage on schema leak to leak_app;
set local role leak_owner;
create table leak.member (
  tenant_id uuid not null,
  user_id uuid not null,
  team text not null,
  role text not null,
  is_active boolean not null,
  expires_at timestamptz not null,
  level integer not null,
  primary key (tenant_id, user_id, team)
);
alter table leak.member enable row level security;
alter table leak.member force row level security;
create policy member_floor on leak.member as restrictive for all to public
  using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
create policy member_self on leak.member for select to leak_app
  using (user_id = (select nullif(current_setting('app.user', true), '')::uuid));
grant select on leak.member to leak_app;
create table leak.item (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  owner_id uuid not null,
  title text,
  team text not null,
  primary key (tenant_id, id)
);
alter table leak.item enable row level security;
alter table leak.item force row level security;
create policy item_floor on leak.item as restrictive for all to public
  using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
create policy item_read on leak.item for select to leak_app
  using (exists (select from leak.member where member.user_id = (select nullif(current_setting('app.user', true), '')::uuid) and member.team = item.team));
grant select on leak.item to leak_app;
