select relation.nspname as schema, relation.title as object, null as part,
  who.name as "owner",
  case relation.relpersistence when 'u' then 'unlogged' end as "persistence",
  pg_catalog.pg_get_partkeydef(relation.oid) as "partition by",
  case when relation.relispartition then (
    select pg_catalog.format('%I.%I', place.nspname, parent.relname)
    from pg_catalog.pg_inherits as heir
    join pg_catalog.pg_class as parent on parent.oid = heir.inhparent
    join pg_catalog.pg_namespace as place on place.oid = parent.relnamespace
    where heir.inhrelid = relation.oid
  ) end as "partition of",
  pg_catalog.pg_get_expr(relation.relpartbound, relation.oid) as "partition bound",
  case when not relation.relispartition then (
    select pg_catalog.string_agg(heir.inhparent::pg_catalog.regclass::text, ', ' order by heir.inhseqno)
    from pg_catalog.pg_inherits as heir where heir.inhrelid = relation.oid
  ) end as "inherits",
  case when relation.reloftype <> 0 then pg_catalog.format_type(relation.reloftype, null) end as "of type",
  case when relation.relrowsecurity then 'enabled' end as "row-level security",
  case when relation.relforcerowsecurity then 'yes' end as "force row-level security",
  case relation.relreplident when 'n' then 'nothing' when 'f' then 'full' when 'i' then (
    select pg_catalog.concat('index ', pg_catalog.quote_ident(found.relname))
    from pg_catalog.pg_index as index join pg_catalog.pg_class as found on found.oid = index.indexrelid
    where index.indrelid = relation.oid and index.indisreplident
  ) end as "replica identity",
  case when relation.relhasindex then (
    select pg_catalog.quote_ident(found.relname)
    from pg_catalog.pg_index as index join pg_catalog.pg_class as found on found.oid = index.indexrelid
    where index.indrelid = relation.oid and index.indisclustered
  ) end as "clustered on",
  (
    select pg_catalog.string_agg(given.option, ', ' order by given.option collate "C")
    from (
      select option from pg_catalog.unnest(relation.reloptions) as option
      union all
      select 'toast.' || option
      from pg_catalog.pg_class as toast cross join lateral pg_catalog.unnest(toast.reloptions) as option
      where toast.oid = relation.reltoastrelid
    ) as given (option)
  ) as "options",
  (select method.amname from pg_catalog.pg_am as method where method.oid = relation.relam and method.amname <> 'heap') as "access method",
  (
    select pg_catalog.quote_ident(room.spcname) from pg_catalog.pg_tablespace as room where room.oid = relation.reltablespace
  ) as "tablespace",
  case when relation.relkind in ('v', 'm') then pg_catalog.pg_get_viewdef(relation.oid) end as "definition",
  (
    select pg_catalog.concat_ws(
      ', ', pg_catalog.quote_ident(server.srvname), pg_catalog.array_to_string(distant.ftoptions, ', ')
    )
    from pg_catalog.pg_foreign_table as distant join pg_catalog.pg_foreign_server as server on server.oid = distant.ftserver
    where distant.ftrelid = relation.oid
  ) as "server",
  case when relation.relkind in ('r', 'p', 'f') then (
    select pg_catalog.string_agg(pg_catalog.quote_ident(field.attname), ', ' order by field.attnum)
    from pg_catalog.pg_attribute as field
    where field.attrelid = relation.oid and field.attnum > 0 and not field.attisdropped
  ) end as "column order",
  note.description as "comment"
from relations as relation
left join who on who.oid = relation.relowner
left join pg_catalog.pg_description as note
  on note.objoid = relation.oid and note.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass and note.objsubid = 0
where relation.relkind in ('r', 'p', 'f', 'v', 'm')
