select
  n.nspname::text as schema,
  c.relname::text as name,
  c.relkind::text as kind,
  c.relpersistence::text as persistence,
  pg_catalog.pg_get_userbyid(c.relowner)::text as owner,
  pn.nspname::text as parent_schema,
  pc.relname::text as parent_name,
  c.relrowsecurity as row_security,
  c.relforcerowsecurity as force_row_security,
  c.reloptions::text[] as options,
  case c.relkind
    when 'v' then pg_catalog.pg_get_viewdef(c.oid)
    when 'm' then pg_catalog.pg_get_viewdef(c.oid)
    when 'p' then 'partition by ' || pg_catalog.pg_get_partkeydef(c.oid)
    when 'S' then pg_catalog.format(
      'as %s start with %s increment by %s minvalue %s maxvalue %s cache %s%s',
      pg_catalog.format_type(s.seqtypid, null), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache,
      case when s.seqcycle then ' cycle' else '' end
    )
  end::text as definition,
  pg_catalog.pg_get_expr(c.relpartbound, c.oid)::text as partition_bound,
  d.description::text as comment
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
-- A partition has one parent; a child by plain inheritance is a table of its own.
left join pg_catalog.pg_inherits as i on i.inhrelid = c.oid and c.relispartition
left join pg_catalog.pg_class as pc on pc.oid = i.inhparent
left join pg_catalog.pg_namespace as pn on pn.oid = pc.relnamespace
left join pg_catalog.pg_sequence as s on s.seqrelid = c.oid
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objoid = c.oid and d.objsubid = 0
where n.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
  and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  and not exists (
    select from pg_catalog.pg_depend as x
    where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid and x.deptype = 'e'
  )
order by n.nspname, c.relname;
