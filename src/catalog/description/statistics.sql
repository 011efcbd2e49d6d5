select relation.nspname as schema, relation.title as object,
  pg_catalog.format('statistics %I.%I', place.nspname, found.stxname) as part,
  pg_catalog.pg_get_statisticsobjdef(found.oid) as "definition", who.name as "owner",
  case when found.stxstattarget >= 0 then found.stxstattarget end as "statistics target",
  note.description as "comment"
from relations as relation
join pg_catalog.pg_statistic_ext as found on found.stxrelid = relation.oid
join pg_catalog.pg_namespace as place on place.oid = found.stxnamespace
left join who on who.oid = found.stxowner
left join pg_catalog.pg_description as note
  on note.objoid = found.oid and note.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass and note.objsubid = 0
