-- The column of the locale has had three names.
select own.nspname as schema, pg_catalog.format('collation %I.%I', own.nspname, made.collname) as object, null as part,
  who.name as "owner",
  case made.collprovider when 'i' then 'icu' when 'c' then 'libc' when 'b' then 'builtin' else made.collprovider::text end as "provider",
  pg_catalog.concat_ws(
    ', ', coalesce(row.columns ->> 'colllocale', row.columns ->> 'colliculocale'), made.collcollate, nullif(made.collctype, made.collcollate)
  ) as "locale",
  row.columns ->> 'collicurules' as "rules",
  case when not made.collisdeterministic then 'no' end as "deterministic",
  null as "converts", note.description as "comment"
from own
join pg_catalog.pg_collation as made on made.collnamespace = own.oid
cross join lateral (select pg_catalog.to_jsonb(made)) as row (columns)
left join who on who.oid = made.collowner
left join pg_catalog.pg_description as note
  on note.objoid = made.oid and note.classoid = 'pg_catalog.pg_collation'::pg_catalog.regclass and note.objsubid = 0
where ('pg_catalog.pg_collation'::pg_catalog.regclass, made.oid) not in (select extended.classid, extended.objid from extended)
union all
select own.nspname, pg_catalog.format('conversion %I.%I', own.nspname, made.conname), null, who.name, null, null, null, null,
  pg_catalog.format(
    'from %s to %s by %s%s', pg_catalog.pg_encoding_to_char(made.conforencoding), pg_catalog.pg_encoding_to_char(made.contoencoding),
    made.conproc, case when made.condefault then ', default' end
  ),
  note.description
from own
join pg_catalog.pg_conversion as made on made.connamespace = own.oid
left join who on who.oid = made.conowner
left join pg_catalog.pg_description as note
  on note.objoid = made.oid and note.classoid = 'pg_catalog.pg_conversion'::pg_catalog.regclass and note.objsubid = 0
where ('pg_catalog.pg_conversion'::pg_catalog.regclass, made.oid) not in (select extended.classid, extended.objid from extended)
