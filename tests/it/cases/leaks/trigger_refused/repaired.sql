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
create table leak.log (tenant_id uuid not null, id uuid not null default gen_random_uuid(), what text, primary key (tenant_id, id));
alter table leak.log enable row level security;
alter table leak.log force row level security;
create policy log_floor on leak.log as restrictive for all to public
  using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid))
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
create function leak.note() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  -- insert into leak.nowhere
  insert into leak.log (tenant_id, what) values (new.tenant_id, 'changed');
  return null;
end $$;
revoke all on function leak.note() from public;
create trigger note after update on leak.item for each row execute function leak.note();
create policy log_write on leak.log for insert to leak_app
  with check (tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid));
grant insert on leak.log to leak_app;
