select
  relation.oid,
  relation.relkind,
  pg_catalog.format('%I.%I', schema.nspname, relation.relname),
  coalesce(pg_catalog.pg_relation_filenode(relation.oid), 0),
  coalesce(place.indrelid, 0)
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
left join pg_catalog.pg_index as place on place.indexrelid = relation.oid
where relation.oid >= 16384
  and schema.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'workroom')
  and schema.nspname !~ '^pg_temp_';
