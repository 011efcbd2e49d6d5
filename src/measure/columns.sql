select
  relation.oid,
  pg_catalog.format('%I.%I', schema.nspname, relation.relname),
  pg_catalog.quote_ident(field.attname),
  pg_catalog.format_type(field.atttypid, field.atttypmod),
  base.typcategory,
  base.typname,
  case when field.atttypmod > 0 then field.atttypmod else 0 end,
  field.attnotnull,
  coalesce(
    (
      select pg_catalog.string_agg(pg_catalog.quote_literal(label.enumlabel), ',' order by label.enumsortorder)
      from pg_catalog.pg_enum as label
      where label.enumtypid = base.oid
    ), ''
  ),
  coalesce(
    (
      select pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(rule.oid), ' ')
      from pg_catalog.pg_constraint as rule
      where rule.contype = 'c' and (
        (rule.conrelid = relation.oid and field.attnum = any (rule.conkey)) or rule.contypid = field.atttypid
      )
    ), ''
  ) || ' ' || coalesce(pg_catalog.pg_get_expr(relation.relpartbound, relation.oid), '')
from given
cross join pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and field.attnum > 0 and not field.attisdropped
join pg_catalog.pg_type as declared on declared.oid = field.atttypid
join pg_catalog.pg_type as base
  on base.oid = case when declared.typtype = 'd' then declared.typbasetype else declared.oid end
where relation.relkind = 'r'
  and relation.oid >= 16384
  and schema.nspname = any (given.schemas)
  and field.attgenerated = ''
  and field.attidentity = ''
order by relation.oid, field.attnum;
