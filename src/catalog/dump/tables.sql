, columns as (
  select field.attrelid, field.attnum, field.attislocal, pg_catalog.concat_ws(
      ' ', pg_catalog.quote_ident(field.attname), pg_catalog.format_type(field.atttypid, field.atttypmod),
      case when field.attcollation <> kind.typcollation then 'collate ' || field.attcollation::pg_catalog.regcollation::text end,
      case
        when field.attgenerated = 's' then pg_catalog.format('generated always as (%s) stored', pg_catalog.pg_get_expr(value.adbin, value.adrelid))
        when field.attgenerated = 'v' then pg_catalog.format('generated always as (%s) virtual', pg_catalog.pg_get_expr(value.adbin, value.adrelid))
        when field.attidentity <> '' then (
          select pg_catalog.format(
            'generated %s as identity (sequence name %s start with %s increment by %s minvalue %s maxvalue %s cache %s%s)',
            case field.attidentity when 'a' then 'always' else 'by default' end, numbers.seqrelid::pg_catalog.regclass,
            numbers.seqstart, numbers.seqincrement, numbers.seqmin, numbers.seqmax, numbers.seqcache,
            case when numbers.seqcycle then ' cycle' end
          )
          from pg_catalog.pg_depend as part
          join pg_catalog.pg_sequence as numbers on numbers.seqrelid = part.objid
          where part.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and part.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            and part.refobjid = field.attrelid and part.refobjsubid = field.attnum and part.deptype = 'i'
        )
        when value.oid is not null and value.oid not in (select later.oid from later) then
          'default ' || pg_catalog.pg_get_expr(value.adbin, value.adrelid)
      end,
      case when field.attnotnull then 'not null' end
    ) as text
  from relations as relation
  join pg_catalog.pg_attribute as field
    on field.attrelid = relation.oid and field.attnum > 0 and not field.attisdropped and relation.relkind in ('r', 'p')
  join pg_catalog.pg_type as kind on kind.oid = field.atttypid
  left join pg_catalog.pg_attrdef as value on value.adrelid = field.attrelid and value.adnum = field.attnum
)
select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as class, relation.oid, 60 as place, relation.name as label,
  pg_catalog.concat(
    'create ', case relation.relpersistence when 'u' then 'unlogged ' end, 'table ', relation.name,
    case when relation.relispartition then (
      select pg_catalog.format(' partition of %s %s', heir.inhparent::pg_catalog.regclass, pg_catalog.pg_get_expr(relation.relpartbound, relation.oid))
      from pg_catalog.pg_inherits as heir where heir.inhrelid = relation.oid
    ) else pg_catalog.concat(' (', (
      select E'\n  ' || pg_catalog.string_agg(columns.text, E',\n  ' order by columns.attnum) || E'\n'
      from columns where columns.attrelid = relation.oid and columns.attislocal
    ), ')', (
      select pg_catalog.format(' inherits (%s)', pg_catalog.string_agg(heir.inhparent::pg_catalog.regclass::text, ', ' order by heir.inhseqno))
      from pg_catalog.pg_inherits as heir where heir.inhrelid = relation.oid having pg_catalog.count(*) > 0
    )) end,
    case when relation.relkind = 'p' then ' partition by ' || pg_catalog.pg_get_partkeydef(relation.oid) end,
    ' with (' || pg_catalog.array_to_string(relation.reloptions, ', ') || ')', ';', (
      select pg_catalog.string_agg(changed.text, '' order by field.attnum, changed.text)
      from pg_catalog.pg_attribute as field
      join pg_catalog.pg_type as kind on kind.oid = field.atttypid
      cross join lateral (values
        (case when field.attstorage <> kind.typstorage then pg_catalog.format('set storage %s', case field.attstorage
          when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end) end),
        (case field.attcompression when 'p' then 'set compression pglz' when 'l' then 'set compression lz4' end),
        (case when (pg_catalog.to_jsonb(field) ->> 'attstattarget')::int >= 0 then 'set statistics ' || (pg_catalog.to_jsonb(field) ->> 'attstattarget') end),
        ('set (' || pg_catalog.array_to_string(field.attoptions, ', ') || ')')
      ) as set (text)
      cross join lateral (
        select pg_catalog.format(E'\nalter table only %s alter column %I %s;', relation.name, field.attname, set.text) as text
      ) as changed
      where field.attrelid = relation.oid and field.attnum > 0 and not field.attisdropped and set.text is not null
    )
  ) as statement
from relations as relation where relation.relkind in ('r', 'p')
union all
-- Defaults that stand on something else, which may stand on the table.
select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, value.oid, 70, pg_catalog.format('%s.%I', relation.name, field.attname),
  pg_catalog.format(
    'alter table only %s alter column %I set default %s;', relation.name, field.attname, pg_catalog.pg_get_expr(value.adbin, value.adrelid)
  )
from relations as relation
join pg_catalog.pg_attrdef as value on value.adrelid = relation.oid and value.oid in (select later.oid from later)
join pg_catalog.pg_attribute as field on field.attrelid = value.adrelid and field.attnum = value.adnum and field.attislocal
where relation.relkind in ('r', 'p') and not relation.relispartition
union all
-- Both kinds of row-level security, and how changes are known to others.
select 'pg_catalog.pg_class'::pg_catalog.regclass, 0, 140, relation.name, pg_catalog.concat_ws(
    E'\n',
    case when relation.relrowsecurity then pg_catalog.format('alter table %s enable row level security;', relation.name) end,
    case when relation.relforcerowsecurity then pg_catalog.format('alter table %s force row level security;', relation.name) end,
    case relation.relreplident
      when 'n' then pg_catalog.format('alter table only %s replica identity nothing;', relation.name)
      when 'f' then pg_catalog.format('alter table only %s replica identity full;', relation.name)
      when 'i' then (
        select pg_catalog.format('alter table only %s replica identity using index %I;', relation.name, named.relname)
        from pg_catalog.pg_index as made join pg_catalog.pg_class as named on named.oid = made.indexrelid
        where made.indrelid = relation.oid and made.indisreplident
      )
    end,
    (
      select pg_catalog.format('alter table %s cluster on %I;', relation.name, named.relname)
      from pg_catalog.pg_index as made join pg_catalog.pg_class as named on named.oid = made.indexrelid
      where made.indrelid = relation.oid and made.indisclustered
    )
  )
from relations as relation where relation.relkind in ('r', 'p')
