select
  n.nspname::text as name,
  pg_catalog.pg_get_userbyid(n.nspowner)::text as owner,
  d.description::text as comment
from pg_catalog.pg_namespace as n
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.objoid = n.oid and d.objsubid = 0
where n.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
order by n.nspname;
