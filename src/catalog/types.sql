-- Enums, domains, ranges and free-standing composite types. The row type of a table is not listed: the
-- table is.
select
  n.nspname::text as schema,
  t.typname::text as name,
  t.typtype::text as kind,
  pg_catalog.pg_get_userbyid(t.typowner)::text as owner,
  (
    select pg_catalog.array_agg(l.enumlabel::text order by l.enumsortorder)
    from pg_catalog.pg_enum as l
    where l.enumtypid = t.oid
  ) as labels,
  case t.typtype
    when 'd' then pg_catalog.format_type(t.typbasetype, t.typtypmod)
    when 'r' then pg_catalog.format_type(r.rngsubtype, null)
  end::text as base,
  t.typnotnull as not_null,
  t.typdefault::text as default_value,
  (
    select pg_catalog.array_agg(
      pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
      order by a.attnum
    )
    from pg_catalog.pg_attribute as a
    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
  ) as attributes,
  d.description::text as comment
from pg_catalog.pg_type as t
join pg_catalog.pg_namespace as n on n.oid = t.typnamespace
left join pg_catalog.pg_class as c on c.oid = t.typrelid
left join pg_catalog.pg_range as r on r.rngtypid = t.oid
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass and d.objoid = t.oid and d.objsubid = 0
where n.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
  and (t.typtype in ('e', 'd', 'r') or (t.typtype = 'c' and c.relkind = 'c'))
  and not exists (
    select from pg_catalog.pg_depend as x
    where x.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and x.objid = t.oid and x.deptype = 'e'
  )
order by n.nspname, t.typname;
