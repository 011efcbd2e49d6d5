create role leak_owner;
create role leak_app;
create role leak_other;
create schema leak authorization leak_owner;
grant usage on schema leak to leak_app;
set local role leak_owner;
create table leak.rate (
  id uuid primary key,
  amount int
);
alter table leak.rate enable row level security;
alter table leak.rate force row level security;
create policy rate_read on leak.rate for select to leak_app using (true);
grant select on leak.rate to leak_app;
