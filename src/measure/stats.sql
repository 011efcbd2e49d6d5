select pg_catalog.json_build_object(
  'tables',
  coalesce(
    pg_catalog.json_object_agg(
      pg_catalog.format('%I.%I', schema.nspname, relation.relname),
      pg_catalog.json_build_object(
        -- Nobody has counted the rows of a table that was never analyzed, as after a restore.
        'rows', case when relation.reltuples >= 0 then relation.reltuples end,
        'pages', greatest(relation.relpages, 0),
        'toast_pages', coalesce(
          (select big.relpages from pg_catalog.pg_class as big where big.oid = relation.reltoastrelid), 0
        ),
        'index_pages', coalesce(
          (
            select pg_catalog.sum(key.relpages)
            from pg_catalog.pg_index as place
            join pg_catalog.pg_class as key on key.oid = place.indexrelid
            where place.indrelid = relation.oid
          ), 0
        )
      )
    ), '{}'
  )
)
from pg_catalog.pg_class as relation
join pg_catalog.pg_namespace as schema on schema.oid = relation.relnamespace
where relation.relkind in ('r', 'm')
  and schema.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'workroom')
  and schema.nspname !~ '^pg_(toast_)?temp_';
