-- What the cases beside this file change: tables with keys, views, partitions, domains and policies.
create table p (id int primary key, note text);
create table t (
  id int primary key,
  p_id int,
  a int,
  b text,
  c int,
  v varchar(20),
  n numeric(10, 2),
  stamp timestamp,
  stamptz timestamptz,
  address inet,
  required int not null default 0,
  u int not null,
  constraint t_p_id_fkey foreign key (p_id) references p,
  constraint t_a_given check (a is not null)
);
create index t_c_idx on t (c);
create index t_n_idx on t (n);
create unique index t_u_idx on t (u);
alter table t add constraint t_positive check (id > 0) not valid;
alter table t add constraint t_u_fkey foreign key (u) references p not valid;
create view w with (security_invoker = true) as select id, c from t;
create materialized view m as select id from t;
create unique index m_id_idx on m (id);
create table parted (k int not null, x int) partition by range (k);
create table parted_1 partition of parted for values from (0) to (100);
create table loose (k int not null, x int);
create table bounded (k int not null, x int, constraint bounded_k check (k >= 200 and k < 300));
create domain email as text;
create table d (e email);
create type status as enum ('open', 'closed');
create table s (s status);
create function stamp() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger t_stamp before update on t for each row execute function stamp();
create policy t_policy on t using (true);
create table child (id int primary key, t_id int, constraint child_t_id_fkey foreign key (t_id) references t);
create function tighten() returns void language plpgsql as $$ begin alter table t alter c set not null; end $$;
-- What hides its work: checks, indexes on expressions, arrays, typed and computed columns.
create table checked (v varchar(10), n numeric(10, 2), constraint checked_v check (v <> ''), constraint checked_n check (n > 0));
create table indexed (v varchar(10), w varchar(10), x varchar(10));
create index indexed_lower on indexed (lower(v));
create index indexed_some on indexed (w) where w <> '';
create index indexed_x on indexed (x);
create table many (a varchar(10)[], b bit(3));
create table computed (a int, g int generated always as (a + 1) stored);
create type pair as (x int);
create table typed of pair;
create table nullable (a int);
create unique index nullable_a on nullable (a);
create table proven (x int, constraint proven_x check (x is not null and x > 0));
create table split (k int not null) partition by range (k);
create table split_1 partition of split for values from (0) to (10);
create table split_rest partition of split default;
insert into split values (1), (100), (101), (102);
create table spare (k int not null, constraint spare_k check (k >= 10 and k < 20));
create table vague (k int not null, x int, constraint vague_k check (k < 1000));
create table numbered (id bigint generated always as identity, a int);
create table elder (a int);
create table heir () inherits (elder);
create sequence steps;
