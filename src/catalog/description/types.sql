select own.nspname as schema,
  pg_catalog.format('%s %I.%I', case kind.typtype when 'd' then 'domain' else 'type' end, own.nspname, kind.typname) as object,
  null as part,
  who.name as "owner",
  (
    select pg_catalog.string_agg(pg_catalog.quote_literal(label.enumlabel), ', ' order by label.enumsortorder)
    from pg_catalog.pg_enum as label where label.enumtypid = kind.oid
  ) as "labels",
  case kind.typtype when 'd' then pg_catalog.format_type(kind.typbasetype, kind.typtypmod) end as "base type",
  case when kind.typtype = 'd' and kind.typnotnull then 'yes' end as "not null",
  case kind.typtype when 'd' then coalesce(pg_catalog.pg_get_expr(kind.typdefaultbin, 0), kind.typdefault) end as "default",
  case when kind.typtype = 'd' and kind.typcollation <> (
    select base.typcollation from pg_catalog.pg_type as base where base.oid = kind.typbasetype
  ) then kind.typcollation::pg_catalog.regcollation::text end as "collation",
  case kind.typtype when 'c' then (
    select pg_catalog.string_agg(pg_catalog.quote_ident(field.attname), ', ' order by field.attnum)
    from pg_catalog.pg_attribute as field
    where field.attrelid = kind.typrelid and field.attnum > 0 and not field.attisdropped
  ) end as "column order",
  (
    select pg_catalog.concat_ws(
      ', ', 'subtype ' || pg_catalog.format_type(span.rngsubtype, null),
      'subtype_opclass ' || (
        select pg_catalog.format('%I.%I', place.nspname, class.opcname)
        from pg_catalog.pg_opclass as class join pg_catalog.pg_namespace as place on place.oid = class.opcnamespace
        where class.oid = span.rngsubopc
      ),
      'collation ' || nullif(span.rngcollation, 0)::pg_catalog.regcollation, 'canonical ' || nullif(span.rngcanonical::text, '-'),
      'subtype_diff ' || nullif(span.rngsubdiff::text, '-'), 'multirange ' || pg_catalog.format_type(span.rngmultitypid, null)
    )
    from pg_catalog.pg_range as span where span.rngtypid = kind.oid
  ) as "range",
  case kind.typtype when 'b' then pg_catalog.concat_ws(
    ', ', 'input ' || kind.typinput, 'output ' || kind.typoutput, 'receive ' || nullif(kind.typreceive::text, '-'),
    'send ' || nullif(kind.typsend::text, '-'), 'typmod_in ' || nullif(kind.typmodin::text, '-'),
    'typmod_out ' || nullif(kind.typmodout::text, '-'), 'analyze ' || nullif(kind.typanalyze::text, '-'),
    'length ' || kind.typlen, 'by value ' || kind.typbyval, 'alignment ' || kind.typalign::text, 'storage ' || kind.typstorage::text,
    'category ' || kind.typcategory::text, 'preferred ' || nullif(kind.typispreferred, false), 'delimiter ' || kind.typdelim::text,
    'element ' || pg_catalog.format_type(nullif(kind.typelem, 0), null), 'default ' || kind.typdefault
  ) end as "base",
  case when not kind.typisdefined then 'nothing but a name' end as "shell",
  note.description as "comment"
from own
join pg_catalog.pg_type as kind on kind.typnamespace = own.oid and (kind.typtype in ('b', 'c', 'd', 'e', 'r') or not kind.typisdefined)
left join pg_catalog.pg_class as shape on shape.oid = kind.typrelid
left join who on who.oid = kind.typowner
left join pg_catalog.pg_description as note
  on note.objoid = kind.oid and note.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass and note.objsubid = 0
where (kind.typrelid = 0 or shape.relkind = 'c')
  and not exists (select from pg_catalog.pg_type as element where element.typarray = kind.oid)
  and ('pg_catalog.pg_type'::pg_catalog.regclass, kind.oid) not in (select extended.classid, extended.objid from extended)
