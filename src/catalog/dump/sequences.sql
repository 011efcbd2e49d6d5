-- Those of identity columns come with their tables.
select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as class, relation.oid, 50 as place, relation.name as label,
  pg_catalog.concat(
    'create ', case relation.relpersistence when 'u' then 'unlogged ' end, 'sequence ', relation.name,
    pg_catalog.format(
      ' as %s start with %s increment by %s minvalue %s maxvalue %s cache %s%s', pg_catalog.format_type(numbers.seqtypid, null),
      numbers.seqstart, numbers.seqincrement, numbers.seqmin, numbers.seqmax, numbers.seqcache,
      case when numbers.seqcycle then ' cycle' end
    ),
    (
      select pg_catalog.format(' owned by %s.%I', owner.name, field.attname)
      from pg_catalog.pg_depend as part
      join relations as owner on owner.oid = part.refobjid
      join pg_catalog.pg_attribute as field on field.attrelid = part.refobjid and field.attnum = part.refobjsubid
      where part.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.objid = relation.oid
        and part.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.deptype = 'a'
    ),
    ';'
  ) as statement
from relations as relation join pg_catalog.pg_sequence as numbers on numbers.seqrelid = relation.oid
where not exists (
  select from pg_catalog.pg_depend as part
  where part.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.objid = relation.oid
    and part.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.deptype = 'i'
)
