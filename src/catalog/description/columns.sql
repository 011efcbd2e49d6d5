select relation.nspname as schema, relation.title as object, pg_catalog.format('column %I', field.attname) as part,
  pg_catalog.format_type(field.atttypid, field.atttypmod) as "type",
  -- The names of these constraints, which are there from Postgres 18 on, are left out.
  case when field.attnotnull then case
    when required.oid is null or required.convalidated and not required.connoinherit then 'yes'
    when not required.convalidated then 'not valid' else 'no inherit'
  end end as "not null",
  case when field.attgenerated = '' then pg_catalog.pg_get_expr(given.adbin, given.adrelid) end as "default",
  case field.attgenerated when '' then null else pg_catalog.concat(
    case field.attgenerated when 's' then 'stored ' else 'virtual ' end, pg_catalog.pg_get_expr(given.adbin, given.adrelid)
  ) end as "generated",
  case field.attidentity when 'a' then 'always' when 'd' then 'by default' end as "identity",
  case when field.attcollation <> kind.typcollation then field.attcollation::pg_catalog.regcollation::text end as "collation",
  case when field.attstorage <> kind.typstorage then case field.attstorage
    when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended'
  end end as "storage",
  case field.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end as "compression",
  case when field.attstattarget >= 0 then field.attstattarget end as "statistics target",
  pg_catalog.array_to_string(field.attoptions, ', ') as "options",
  pg_catalog.array_to_string(field.attfdwoptions, ', ') as "foreign options",
  note.description as "comment"
from relations as relation
join pg_catalog.pg_attribute as field
  on field.attrelid = relation.oid and field.attnum > 0 and not field.attisdropped
join pg_catalog.pg_type as kind on kind.oid = field.atttypid
left join pg_catalog.pg_attrdef as given on given.adrelid = field.attrelid and given.adnum = field.attnum
left join pg_catalog.pg_constraint as required
  on required.conrelid = field.attrelid and required.contype = 'n' and required.conkey = array[field.attnum]
left join pg_catalog.pg_description as note
  on note.objoid = field.attrelid and note.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and note.objsubid = field.attnum
where relation.relkind <> 'S'
