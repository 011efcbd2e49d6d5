select relation.nspname as schema, relation.title as object, pg_catalog.format('trigger %I', fired.tgname) as part,
  pg_catalog.pg_get_triggerdef(fired.oid) as "definition",
  case fired.tgenabled when 'D' then 'disabled' when 'A' then 'always' when 'R' then 'replica' end as "fires",
  note.description as "comment"
from relations as relation
join pg_catalog.pg_trigger as fired on fired.tgrelid = relation.oid and not fired.tgisinternal
left join pg_catalog.pg_description as note
  on note.objoid = fired.oid and note.classoid = 'pg_catalog.pg_trigger'::pg_catalog.regclass and note.objsubid = 0
where ('pg_catalog.pg_trigger'::pg_catalog.regclass, fired.oid) not in (select extended.classid, extended.objid from extended)
