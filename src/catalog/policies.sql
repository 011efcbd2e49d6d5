select
  n.nspname::text as schema,
  c.relname::text as relation,
  p.polname::text as name,
  p.polcmd::text as command,
  p.polpermissive as permissive,
  -- Role 0 is PUBLIC: it comes as null, since a role may be called anything but "public".
  (
    select pg_catalog.array_agg(r.rolname::text order by r.rolname)
    from pg_catalog.unnest(p.polroles) as u (role)
    left join pg_catalog.pg_roles as r on r.oid = u.role
  ) as roles,
  pg_catalog.pg_get_expr(p.polqual, p.polrelid)::text as using_text,
  pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)::text as check_text,
  d.description::text as comment
from pg_catalog.pg_policy as p
join pg_catalog.pg_class as c on c.oid = p.polrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_policy'::pg_catalog.regclass and d.objoid = p.oid and d.objsubid = 0
where n.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
  and not exists (
    select from pg_catalog.pg_depend as x
    where x.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and x.objid = c.oid
      and x.objsubid = 0 and x.deptype = 'e'
  )
order by n.nspname, c.relname, p.polname;
