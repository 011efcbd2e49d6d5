--- bytes that differ
create table tokens (id int primary key, secret bytea not null unique);
create table files (id int primary key, hash bytea not null check (octet_length(hash) = 32));
--- tables of one row
create table settings (id int primary key, title text not null);
create unique index one_row on settings ((true));
create table state (id int primary key default 1 check (id = 1), note text not null);
create table entries (id int primary key, setting_id int not null references settings, state_id int not null unique references state);
--- a period that may begin nowhere
create table reviews (id int primary key, period_start date, period_end date not null, check (period_end >= period_start));
--- a key of some rows
create table transfers (id int primary key, job_id int not null, state text not null);
create unique index one_open on transfers (job_id) where state not in ('done', 'cancelled');
create table owners (id int primary key, team_id int not null, role text not null check (role in ('owner', 'member')));
create unique index one_owner on owners (team_id) where role = 'owner';
create unique index one_name on owners (lower(role), team_id);
--- types of the project's own
create type uuid_range as range (subtype = uuid);
create type size as (width numeric(4, 1), "unit of it" varchar(3), colours text[]);
create type kind as enum ('flat', 'house');
create domain slots as int[] check (cardinality(value) < 4);
create table blocks (id int primary key, held uuid_range not null, many uuid_range[] not null, size size not null,
  sizes size[] not null, kinds kind[] not null, short varchar(3)[] not null, padded char(3)[] not null, slots slots not null);
--- types of the server
create table instruments (id int primary key, a bit(8) not null, b bit varying(4) not null, c inet not null unique, d cidr not null,
  e macaddr not null, f macaddr8 not null, g interval not null, h time not null, i timetz(0) not null, j point not null,
  k box not null, l polygon not null, m circle not null, n path not null, o lseg not null, p line not null, q pg_lsn not null,
  r money not null, t tsvector not null, u tsquery not null, v jsonpath not null, w oid not null,
  x regclass not null, y "char" not null, z name not null, aa int4multirange not null, ab tstzrange not null,
  ac daterange not null unique, ad numrange[] not null, ae bigint[] not null, af boolean[] not null, ag txid_snapshot not null,
  ah xid not null, ai bytea[] not null, aj timestamptz[] not null, ak uuid[] not null, al jsonb[] not null);
--- types of extensions
create table topics (id int primary key, path ltree not null unique, names hstore not null, word citext not null unique,
  book isbn13 not null, place cube not null, numbers vector(5), more vector(3) not null, half halfvec(4) not null);
--- partitions with few keys
create table later (task_id bigint not null, primary key (task_id)) partition by range (task_id);
create table later_1 partition of later for values from (1) to (50);
create table seen (id bigint generated always as identity, seen_at timestamptz not null, tenant_id uuid not null,
  primary key (tenant_id, seen_at, id)) partition by range (seen_at);
create table seen_1 partition of seen for values from ('2026-11-30 00:00+00') to ('2026-12-01 00:00+00');
create table regions (region text not null, code int not null, primary key (region, code)) partition by list (region);
create table regions_north partition of regions for values in ('north', 'far north');
create table hashed (id uuid primary key, note text not null) partition by hash (id);
create table hashed_1 partition of hashed for values with (modulus 1, remainder 0);
--- keys that share a column
create table projects (id text primary key);
create table chats (id text, project_id text references projects, primary key (id, project_id));
create table runs (id text, project_id text references projects, chat_id text not null, primary key (id, project_id),
  foreign key (chat_id, project_id) references chats);
create table events (project_id text references projects, chat_id text, run_id text not null, number int,
  primary key (project_id, chat_id, number), foreign key (chat_id, project_id) references chats,
  foreign key (run_id, project_id) references runs);
--- rows that are there
create table teams (id int primary key, name text not null);
insert into teams values (1, 'one'), (2, 'two');
create table mailboxes (team_id int primary key references teams, address text not null);
create table codes (code text primary key);
insert into codes values ('007'), ('a''b');
create table uses (id int primary key, code text not null references codes, team_id int not null references teams);
create table days (day date primary key);
insert into days values ('2026-02-01'), ('2026-02-03');
create table visits (id int primary key, day date not null references days);
--- a key that leaves the schema
create schema {schema}_accounts;
create type {schema}_accounts.plan as enum ('free', 'paid');
create table {schema}_accounts.people (id uuid primary key);
create table {schema}_accounts.levels (id smallint primary key);
insert into {schema}_accounts.levels values (3), (5);
create table profiles (id uuid primary key references {schema}_accounts.people, nickname text not null,
  level smallint not null references {schema}_accounts.levels, plan {schema}_accounts.plan not null);
--- texts that are filled up
create table sessions (id char(36) primary key, name text not null, country char(2) not null, flag char not null);
create table logins (id char(4) primary key, session_id char(36) not null references sessions, code char(8) not null unique);
--- what a domain says of null
create domain code as text not null check (length(value) between 3 and 5);
create domain status as text default 'new' not null;
create domain amount as numeric(6, 2) check (value > 0);
create domain big_amount as amount not null check (value > 10);
create table parcels (id int primary key, code code, status status, amount amount, big big_amount);
--- names of all kinds
create table "We ird"".Table" ("Id" int primary key, "a.b" int not null check ("a.b" > 5), "in ""quotes""" text not null unique, "Ünï" text not null);
create table "Other.one" (id int primary key, n int not null check (n > 5), "We ird" int not null references "We ird"".Table");
create table "UPPER" ("Key One" uuid, "Key Two" uuid, primary key ("Key One", "Key Two"));
create table lower (id int primary key, one uuid not null, two uuid not null, foreign key (one, two) references "UPPER");
--- numbers that count in other ways
create table down (id int generated always as identity (increment -1 start -1) primary key, note text not null);
create table steps (id smallint generated by default as identity (start 5 increment 2 maxvalue 300) primary key, note text not null);
create table beside (id uuid primary key, n int generated always as identity, m bigint generated by default as identity, s serial);
create table ofothers (id int primary key, n int generated always as identity unique);
create table refers (id int primary key, n int not null references ofothers (n));
create sequence tiny maxvalue 7;
create table s (id int primary key default nextval('{schema}.tiny'), note text not null);
--- exclusions
create table rooms (id int primary key, name text not null);
create table bookings (id int primary key, room_id int not null references rooms, during daterange not null,
  exclude using gist (room_id with =, during with &&));
create table shifts (id int primary key, "from" date not null, "to" date not null,
  exclude using gist (daterange("from", "to", '[]') with &&));
create table slots (id int primary key, at int4range not null, exclude using gist (at with &&));
--- circles
create table heads (id int primary key, body_id int not null);
create table bodies (id int primary key, head_id int not null references heads);
alter table heads add foreign key (body_id) references bodies deferrable initially deferred;
create table nodes (id int primary key, parent_id int not null references nodes, sibling_id int references nodes);
create table loops (id int primary key references loops);
--- tenants of their own
create table orgs (org_id uuid primary key, name text not null);
create table notes (org_id uuid not null references orgs, id bigint not null, title text not null, slug text not null unique, primary key (org_id, id));
create table members (org_id uuid not null references orgs, email text not null, primary key (org_id, email));
--- tenants that are there
create table orgs (org_id uuid primary key, name text not null);
insert into orgs values ('10000000-0000-4000-8000-00000000000a', 'a');
create table notes (org_id uuid not null references orgs, id bigint not null, primary key (org_id, id));
--- keys of few values
create table flags (flag boolean primary key, note text not null);
create type grade as enum ('low', 'high');
create table grades (grade grade primary key, note char(1) not null unique);
create table pairs (grade grade not null references grades, flag boolean not null references flags, primary key (grade, flag));
create table singles (letter char primary key);
--- numbers of a range that occur once
create table ranks (id int primary key, n int not null check (n >= 5) unique, m int not null check (m in (1, 2, 3)) unique,
  k numeric(6, 2) not null check (k between 1 and 2) unique);
create table alone (id int primary key, n int not null check (n between 3 and 900) unique, constraint of_one_row unique (n));
create unique index one_of_these on alone ((true));
--- people, prices and pages
create table customers (id bigint primary key, first_name varchar(20) not null, last_name varchar(20) not null,
  email text not null unique, phone varchar(20), city text, country char(2), birth_date date not null, website text,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now());
create table products (id bigint primary key, name text not null unique, slug text not null unique, price numeric(10, 2) not null check (price > 0),
  currency char(3) not null, description text, quantity int not null check (quantity >= 0), rating int not null check (rating between 1 and 5));
create table orders (id bigint primary key, customer_id bigint not null references customers, total numeric(10, 2) not null,
  status text not null default 'open' check (status in ('open', 'paid')), placed_at timestamptz not null, note text);
create table lines (order_id bigint not null references orders, number int not null, product_id bigint not null references products,
  quantity int not null, primary key (order_id, number), unique (order_id, product_id));
--- what the server computes
create table boxes (id int primary key, w int not null, h int not null, area int generated always as (w * h) stored,
  check (area between 4 and 900), label text not null, folded text generated always as (lower(label)) stored, unique (folded));
--- domains of arrays and composites
create type pair as (low int, high int);
create domain some_pairs as pair[] check (cardinality(value) > 0);
create domain ordered as pair check ((value).low >= 0);
create table spans (id int primary key, pairs some_pairs not null, ordered ordered not null, share numeric(3, 3) not null);
--- what cannot be filled | below, signed
create function {schema}.is_signed(text) returns boolean immutable language sql return md5($1) = left($1, 3);
create table signed (id int primary key, number text not null, constraint number_is_signed check ({schema}.is_signed(number)));
create table below (id int primary key, signed_id int not null references signed);
create table beside (id int primary key, signed_id int references signed, note text not null);
--- labels that there are none of | nothing
create type empty as enum ();
create table nothing (id int primary key, kind empty not null);
create table something (id int primary key, kind empty);
--- policies and triggers
create table secrets (id int primary key, note text not null);
alter table secrets enable row level security; alter table secrets force row level security;
create function {schema}.refuse() returns trigger language plpgsql as 'begin raise exception ''not so''; end';
create trigger refuse before insert on secrets for each row execute function {schema}.refuse();
create policy nobody on secrets using (false);
--- checks over many columns
create table deals (id int primary key, opened date not null, closed date, stage text not null, won boolean not null, amount numeric(12, 2),
  check (closed is null or closed >= opened), check ((stage = 'won') = won), check (not won or amount is not null),
  check (stage in ('new', 'talks', 'won', 'lost')));
--- inherited tables
create table base (id int primary key, note text not null);
create table child (extra text not null) inherits (base);
--- a key of a key of a key
create table a (x int, y int, primary key (x, y));
create table b (x int, y int, z int, primary key (x, y, z), foreign key (x, y) references a);
create table c (x int, y int, z int, w int, primary key (x, y, z, w), foreign key (x, y, z) references b);
create table d (id uuid primary key, x int not null, y int not null, z int not null, w int not null, foreign key (x, y, z, w) references c,
  foreign key (x, y) references a);
--- columns that are called like what a row has
create table seats (id int primary key, "row" text not null, "order" int not null, day date not null, tenant text not null,
  label text not null unique, siblings int not null unique, n numeric not null unique, on_day date not null unique);
create table places (id int primary key, "row" text not null unique, row_number text not null unique, email text not null unique);
--- JSON that has to have something
create domain payload as jsonb check (value ? 'id');
create domain object as jsonb not null check (jsonb_typeof(value) = 'object');
create table happened (id int primary key, p payload not null, o object, body jsonb not null check (body @> '{"kind": "note"}'),
  list jsonb not null check (jsonb_typeof(list) = 'array'), k jsonb not null check (k ?& array['a', 'b']),
  t jsonb not null check (t ->> 'type' in ('x', 'y')), n jsonb not null check ((n ->> 'amount')::numeric > 250),
  deep jsonb not null check (deep -> 'a' ? 'b'), path jsonb not null check (path #>> '{a,b}' is not null),
  two json not null check (two ->> 'id' is not null and two ->> 'type' in ('x', 'y')), items jsonb not null check (jsonb_typeof(items -> 'items') = 'array'));
--- defaults that no row has
create table par (id int primary key, name text not null);
create table chi (id int primary key, par_id int not null default 0 references par on delete set default,
  other_id int default 5 references par on delete set default, own_id int default 7 references chi on delete set default);
--- keys to which nulls are alike
create table team (id int primary key, name text not null);
create table members (id int primary key, team_id int references team, name varchar(1), unique nulls not distinct (team_id, name));
create table seats (a int, b int, c int, unique nulls not distinct (a, b, c), unique nulls not distinct (b));
create unique index on seats (c, lower(a::text)) nulls not distinct;
--- rules
create table written (id int primary key, a text not null);
create table written_log (id int, a text);
create rule also as on insert to written do also insert into written_log values (new.id, new.a);
create table never (id int primary key, a int4range not null);
create rule never as on insert to never do instead nothing;
alter table never enable always rule never;
--- no columns, or none that is sent
create table nothing ();
create table left_to_the_server (id uuid not null default gen_random_uuid(), at timestamptz not null default now() + interval '1 hour');
--- vectors of texts
create table passages (id int primary key, title text not null, content text not null, embedding vector(8) not null);
create index on passages using hnsw (embedding vector_cosine_ops);
