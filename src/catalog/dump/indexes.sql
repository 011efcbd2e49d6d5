select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as class, named.oid,
  case relation.relkind when 'm' then 105 else 90 end as place, pg_catalog.format('%s.%I', relation.name, named.relname) as label,
  pg_catalog.concat(
    -- An index of a partitioned table makes those of the partitions.
    pg_catalog.replace(pg_catalog.pg_get_indexdef(named.oid), ' ON ONLY ' || relation.name || ' USING ', ' ON ' || relation.name || ' USING '), ';', (
    select pg_catalog.string_agg(
      pg_catalog.format(
        E'\nalter index %I.%I alter column %s set statistics %s;', relation.nspname, named.relname, field.attnum,
        pg_catalog.to_jsonb(field) ->> 'attstattarget'
      ), '' order by field.attnum
    )
    from pg_catalog.pg_attribute as field
    where field.attrelid = named.oid and (pg_catalog.to_jsonb(field) ->> 'attstattarget')::int >= 0
  )) as statement
from relations as relation
join pg_catalog.pg_index as made on made.indrelid = relation.oid
join pg_catalog.pg_class as named on named.oid = made.indexrelid
where not exists (select from pg_catalog.pg_constraint as held where held.conindid = named.oid and held.contype in ('p', 'u', 'x'))
  and not exists (select from pg_catalog.pg_inherits as heir where heir.inhrelid = named.oid)
