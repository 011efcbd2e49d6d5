-- Constraint triggers are listed with the triggers. NOT NULL is a constraint from version 18 on.
select
  n.nspname::text as schema,
  coalesce(c.relname, t.typname)::text as relation,
  (k.contypid <> 0) as on_domain,
  k.conname::text as name,
  k.contype::text as kind,
  (
    select pg_catalog.array_agg(a.attname::text order by u.position)
    from pg_catalog.unnest(k.conkey) with ordinality as u (number, position)
    join pg_catalog.pg_attribute as a on a.attrelid = k.conrelid and a.attnum = u.number
  ) as columns,
  rn.nspname::text as referenced_schema,
  r.relname::text as referenced_relation,
  (
    select pg_catalog.array_agg(a.attname::text order by u.position)
    from pg_catalog.unnest(k.confkey) with ordinality as u (number, position)
    join pg_catalog.pg_attribute as a on a.attrelid = k.confrelid and a.attnum = u.number
  ) as referenced_columns,
  k.confupdtype::text as on_update,
  k.confdeltype::text as on_delete,
  pg_catalog.pg_get_constraintdef(k.oid)::text as definition,
  k.convalidated as validated,
  k.condeferrable as deferrable,
  (k.conparentid <> 0 or not k.conislocal) as inherited,
  d.description::text as comment
from pg_catalog.pg_constraint as k
left join pg_catalog.pg_class as c on c.oid = k.conrelid
left join pg_catalog.pg_type as t on t.oid = k.contypid
join pg_catalog.pg_namespace as n on n.oid = coalesce(c.relnamespace, t.typnamespace)
left join pg_catalog.pg_class as r on r.oid = k.confrelid
left join pg_catalog.pg_namespace as rn on rn.oid = r.relnamespace
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and d.objoid = k.oid and d.objsubid = 0
where n.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
  and k.contype in ('p', 'u', 'c', 'f', 'x', 'n')
  and not exists (
    select from pg_catalog.pg_depend as x
    where x.classid = case when k.contypid = 0
        then 'pg_catalog.pg_class'::pg_catalog.regclass else 'pg_catalog.pg_type'::pg_catalog.regclass
      end
      and x.objid = case when k.contypid = 0 then k.conrelid else k.contypid end
      and x.objsubid = 0 and x.deptype = 'e'
  )
order by n.nspname, coalesce(c.relname, t.typname), k.conname;
