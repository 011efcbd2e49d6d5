-- What stands on some objects, directly or not: one row for each pair (dependant, what it stands on).
-- {words} are the names in a statement; {narrow} leaves out what does not use a column that is among them;
-- {everything} begins with all objects instead; {with_seeds} counts what is named as standing on itself.
with recursive words as (
  select w.word from pg_catalog.unnest({words}::pg_catalog.text[]) as w (word)
),
named as (
  select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as class, c.oid as object, n.nspname, c.relname as name
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
  union all
  select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, n.nspname, p.proname
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, n.nspname, t.typname
  from pg_catalog.pg_type as t
  join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
  where t.typtype in ('d', 'e', 'r')
),
candidates as (
  select n.class, n.object, {everything} or n.nspname in (select w.word from words as w) as exact
  from named as n
  where ({everything} or n.name in (select w.word from words as w))
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
),
seeds as (
  select c.class, c.object from candidates as c
  where c.exact or not exists (select from candidates as other where other.exact)
),
managed as (
  select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as class, c.oid as object, o.system, o.name
  from workroom.objects as o
  join pg_catalog.pg_namespace as n on n.nspname = o.schema_name
  join pg_catalog.pg_class as c on c.relnamespace = n.oid and c.relname = o.object_name and c.relkind = 'v'
  where o.kind = 'view'
  union all
  select 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, o.system, o.name
  from workroom.objects as o
  join pg_catalog.pg_namespace as n on n.nspname = o.schema_name
  join pg_catalog.pg_proc as p on p.pronamespace = n.oid and p.proname = o.object_name
  where o.kind in ('function', 'procedure')
    and (o.signatures is null or {signature} = any (o.signatures))
),
-- The row of pg_depend as an edge between what is dropped and created as one: a rule or trigger of a view is the view.
edges as not materialized (
  select
    d.refclassid as ref_class, d.refobjid as ref_object, d.refobjsubid as ref_column, d.deptype,
    case when v.oid is null then d.classid else 'pg_catalog.pg_class'::pg_catalog.regclass end as class,
    coalesce(v.oid, d.objid) as object,
    d.classid as own_class, d.objid as own_object, d.objsubid as own_column
  from pg_catalog.pg_depend as d
  left join pg_catalog.pg_rewrite as r
    on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and r.oid = d.objid
  left join pg_catalog.pg_trigger as t
    on d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and t.oid = d.objid
  left join pg_catalog.pg_class as v on v.oid = coalesce(r.ev_class, t.tgrelid) and v.relkind in ('v', 'm')
  where (d.deptype = 'n' or (d.deptype = 'i' and d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass))
    and v.oid is distinct from d.refobjid
),
walk as (
  select e.class, e.object, e.own_class, e.own_object, e.own_column, e.deptype, e.ref_class, e.ref_object, true as from_seed
  from seeds as s
  join edges as e on e.ref_class = s.class and e.ref_object = s.object
  where not {narrow}
    or exists (
      select from pg_catalog.pg_attribute as a
      where e.ref_class = 'pg_catalog.pg_class'::pg_catalog.regclass and a.attrelid = e.ref_object
        and a.attnum = e.ref_column and e.ref_column > 0 and a.attname in (select w.word from words as w)
    )
  union
  select e.class, e.object, e.own_class, e.own_object, e.own_column, e.deptype, e.ref_class, e.ref_object, false
  from walk as w
  join edges as e on e.ref_class = w.class and e.ref_object = w.object
  -- What workroom does not manage stays, so that what stands on it does not matter.
  where w.class = 'pg_catalog.pg_policy'::pg_catalog.regclass
    or (w.class = 'pg_catalog.pg_type'::pg_catalog.regclass and w.deptype = 'i')
    or exists (select from managed as m where m.class = w.class and m.object = w.object)
)
select
  w.class::pg_catalog.regclass::pg_catalog.text, w.object, m.system, m.name,
  pg_catalog.pg_describe_object(w.own_class, w.own_object, w.own_column),
  w.deptype = 'i', w.ref_class::pg_catalog.regclass::pg_catalog.text, w.ref_object, w.from_seed
from walk as w
left join managed as m on m.class = w.class and m.object = w.object
union all
select
  s.class::pg_catalog.regclass::pg_catalog.text, s.object, m.system, m.name,
  pg_catalog.pg_describe_object(s.class, s.object, 0), false, null, null, true
from seeds as s
join managed as m on m.class = s.class and m.object = s.object
where {with_seeds}
order by 2, 8;
