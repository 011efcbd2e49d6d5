,
-- Defaults that stand on more than what every database has.
later (oid) as materialized (
  select value.oid
  from relations as relation
  join pg_catalog.pg_attrdef as value on value.adrelid = relation.oid
  join pg_catalog.pg_attribute as field
    on field.attrelid = value.adrelid and field.attnum = value.adnum and field.attgenerated = ''
  where exists (
    select from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and part.objid = value.oid
      and not (part.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.refobjid = value.adrelid)
  )
)
