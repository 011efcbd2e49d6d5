-- What the managed objects of a system stand on, as one value each: the columns that they use, all columns of
-- their relations where a `*` stands in the file ({expanding}), and the results of functions that they call.
select o.name, pg_catalog.md5(coalesce(pg_catalog.string_agg(u.used, E'\n' order by u.used collate "C"), '')) as ground
from workroom.objects as o
left join pg_catalog.pg_namespace as n on n.nspname = o.schema_name
left join lateral (
  select d.refclassid, d.refobjid, d.refobjsubid
  from pg_catalog.pg_class as c
  join pg_catalog.pg_rewrite as r on r.ev_class = c.oid and r.rulename = '_RETURN'
  join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and d.objid = r.oid
  where o.kind = 'view' and c.relname = o.object_name and c.relnamespace = n.oid and c.relkind = 'v'
    and d.deptype = 'n' and d.refobjid <> c.oid
  union all
  select d.refclassid, d.refobjid, d.refobjsubid
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_depend as d on d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid
  where o.kind <> 'view' and p.proname = o.object_name and p.pronamespace = n.oid and d.deptype = 'n'
) as d on true
left join lateral (
  select pg_catalog.format(
    '%I.%I.%I %s', rn.nspname, rc.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)
  ) as used
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_class as rc on rc.oid = a.attrelid
  join pg_catalog.pg_namespace as rn on rn.oid = rc.relnamespace
  where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and a.attrelid = d.refobjid
    and a.attnum > 0 and not a.attisdropped
    and (a.attnum = d.refobjsubid or o.name = any ({expanding}))
  union
  select pg_catalog.format(
    '%s %s %s', f.oid::pg_catalog.regprocedure, pg_catalog.pg_get_function_result(f.oid),
    (
      select pg_catalog.string_agg(
        pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ',' order by a.attnum
      )
      from pg_catalog.pg_attribute as a
      where a.attrelid = ft.typrelid and a.attnum > 0 and not a.attisdropped
    )
  )
  from pg_catalog.pg_proc as f
  join pg_catalog.pg_type as ft on ft.oid = f.prorettype
  where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and f.oid = d.refobjid
) as u on true
where o.system = {system}
group by o.name
