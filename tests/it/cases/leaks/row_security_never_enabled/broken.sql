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
grant select, update on leak.item to leak_app;
