-- A row for each column of each table; what belongs to a parent or to an extension is described there.
select
  n.nspname, c.relname, a.attname, a.attgenerated <> '',
  coalesce(a.attnum = any (k.conkey), false),
  case when a.attidentity = '' then (
    -- The sequence of a `serial` column belongs to it.
    select s.relname from pg_catalog.pg_depend as d join pg_catalog.pg_class as s on s.oid = d.objid and s.relkind = 'S'
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refobjid = c.oid and d.refobjsubid = a.attnum
      and d.deptype = 'a'
    limit 1
  ) end
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_constraint as k on k.conrelid = c.oid and k.contype = 'p'
left join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't' and n.nspname in ({schemas})
  and not exists (select from pg_catalog.pg_inherits as i where i.inhrelid = c.oid)
  and not exists (
    select from pg_catalog.pg_depend as d
    where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
  )
order by n.nspname, c.relname, a.attnum;
