create role leak_owner;
create role leak_app;
create role leak_other;
create schema leak authorization leak_owner;
grant usage on schema leak to leak_app;
set local role leak_owner;
create table leak.team (
  id uuid primary key,
  boss uuid
);
alter table leak.team enable row level security;
alter table leak.team force row level security;
grant select on leak.team to leak_app;
create table leak.member (
  id uuid primary key,
  team_id uuid
);
alter table leak.member enable row level security;
alter table leak.member force row level security;
grant select on leak.member to leak_app;
create policy team_read on leak.team for select to leak_app using (boss = (select nullif(current_setting('app.user', true), '')::uuid));
create policy member_read on leak.member for select to leak_app using (exists (select from leak.team where team.id = member.team_id));
