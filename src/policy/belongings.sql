-- What lies in the schemas and belongs neither to their owner nor to a definer role: the schema, and the statement that
-- hands it over; the schema itself comes first.
select stray.schema, stray.statement
from (
  select 0 as rank, own.nspname::text as schema,
    pg_catalog.format('alter schema %I owner to %I', own.nspname, {{owner}}) as statement
  from pg_catalog.pg_namespace as own
  where own.nspname = any ({{schemas}}) and pg_catalog.pg_get_userbyid(own.nspowner) <> {{owner}}
  union all
  select 1, own.nspname::text,
    pg_catalog.format(
      'alter %s %I.%I owner to %I',
      case relation.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
        when 'f' then 'foreign table' when 'c' then 'type' else 'table' end,
      own.nspname, relation.relname, {{owner}}
    )
  from pg_catalog.pg_namespace as own
  join pg_catalog.pg_class as relation on relation.relnamespace = own.oid
  where own.nspname = any ({{schemas}}) and relation.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c')
    and pg_catalog.pg_get_userbyid(relation.relowner) <> {{owner}}
    -- What comes with an extension, and a column's sequence, which follows its table.
    and not exists (
      select
      from pg_catalog.pg_depend as part
      where part.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.objid = relation.oid
        and (part.deptype = 'e' or relation.relkind = 'S' and part.deptype in ('a', 'i'))
    )
  union all
  select 2, own.nspname::text,
    pg_catalog.format('alter %s %s owner to %I', case type.typtype when 'd' then 'domain' else 'type' end,
      pg_catalog.format('%I.%I', own.nspname, type.typname), {{owner}})
  from pg_catalog.pg_namespace as own
  join pg_catalog.pg_type as type on type.typnamespace = own.oid
  where own.nspname = any ({{schemas}}) and type.typtype in ('e', 'd', 'r')
    and pg_catalog.pg_get_userbyid(type.typowner) <> {{owner}}
    and not exists (
      select
      from pg_catalog.pg_depend as part
      where part.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and part.objid = type.oid and part.deptype = 'e'
    )
  union all
  select 3, own.nspname::text,
    pg_catalog.format('alter routine %I.%I(%s) owner to %I', own.nspname, routine.proname,
      pg_catalog.pg_get_function_identity_arguments(routine.oid), {{owner}})
  from pg_catalog.pg_namespace as own
  join pg_catalog.pg_proc as routine on routine.pronamespace = own.oid
  where own.nspname = any ({{schemas}})
    and pg_catalog.pg_get_userbyid(routine.proowner) <> all (array[{{owner}}] || {{definers}})
    and not exists (
      select
      from pg_catalog.pg_depend as part
      where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid and part.deptype = 'e'
    )
) as stray
order by stray.rank
