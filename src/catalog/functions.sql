select
  n.nspname::text as schema,
  p.proname::text as name,
  pg_catalog.oidvectortypes(p.proargtypes)::text as signature,
  pg_catalog.pg_get_function_arguments(p.oid)::text as arguments,
  pg_catalog.pg_get_function_result(p.oid)::text as result,
  p.prokind::text as kind,
  l.lanname::text as language,
  p.provolatile::text as volatility,
  p.proparallel::text as parallel,
  p.prosecdef as security_definer,
  p.proleakproof as leakproof,
  p.proisstrict as strict,
  (p.prosqlbody is not null) as sql_body,
  p.proconfig::text[] as config,
  pg_catalog.pg_get_userbyid(p.proowner)::text as owner,
  -- An aggregate has no definition that the server could write out.
  case when p.prokind <> 'a' then pg_catalog.pg_get_functiondef(p.oid) end::text as definition,
  d.description::text as comment
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
join pg_catalog.pg_language as l on l.oid = p.prolang
left join pg_catalog.pg_description as d
  on d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objoid = p.oid and d.objsubid = 0
where n.nspname = any (pg_catalog.current_setting('workroom.schemas')::pg_catalog.name[])
  and not exists (
    select from pg_catalog.pg_depend as x
    where x.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and x.objid = p.oid
      -- The constructors of a range type belong to the type: 'i'.
      and x.deptype in ('e', 'i')
  )
order by n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes) collate "C";
