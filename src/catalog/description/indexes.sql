select relation.nspname as schema, relation.title as object, pg_catalog.format('index %I', found.relname) as part,
  pg_catalog.pg_get_indexdef(index.indexrelid) as "definition",
  case when not index.indisvalid then 'no' end as "valid",
  -- Postgres writes these into the text of a constraint, not of its index.
  case when not index.indimmediate then 'deferred' end as "checked",
  case when found.relispartition then (
    select pg_catalog.concat(heir.inhparent::pg_catalog.regclass)
    from pg_catalog.pg_inherits as heir where heir.inhrelid = index.indexrelid
  ) end as "attached to",
  (
    select pg_catalog.string_agg(pg_catalog.concat(field.attnum, ' ', field.attstattarget), ', ' order by field.attnum)
    from pg_catalog.pg_attribute as field where field.attrelid = index.indexrelid and field.attstattarget >= 0
  ) as "statistics targets",
  (
    select pg_catalog.quote_ident(room.spcname) from pg_catalog.pg_tablespace as room where room.oid = found.reltablespace
  ) as "tablespace",
  note.description as "comment"
from relations as relation
join pg_catalog.pg_index as index on index.indrelid = relation.oid
join pg_catalog.pg_class as found on found.oid = index.indexrelid
left join pg_catalog.pg_description as note
  on note.objoid = found.oid and note.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and note.objsubid = 0
