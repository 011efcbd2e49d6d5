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
  primary key (tenant_id, id)
);
alter table leak.item enable row level security;
alter table leak.item force row level security;
create policy item_floor on leak.item as restrictive for all to public
  using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
create policy item_read on leak.item for select to leak_app
  using (owner_id = (select nullif(current_setting('app.user', true), '')::uuid));
create policy item_change on leak.item for update to leak_app
  using (owner_id = (select nullif(current_setting('app.user', true), '')::uuid))
  with check (owner_id = (select nullif(current_setting('app.user', true), '')::uuid));
grant select, update on leak.item to leak_app;
create table leak.part (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  item_id uuid not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, item_id) references leak.item (tenant_id, id) on delete cascade
);
create index on leak.part (tenant_id, item_id);
alter table leak.part enable row level security;
alter table leak.part force row level security;
create policy part_floor on leak.part as restrictive for all to public
  using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
create function leak.keep() returns trigger language plpgsql set search_path = '' as $$
begin return old; end $$;
revoke all on function leak.keep() from public;
create trigger keep before delete on leak.part for each row execute function leak.keep();
