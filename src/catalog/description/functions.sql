select own.nspname as schema,
  pg_catalog.format(
    '%s %I.%I(%s)', case routine.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
    own.nspname, routine.proname, pg_catalog.pg_get_function_identity_arguments(routine.oid)
  ) as object,
  null as part,
  who.name as "owner",
  nullif(pg_catalog.pg_get_function_arguments(routine.oid), '') as "arguments",
  pg_catalog.pg_get_function_result(routine.oid) as "returns",
  case when routine.prokind <> 'a' then tongue.lanname end as "language",
  case routine.provolatile when 'i' then 'immutable' when 's' then 'stable' end as "volatility",
  case when routine.prosecdef then 'definer' end as "security",
  case when routine.proleakproof then 'yes' end as "leakproof",
  case when routine.proisstrict then 'yes' end as "strict",
  case when routine.prokind = 'w' then 'yes' end as "window",
  case routine.proparallel when 's' then 'safe' when 'r' then 'restricted' end as "parallel",
  case when routine.procost <> 100 then routine.procost end as "cost",
  case when routine.prorows not in (0, 1000) then routine.prorows end as "rows",
  case when routine.prosupport <> 0 then routine.prosupport::text end as "support",
  (
    select pg_catalog.string_agg(pg_catalog.format_type(given.type, null), ', ')
    from pg_catalog.unnest(routine.protrftypes) as given (type)
  ) as "transforms",
  (
    select pg_catalog.string_agg(setting, ', ' order by setting collate "C") from pg_catalog.unnest(routine.proconfig) as setting
  ) as "settings",
  routine.probin as "library",
  case when routine.prokind <> 'a' and routine.prosqlbody is null then routine.prosrc end as "body",
  pg_catalog.pg_get_function_sqlbody(routine.oid) as "definition",
  case when made.aggfnoid is not null then pg_catalog.concat_ws(
    ', ', 'sfunc ' || made.aggtransfn, 'stype ' || pg_catalog.format_type(made.aggtranstype, null),
    'finalfunc ' || nullif(made.aggfinalfn::text, '-'), 'combinefunc ' || nullif(made.aggcombinefn::text, '-'),
    'serialfunc ' || nullif(made.aggserialfn::text, '-'), 'deserialfunc ' || nullif(made.aggdeserialfn::text, '-'),
    'msfunc ' || nullif(made.aggmtransfn::text, '-'), 'minvfunc ' || nullif(made.aggminvtransfn::text, '-'),
    'mfinalfunc ' || nullif(made.aggmfinalfn::text, '-'), 'sortop ' || nullif(made.aggsortop, 0)::pg_catalog.regoperator,
    'initcond ' || pg_catalog.quote_literal(made.agginitval), 'minitcond ' || pg_catalog.quote_literal(made.aggminitval),
    'sspace ' || nullif(made.aggtransspace, 0), 'msspace ' || nullif(made.aggmtransspace, 0),
    'kind ' || made.aggkind::text, 'finalfunc_modify ' || made.aggfinalmodify::text, 'finalfunc_extra ' || nullif(made.aggfinalextra, false)
  ) end as "aggregates by",
  note.description as "comment"
from own
join pg_catalog.pg_proc as routine on routine.pronamespace = own.oid
join pg_catalog.pg_language as tongue on tongue.oid = routine.prolang
left join pg_catalog.pg_aggregate as made on made.aggfnoid = routine.oid
left join who on who.oid = routine.proowner
left join pg_catalog.pg_description as note
  on note.objoid = routine.oid and note.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass and note.objsubid = 0
where ('pg_catalog.pg_proc'::pg_catalog.regclass, routine.oid) not in (select extended.classid, extended.objid from extended)
  -- The constructors of a range belong to its type.
  and not exists (
    select from pg_catalog.pg_depend as part
    where part.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and part.objid = routine.oid and part.deptype = 'i'
  )
