-- Not by schema: an extension belongs to the whole database, and one that is missing to none.
select
  coalesce(a.name, e.extname)::text as name,
  e.extversion::text as installed,
  a.default_version::text as available,
  n.nspname::text as schema
from pg_catalog.pg_available_extensions() as a
full join pg_catalog.pg_extension as e on e.extname = a.name
left join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
order by coalesce(a.name, e.extname);
