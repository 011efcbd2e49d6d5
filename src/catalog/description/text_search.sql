select own.nspname as schema, pg_catalog.format('text search configuration %I.%I', own.nspname, made.cfgname) as object, null as part,
  who.name as "owner",
  (
    select pg_catalog.format('parser %I.%I', place.nspname, parser.prsname)
    from pg_catalog.pg_ts_parser as parser join pg_catalog.pg_namespace as place on place.oid = parser.prsnamespace
    where parser.oid = made.cfgparser
  ) as "made of",
  (
    select pg_catalog.string_agg(
      pg_catalog.format('%s %I.%I', kind.alias, place.nspname, dictionary.dictname), E'\n' order by mapping.maptokentype, mapping.mapseqno
    )
    from pg_catalog.pg_ts_config_map as mapping
    join pg_catalog.ts_token_type(made.cfgparser) as kind on kind.tokid = mapping.maptokentype
    join pg_catalog.pg_ts_dict as dictionary on dictionary.oid = mapping.mapdict
    join pg_catalog.pg_namespace as place on place.oid = dictionary.dictnamespace
    where mapping.mapcfg = made.oid
  ) as "mappings",
  null as "options", note.description as "comment"
from own
join pg_catalog.pg_ts_config as made on made.cfgnamespace = own.oid
left join who on who.oid = made.cfgowner
left join pg_catalog.pg_description as note
  on note.objoid = made.oid and note.classoid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass and note.objsubid = 0
where ('pg_catalog.pg_ts_config'::pg_catalog.regclass, made.oid) not in (select extended.classid, extended.objid from extended)
union all
select own.nspname, pg_catalog.format('text search dictionary %I.%I', own.nspname, made.dictname), null, who.name,
  (
    select pg_catalog.format('template %I.%I', place.nspname, template.tmplname)
    from pg_catalog.pg_ts_template as template join pg_catalog.pg_namespace as place on place.oid = template.tmplnamespace
    where template.oid = made.dicttemplate
  ),
  null, made.dictinitoption, note.description
from own
join pg_catalog.pg_ts_dict as made on made.dictnamespace = own.oid
left join who on who.oid = made.dictowner
left join pg_catalog.pg_description as note
  on note.objoid = made.oid and note.classoid = 'pg_catalog.pg_ts_dict'::pg_catalog.regclass and note.objsubid = 0
where ('pg_catalog.pg_ts_dict'::pg_catalog.regclass, made.oid) not in (select extended.classid, extended.objid from extended)
