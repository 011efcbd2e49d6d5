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
