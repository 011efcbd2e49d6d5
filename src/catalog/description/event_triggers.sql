select own.nspname as schema, pg_catalog.concat('event trigger ', pg_catalog.quote_ident(fired.evtname)) as object, null as part,
  who.name as "owner", fired.evtevent as "on", pg_catalog.array_to_string(fired.evttags, ', ') as "tags",
  fired.evtfoid::pg_catalog.regprocedure::text as "function",
  case fired.evtenabled when 'D' then 'disabled' when 'A' then 'always' when 'R' then 'replica' end as "fires",
  note.description as "comment"
from own
join pg_catalog.pg_proc as routine on routine.pronamespace = own.oid
join pg_catalog.pg_event_trigger as fired on fired.evtfoid = routine.oid
left join who on who.oid = fired.evtowner
left join pg_catalog.pg_description as note
  on note.objoid = fired.oid and note.classoid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass and note.objsubid = 0
where ('pg_catalog.pg_event_trigger'::pg_catalog.regclass, fired.oid) not in (select extended.classid, extended.objid from extended)
