select relation.nspname as schema, relation.title as object, null as part,
  who.name as "owner",
  case relation.relpersistence when 'u' then 'unlogged' end as "persistence",
  pg_catalog.format(
    '%s, start with %s, increment by %s, from %s to %s, cache %s%s', pg_catalog.format_type(numbers.seqtypid, null),
    numbers.seqstart, numbers.seqincrement, numbers.seqmin, numbers.seqmax, numbers.seqcache,
    case when numbers.seqcycle then ', cycle' end
  ) as "numbers",
  (
    select pg_catalog.format(
      '%s.%I%s', column_of.refobjid::pg_catalog.regclass, field.attname, case column_of.deptype when 'i' then ' as its identity' end
    )
    from pg_catalog.pg_depend as column_of
    join pg_catalog.pg_attribute as field on field.attrelid = column_of.refobjid and field.attnum = column_of.refobjsubid
    where column_of.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and column_of.objid = relation.oid
      and column_of.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and column_of.deptype in ('a', 'i')
  ) as "owned by",
  note.description as "comment"
from relations as relation
join pg_catalog.pg_sequence as numbers on numbers.seqrelid = relation.oid
left join who on who.oid = relation.relowner
left join pg_catalog.pg_description as note
  on note.objoid = relation.oid and note.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and note.objsubid = 0
