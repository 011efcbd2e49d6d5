select own.nspname as schema, coalesce(relation.title, pg_catalog.format('domain %I.%I', own.nspname, domain.typname)) as object,
  pg_catalog.format('constraint %I', held.conname) as part,
  pg_catalog.pg_get_constraintdef(held.oid) as "definition",
  -- `alter table … disable trigger all` switches these off, too.
  (
    select pg_catalog.string_agg(distinct case internal.tgenabled when 'D' then 'disabled' when 'A' then 'always' else 'replica' end, ', ')
    from pg_catalog.pg_trigger as internal
    where internal.tgconstraint = held.oid and internal.tgisinternal and internal.tgenabled <> 'O'
  ) as "triggers",
  note.description as "comment"
from own
join pg_catalog.pg_constraint as held on held.connamespace = own.oid and held.contype not in ('n', 't')
left join relations as relation on relation.oid = held.conrelid
left join pg_catalog.pg_type as domain on domain.oid = held.contypid
left join pg_catalog.pg_description as note
  on note.objoid = held.oid and note.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and note.objsubid = 0
where relation.oid is not null
  or domain.oid is not null
    and ('pg_catalog.pg_type'::pg_catalog.regclass, domain.oid) not in (select extended.classid, extended.objid from extended)
