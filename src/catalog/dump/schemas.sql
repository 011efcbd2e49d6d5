-- What schemas hold is made in them, and what extensions hold is theirs.
select 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid as class, own.oid, 20 as place, own.nspname::text as label,
  pg_catalog.format('create schema if not exists %I;', own.nspname) as statement
from own
union all
select 'pg_catalog.pg_extension'::pg_catalog.regclass, made.oid, 10, made.extname::text,
  pg_catalog.format('create extension if not exists %I with schema %I;', made.extname, place.nspname)
from pg_catalog.pg_extension as made join pg_catalog.pg_namespace as place on place.oid = made.extnamespace
where made.extname <> 'plpgsql'
