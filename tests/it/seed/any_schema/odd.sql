--- keys in a ring of three, a ring that is put off, keys that are put off, computed keys
create table a (id int primary key, b_id int not null);
create table b (id int primary key, c_id int not null);
create table c (id int primary key, a_id int not null references a);
alter table a add foreign key (b_id) references b; alter table b add foreign key (c_id) references c;
create table orders (id uuid primary key, first_line uuid not null);
create table lines (id uuid primary key, order_id uuid not null references orders deferrable initially deferred, unique (order_id, id));
alter table orders add foreign key (id, first_line) references lines (order_id, id) deferrable initially deferred;
create table ranks (id int primary key deferrable initially deferred, place int not null unique deferrable initially immediate, code text not null unique deferrable initially deferred);
create table steps (id int generated always as identity primary key, list_id int not null, position int not null, constraint step_position unique (list_id, position) deferrable initially deferred);
create table people (id int primary key, first text not null, last text not null, handle text generated always as (lower(first || '.' || last)) stored unique);
create table months (id int primary key, day date not null, month int generated always as (extract(year from day)::int * 12 + extract(month from day)::int) stored, team int not null, unique (team, month));
create table shapes (id int primary key, w int not null check (w between 1 and 9), h int not null check (h between 1 and 9), area int generated always as (w * h) stored unique);
--- one of each label, three columns together, many ranges, inheritance of three
create type role as enum ('owner', 'admin', 'member', 'guest');
create table seats (id int primary key, team_id int not null, role role not null);
create unique index one_owner on seats (team_id) where role = 'owner';
create unique index one_admin on seats (team_id, role) where role in ('admin', 'owner');
create table jobs (id int primary key, kind role not null, state text not null check (state in ('queued', 'running', 'done')));
create unique index one_running on jobs (kind) where state = 'running';
create table only_enum (role role primary key, note text not null);
create table bookings (id int primary key, kind text not null check (kind in ('day', 'range', 'open')), from_day date, to_day date,
  check ((kind = 'day' and from_day is not null and to_day is null) or (kind = 'range' and from_day is not null and to_day is not null and to_day > from_day) or (kind = 'open' and from_day is null and to_day is null)));
create table prices (id int primary key, net numeric(10,2) not null, tax numeric(10,2) not null, gross numeric(10,2) not null, check (gross = net + tax), check (net >= 0 and tax >= 0));
create table mixes (id int primary key, a int not null, b int not null, c int not null, check (a + b + c = 100), check (a >= 0), check (b >= 0), check (c >= 0));
create table owners (id int primary key, user_id int, team_id int, org_id int, check (num_nonnulls(user_id, team_id, org_id) = 1));
create table closures (id int primary key, days datemultirange not null, exclude using gist (days with &&));
create table tariffs (id int primary key, zone int not null, hours int4multirange not null, exclude using gist (zone with =, hours with &&));
create table spans (id int primary key, period tstzrange not null check (not isempty(period)), exclude using gist (period with &&) where (id > 10));
create table media (id int primary key, title text not null, check (length(title) > 2));
create table videos (length interval not null, primary key (id)) inherits (media);
create table clips (video_id int not null references videos) inherits (videos);
--- nulls that are alike, domains over domains, arrays of domains, only keys
create table slots (id int primary key, room int, at date, constraint slot unique nulls not distinct (room, at));
create table one_null (id int primary key, parent_id int references one_null unique nulls not distinct);
create table labels (id int primary key, lang char(2), key text not null, unique nulls not distinct (lang, key));
create domain text_id as text check (value ~ '^[a-z0-9_]+$');
create domain short_id as text_id check (length(value) <= 12);
create domain prefixed_id as short_id check (value like 'ab\_%') not null;
create domain positive as int check (value > 0);
create domain percent as positive check (value <= 100) default 50;
create table things (id prefixed_id primary key, other short_id not null unique, share percent not null, count positive);
create table uses (id int primary key, thing prefixed_id not null references things);
create domain tag as text check (value = lower(value) and length(value) between 2 and 10);
create domain level as smallint check (value between 1 and 5);
create domain tags as tag[] check (cardinality(value) <= 3);
create table posts (id int primary key, tags tag[] not null check (cardinality(tags) > 0), levels level[] not null, more tags not null, grid int[][] not null);
create table nodes (id uuid primary key);
create table edges (a uuid references nodes, b uuid references nodes, primary key (a, b), check (a <> b));
create table marks (id bigint generated always as identity primary key);
create table bare (day date primary key);
--- self not null, keys over expressions, periods without overlaps, partitions of partitions | versions
create table accounts (id int primary key, parent_id int not null references accounts, root_id int not null references accounts);
create table versions (doc int, version int, previous int not null, primary key (doc, version), foreign key (doc, previous) references versions);
create table chain (id uuid primary key default gen_random_uuid(), next_id uuid not null unique references chain deferrable initially deferred);
create table tree (id int primary key, parent_id int references tree, depth int not null check (depth >= 0), check ((parent_id is null) = (depth = 0)));
create table users (id int primary key, email text not null, deleted_at timestamptz);
create unique index live_email on users (lower(email)) where deleted_at is null;
create table pairs (id int primary key, a int not null, b int not null, check (a < b));
create unique index unordered on pairs (least(a, b), greatest(a, b));
create table docs (id int primary key, body jsonb not null);
create unique index doc_key on docs ((body ->> 'key'));
create table days (id int primary key, at timestamptz not null);
create unique index one_a_day on days (((at at time zone 'UTC')::date));
create table rooms (id int, valid daterange, primary key (id, valid without overlaps));
create table stays (id int primary key, room_id int not null, during daterange not null, foreign key (room_id, period during) references rooms (id, period valid));
create table events (id bigint not null, region text not null, at date not null, primary key (id, region, at)) partition by list (region);
create table events_eu partition of events for values in ('de', 'fr') partition by range (at);
create table events_eu_26 partition of events_eu for values from ('2026-01-01') to ('2027-01-01');
create table events_rest partition of events default;
create table notes (id int primary key, event_id bigint not null, region text not null, at date not null, foreign key (event_id, region, at) references events);
--- keywords and dots, texts with forms, numbers with bounds, times in order
create table "user" (id int primary key, "from" text not null, "to" text not null, "select" int not null check ("select" > 0), "group.by" int not null unique);
create table "order" (id int primary key, "user" int not null references "user", "table" text not null check ("table" in ('it''s', 'a "b"')), "primary" bool not null default false);
create unique index on "order" ("user") where "primary";
create table "x y"" z" ("é" int primary key, "A.b.C" int references "order", "{schema}" text not null, "%" text not null, "\t" text not null);
create table contacts (id int primary key, email text not null check (email ~* '^[^@]+@[^@]+\.[a-z]+$'), phone text not null check (phone ~ '^\+[1-9][0-9]{6,14}$'), zip text not null check (zip ~ '^\d{5}$'), iban text not null check (length(iban) between 15 and 34),
  hex char(7) not null check (hex ~ '^#[0-9a-f]{6}$'), slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'), url text not null check (url like 'https://%'), lang text not null check (lang similar to '[a-z]{2}(-[A-Z]{2})?'));
create table codes (id int primary key, code text not null unique check (code ~ '^[A-Z]{2}-[0-9]{4}$'), upper text not null check (upper = upper(upper) and upper <> ''), trimmed text not null check (trimmed = btrim(trimmed) and length(trimmed) >= 20));
create table measures (id int primary key, lat numeric(9,6) not null check (lat between -90 and 90), lon double precision not null check (lon >= -180 and lon <= 180), share real not null check (share > 0 and share < 1), even int not null check (even % 2 = 0), step int not null check (step % 25 = 0 and step > 0), neg int not null check (neg < 0), tiny numeric(2,2) not null check (tiny > 0),
  huge bigint not null check (huge > 4000000000), not_zero int not null check (not_zero <> 0), year int not null check (year between 1990 and 2100), low int not null, high int not null, check (low < high), check (high - low <= 10), between_them int not null, check (between_them between low and high));
create table tasks (id int primary key, created_at timestamptz not null default now(), started_at timestamptz, finished_at timestamptz, cancelled_at timestamptz,
  check (started_at >= created_at), check (finished_at is null or started_at is not null and finished_at >= started_at), check (finished_at is null or cancelled_at is null), updated_at timestamptz not null check (updated_at >= created_at), due date not null check (due >= created_at::date), opens time not null, closes time not null check (closes > opens), took interval not null check (took > interval '0'), born date not null check (born < current_date - interval '18 years'));
--- a table for each tenant, rows that triggers keep, kinds of one table, polymorphic
create table tenants (id uuid primary key, name text not null unique);
create table users (tenant_id uuid not null references tenants on delete cascade, id uuid not null, email citext not null, primary key (tenant_id, id), unique (tenant_id, email));
create table projects (tenant_id uuid not null, id uuid not null, owner_id uuid not null, lead_id uuid, primary key (tenant_id, id), foreign key (tenant_id, owner_id) references users, foreign key (tenant_id, lead_id) references users on delete set null (lead_id));
create table tasks (tenant_id uuid not null, id uuid not null, project_id uuid not null, parent_id uuid, primary key (tenant_id, id), foreign key (tenant_id, project_id) references projects, foreign key (tenant_id, parent_id) references tasks);
alter table tasks enable row level security; alter table tasks force row level security; create policy own on tasks using (tenant_id = current_setting('app.tenant', true)::uuid);
create table balances (id int primary key, amount numeric not null default 0 check (amount >= 0));
create table moves (id int primary key, balance_id int not null references balances, amount numeric not null check (amount <> 0), seen_at timestamptz not null default clock_timestamp());
create function {schema}.keep() returns trigger language plpgsql as 'begin update {schema}.balances set amount = amount + new.amount where id = new.balance_id; return new; end';
create trigger keep after insert on moves for each row execute function {schema}.keep();
create constraint trigger late after insert on moves deferrable initially deferred for each row execute function {schema}.keep();
create table parties (id int primary key, kind text not null check (kind in ('person', 'company')), unique (id, kind));
create table persons (id int primary key, kind text not null default 'person' check (kind = 'person'), born date not null, foreign key (id, kind) references parties (id, kind));
create table comments (id bigserial primary key, subject_type text not null check (subject_type in ('post', 'photo')), post_id int, photo_id int, body text not null, check ((subject_type = 'post') = (post_id is not null)), check ((subject_type = 'photo') = (photo_id is not null)));
create table posts (id serial primary key, title varchar(80) not null, excerpt varchar(10));
create table photos (id serial primary key, url text not null, sha256 bytea not null check (octet_length(sha256) = 32) unique);
alter table comments add foreign key (post_id) references posts, add foreign key (photo_id) references photos;
