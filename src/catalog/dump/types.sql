select 'pg_catalog.pg_type'::pg_catalog.regclass::pg_catalog.oid as class, kind.oid, 30 as place,
  pg_catalog.format('%I.%I', own.nspname, kind.typname) as label,
  case kind.typtype
    when 'e' then pg_catalog.format('create type %I.%I as enum (%s);', own.nspname, kind.typname, (
      select pg_catalog.string_agg(pg_catalog.quote_literal(label.enumlabel), ', ' order by label.enumsortorder)
      from pg_catalog.pg_enum as label where label.enumtypid = kind.oid
    ))
    when 'r' then (
      select pg_catalog.format(
        'create type %I.%I as range (%s);', own.nspname, kind.typname, pg_catalog.concat_ws(
          ', ', 'subtype = ' || pg_catalog.format_type(range.rngsubtype, null),
          'multirange_type_name = ' || range.rngmultitypid::pg_catalog.regtype::text
        )
      )
      from pg_catalog.pg_range as range where range.rngtypid = kind.oid
    )
    when 'd' then pg_catalog.concat(
      pg_catalog.format('create domain %I.%I as %s', own.nspname, kind.typname, pg_catalog.format_type(kind.typbasetype, kind.typtypmod)),
      ' default ' || kind.typdefault, case when kind.typnotnull then ' not null' end, (
        select pg_catalog.string_agg(
          pg_catalog.format(E'\n  constraint %I %s', held.conname, pg_catalog.pg_get_constraintdef(held.oid)), '' order by held.conname
        )
        from pg_catalog.pg_constraint as held where held.contypid = kind.oid and held.contype = 'c'
      ), ';'
    )
    else pg_catalog.format('create type %I.%I as (%s);', own.nspname, kind.typname, (
      select pg_catalog.string_agg(
        pg_catalog.format('%I %s', field.attname, pg_catalog.format_type(field.atttypid, field.atttypmod)), ', ' order by field.attnum
      )
      from pg_catalog.pg_attribute as field
      where field.attrelid = kind.typrelid and field.attnum > 0 and not field.attisdropped
    ))
  end as statement
from own
join pg_catalog.pg_type as kind on kind.typnamespace = own.oid and kind.typtype in ('e', 'd', 'r', 'c')
left join pg_catalog.pg_class as shape on shape.oid = kind.typrelid
where (kind.typrelid = 0 or shape.relkind = 'c')
  and ('pg_catalog.pg_type'::pg_catalog.regclass, kind.oid) not in (select extended.classid, extended.objid from extended)
