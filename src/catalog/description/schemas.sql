select own.nspname as schema, pg_catalog.concat('schema ', pg_catalog.quote_ident(own.nspname)) as object, null as part,
  who.name as "owner", note.description as "comment"
from own
left join who on who.oid = own.nspowner
left join pg_catalog.pg_description as note
  on note.objoid = own.oid and note.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and note.objsubid = 0
