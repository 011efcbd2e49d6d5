select
  n.nspname::text as schema,
  c.relname::text as relation,
  a.attname::text as name,
  a.attnum::text as number,
  pg_catalog.format_type(a.atttypid, a.atttypmod)::text as data_type,
  tn.nspname::text as type_schema,
  t.typname::text as type_name,
  a.atttypmod::text as modifier,
  a.attnotnull as not_null,
  pg_catalog.pg_get_expr(f.adbin, f.adrelid)::text as expression,
  a.attgenerated::text as generated,
  a.attidentity::text as identity,
  ln.nspname::text as collation_schema,
  l.collname::text as collation_name,
  exists (
    select from pg_catalog.pg_collation as o where o.oid = a.attcollation and not o.collisdeterministic
  ) as is_nondeterministic,
  d.description::text as comment
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid = a.attrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_type as t on t.oid = a.atttypid
join pg_catalog.pg_namespace as tn on tn.oid = t.typnamespace
left join pg_catalog.pg_attrdef as f on f.adrelid = a.attrelid and f.adnum = a.attnum
-- Only a collation that the type does not have by itself.
left join pg_catalog.pg_collation as l on l.oid = a.attcollation and a.attcollation <> t.typcollation
left join pg_catalog.pg_namespace as ln on ln.oid = l.collnamespace
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objoid = c.oid and d.objsubid = a.attnum
where n.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and a.attnum > 0
  and not a.attisdropped
  and not exists (
    select from pg_catalog.pg_depend as x
    where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid
      and x.objsubid = 0 and x.deptype = 'e'
  )
order by n.nspname, c.relname, a.attnum;
