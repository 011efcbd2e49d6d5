create schema mill;
create type mill.mood as enum ('calm', 'very busy', 'off');
create table mill.people (
  tenant_id uuid not null, id uuid not null, name varchar(60) not null, started date, left_on date, seen timestamptz,
  grade smallint, level bigint, pay numeric(12, 2), rate double precision, mood mill.mood, is_lead boolean,
  boss_id uuid, before_id uuid, tags text[], info jsonb, nick text, host inet, opens time,
  primary key (tenant_id, id),
  foreign key (tenant_id, boss_id) references mill.people (tenant_id, id),
  foreign key (tenant_id, before_id) references mill.people (tenant_id, id)
);
create table mill.jobs (
  tenant_id uuid not null, id uuid not null, person_id uuid not null, helper_id uuid, code text not null, title text,
  starts date not null, ends date, closed timestamptz, budget numeric(12, 2), state text, pay numeric, grade integer,
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references mill.people (tenant_id, id),
  foreign key (tenant_id, helper_id) references mill.people (tenant_id, id)
);
create table mill.days (
  tenant_id uuid not null, id uuid not null, person_id uuid not null, job_id uuid, on_day date, hours numeric(5, 2),
  noted timestamptz, note text, state text, share real, mood mill.mood, is_late boolean, boss_id uuid,
  primary key (tenant_id, id),
  foreign key (tenant_id, person_id) references mill.people (tenant_id, id),
  foreign key (tenant_id, job_id) references mill.jobs (tenant_id, id)
);
create table mill.steps (
  tenant_id uuid not null, job_id uuid not null, place integer not null, title text, done_on date, due timestamptz,
  hours numeric(8, 2), state text, prior text, person_id uuid, is_last boolean,
  primary key (tenant_id, job_id, place),
  foreign key (tenant_id, job_id) references mill.jobs (tenant_id, id),
  foreign key (tenant_id, person_id) references mill.people (tenant_id, id)
);
