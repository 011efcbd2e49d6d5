select
  n.nspname::text as schema,
  c.relname::text as name,
  tn.nspname::text as table_schema,
  t.relname::text as table_name,
  m.amname::text as method,
  i.indisunique as is_unique,
  i.indisprimary as is_primary,
  i.indisvalid as is_valid,
  i.indisready as is_ready,
  c.relispartition as is_partition,
  -- An expression has attribute number 0 and so no name.
  (
    select pg_catalog.array_agg(a.attname::text order by u.position)
    from pg_catalog.unnest(i.indkey::pg_catalog.int2[]) with ordinality as u (number, position)
    left join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = u.number
    where u.position <= i.indnkeyatts
  ) as keys,
  (
    select pg_catalog.array_agg(a.attname::text order by u.position)
    from pg_catalog.unnest(i.indkey::pg_catalog.int2[]) with ordinality as u (number, position)
    join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = u.number
    where u.position > i.indnkeyatts
  ) as included,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid)::text as predicate,
  pg_catalog.pg_get_indexdef(i.indexrelid)::text as definition,
  k.conname::text as constraint_name,
  i.indisreplident as is_replica_identity,
  i.indisclustered as is_clustered,
  -- Not set is null since version 17 and was -1 before.
  (
    select pg_catalog.array_agg(nullif(a.attstattarget, -1)::text order by a.attnum)
    from pg_catalog.pg_attribute as a
    where a.attrelid = i.indexrelid and a.attnum > 0
  ) as statistics,
  d.description::text as comment
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indexrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_am as m on m.oid = c.relam
join pg_catalog.pg_class as t on t.oid = i.indrelid
join pg_catalog.pg_namespace as tn on tn.oid = t.relnamespace
-- A foreign key names the index that it needs at its target; only these kinds own theirs.
left join pg_catalog.pg_constraint as k on k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objoid = c.oid and d.objsubid = 0
where n.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
  and not exists (
    select from pg_catalog.pg_depend as x
    where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      and x.objid in (i.indexrelid, i.indrelid) and x.objsubid = 0 and x.deptype = 'e'
  )
order by n.nspname, c.relname;
