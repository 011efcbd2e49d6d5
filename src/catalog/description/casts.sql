select distinct own.nspname as schema,
  pg_catalog.format(
    'cast (%s as %s)', pg_catalog.format_type(made.castsource, null), pg_catalog.format_type(made.casttarget, null)
  ) as object,
  null as part,
  case made.castmethod when 'f' then made.castfunc::pg_catalog.regprocedure::text when 'i' then 'in and out' else 'without a function' end as "by",
  case made.castcontext when 'a' then 'on assignment' when 'i' then 'implicit' end as "used",
  note.description as "comment"
from own
join pg_catalog.pg_cast as made on own.oid in (
  select kind.typnamespace from pg_catalog.pg_type as kind where kind.oid in (made.castsource, made.casttarget)
  union all
  select routine.pronamespace from pg_catalog.pg_proc as routine where routine.oid = made.castfunc
)
left join pg_catalog.pg_description as note
  on note.objoid = made.oid and note.classoid = 'pg_catalog.pg_cast'::pg_catalog.regclass and note.objsubid = 0
where ('pg_catalog.pg_cast'::pg_catalog.regclass, made.oid) not in (select extended.classid, extended.objid from extended)
  -- Those of a multirange belong to it.
  and not exists (
    select from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_cast'::pg_catalog.regclass and part.objid = made.oid and part.deptype = 'i'
  )
