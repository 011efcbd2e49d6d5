select 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid as class, routine.oid, 40 as place,
  pg_catalog.format('%I.%I(%s)', own.nspname, routine.proname, pg_catalog.pg_get_function_identity_arguments(routine.oid)) as label,
  pg_catalog.concat(pg_catalog.rtrim(pg_catalog.pg_get_functiondef(routine.oid), E'\n'), ';') as statement
from own join pg_catalog.pg_proc as routine on routine.pronamespace = own.oid and routine.prokind in ('f', 'p', 'w')
where not exists (
  select from pg_catalog.pg_depend as part
  where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid and part.deptype in ('e', 'i')
)
