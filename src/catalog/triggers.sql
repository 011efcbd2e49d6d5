select
  n.nspname::text as schema,
  c.relname::text as relation,
  t.tgname::text as name,
  fn.nspname::text as function_schema,
  f.proname::text as function_name,
  t.tgenabled::text as enabled,
  (t.tgparentid <> 0) as inherited,
  pg_catalog.pg_get_triggerdef(t.oid)::text as definition,
  d.description::text as comment
from pg_catalog.pg_trigger as t
join pg_catalog.pg_class as c on c.oid = t.tgrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_proc as f on f.oid = t.tgfoid
join pg_catalog.pg_namespace as fn on fn.oid = f.pronamespace
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and d.objoid = t.oid and d.objsubid = 0
where n.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
  and not t.tgisinternal
  and not exists (
    select from pg_catalog.pg_depend as x
    where x.deptype = 'e'
      and (
        (x.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and x.objid = t.oid)
        or (x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid and x.objsubid = 0)
      )
  )
order by n.nspname, c.relname, t.tgname;
