select own.nspname as schema, pg_catalog.concat('operator ', made.oid::pg_catalog.regoperator) as object, null as part,
  who.name as "owner", pg_catalog.format_type(made.oprresult, null) as "returns", made.oprcode::text as "function",
  pg_catalog.concat_ws(
    ', ', 'commutator ' || nullif(made.oprcom, 0)::pg_catalog.regoperator, 'negator ' || nullif(made.oprnegate, 0)::pg_catalog.regoperator,
    'restrict ' || nullif(made.oprrest::text, '-'), 'join ' || nullif(made.oprjoin::text, '-'),
    case when made.oprcanmerge then 'merges' end, case when made.oprcanhash then 'hashes' end
  ) as "options",
  note.description as "comment"
from own
join pg_catalog.pg_operator as made on made.oprnamespace = own.oid and made.oprcode <> 0
left join who on who.oid = made.oprowner
left join pg_catalog.pg_description as note
  on note.objoid = made.oid and note.classoid = 'pg_catalog.pg_operator'::pg_catalog.regclass and note.objsubid = 0
where ('pg_catalog.pg_operator'::pg_catalog.regclass, made.oid) not in (select extended.classid, extended.objid from extended)
