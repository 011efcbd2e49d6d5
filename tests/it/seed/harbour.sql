create schema harbour;
create domain harbour.email as text check (value ~ '^[^@ ]+@[^@ ]+\.[a-z]{2,}$' and value = lower(value));
create domain harbour.phone as varchar(16) check (value ~ '^\+[1-9][0-9]{6,14}$');
create type harbour.call_state as enum ('expected', 'alongside', 'left');
create table harbour.ports (
  id serial primary key,
  code char(5) not null unique check (code ~ '^[A-Z]{2}[0-9]{3}$'),
  name text not null check (length(name) between 3 and 40),
  country char(2) not null check (country ~ '^[A-Z]{2}$'),
  depth numeric(5, 2) not null check (depth > 4.5 and depth < 60),
  opened date not null,
  closed date check (closed is null or closed > opened),
  settings jsonb not null check (jsonb_typeof(settings) = 'object' and settings ? 'theme'),
  tags text[] not null check (cardinality(tags) > 0)
);
create table harbour.people (
  id uuid primary key,
  email harbour.email not null unique,
  phone harbour.phone not null,
  born date not null check (born <= date '2010-01-01'),
  first_name text, last_name text,
  contact_by text not null check (contact_by in ('email', 'phone', 'post')),
  address text,
  check (first_name is not null or last_name is not null),
  check (case when contact_by = 'post' then address is not null else address is null end)
);
create table harbour.vessels (
  imo text primary key check (imo ~ '^IMO[0-9]{7}$'),
  kind text not null check (kind <> ''),
  built integer not null check (built between 1900 and 2100),
  length_m numeric(6, 2) not null check (length_m > 0),
  beam_m numeric(6, 2) not null,
  owner_person uuid references harbour.people,
  owner_company text,
  constraint beam_is_less_than_length check (beam_m < length_m),
  constraint one_owner check (num_nonnulls(owner_person, owner_company) = 1)
);
create table harbour.berths (
  port_id integer not null references harbour.ports,
  number smallint not null check (number between 1 and 200),
  draft numeric(4, 1) not null check (draft >= 2),
  primary key (port_id, number)
);
create table harbour.calls (
  id bigint generated always as identity primary key,
  vessel_imo text not null references harbour.vessels,
  port_id integer not null,
  berth_number smallint not null,
  eta timestamptz not null,
  arrived timestamptz,
  departed timestamptz,
  state harbour.call_state not null,
  foreign key (port_id, berth_number) references harbour.berths (port_id, number),
  constraint leaves_after_arriving check (departed >= arrived),
  constraint alongside_has_arrived check (state = 'expected' or arrived is not null),
  constraint left_has_departed check ((state = 'left') = (departed is not null)),
  constraint nobody_waits check (state <> 'expected')
);
create table harbour.pilots (
  person_id uuid primary key references harbour.people,
  backup_id uuid not null references harbour.people,
  licensed_from date not null,
  licensed_until date not null,
  constraint not_ones_own_backup check (backup_id <> person_id),
  constraint a_year_at_least check (licensed_until >= licensed_from + 365)
);
create table harbour.invoices (
  number text primary key check (number ~ '^INV-[0-9]{4}-[0-9]{6}$'),
  call_id bigint not null unique references harbour.calls,
  net numeric(10, 2) not null check (net >= 0),
  tax numeric(10, 2) not null check (tax >= 0),
  total numeric(10, 2) not null,
  share real not null check (share > 0 and share <= 1),
  paid_at timestamptz,
  state text not null default 'open',
  constraint adds_up check (total = net + tax),
  constraint state_is_known check (state in ('open', 'paid', 'void')),
  constraint paid_has_time check (state <> 'paid' or paid_at is not null)
);
create table harbour.shifts (
  person_id uuid not null references harbour.people,
  day date not null check (extract(isodow from day) < 6),
  week date not null,
  minutes integer not null check (minutes > 0 and minutes % 15 = 0),
  kind text not null,
  primary key (person_id, day),
  unique (person_id, kind),
  constraint week_of_day check (week = date_trunc('week', day::timestamp)::date),
  constraint kind_is_known check (kind = any (array['early', 'late', 'night']))
);
create table harbour.gates (
  id bigint generated always as identity primary key,
  address inet not null unique,
  network cidr not null,
  opens time not null, closes timetz not null,
  every interval not null check (every > interval '10 minutes'),
  key bytea not null check (octet_length(key) = 1),
  slots integer[] not null,
  valid daterange not null,
  level numrange
);
create index on harbour.vessels (owner_person);
create index on harbour.calls (port_id, berth_number);
create index on harbour.calls (vessel_imo);
create index on harbour.pilots (backup_id);
create table harbour."Log lines" (
  "Id" integer primary key,
  "parent id" integer references harbour."Log lines" check ("parent id" <> "Id"),
  "Kind of" text not null check ("Kind of" like 'log:%'),
  body text not null check (char_length(body) = 12)
);
create index on harbour."Log lines" ("parent id");
