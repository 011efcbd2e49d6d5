-- What schemas refer to outside of themselves, as statements that make stand-ins: types, functions, and tables with the
-- columns that are referred to. No default, check or row of anybody else's table comes along. The caller puts a CTE
-- `given` before it: schemas, and the qualified names that pending statements speak of.
own as (
  select schema.oid from given join pg_catalog.pg_namespace as schema on schema.nspname = any (given.schemas)
),
foreign_schemas as (
  select schema.oid, schema.nspname
  from pg_catalog.pg_namespace as schema
  where schema.oid not in (select own.oid from own)
    and schema.nspname not in ('pg_catalog', 'information_schema', 'workroom')
    and schema.nspname !~ '^pg_(toast|temp_)'
),
own_relations as (
  select relation.oid from pg_catalog.pg_class as relation where relation.relnamespace in (select own.oid from own)
),
dependers (classid, objid) as (
  select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, own_relations.oid from own_relations
  union all
  select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, rule.oid
  from pg_catalog.pg_rewrite as rule where rule.ev_class in (select own_relations.oid from own_relations)
  union all
  select 'pg_catalog.pg_policy'::pg_catalog.regclass, policy.oid
  from pg_catalog.pg_policy as policy where policy.polrelid in (select own_relations.oid from own_relations)
  union all
  select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, value.oid
  from pg_catalog.pg_attrdef as value where value.adrelid in (select own_relations.oid from own_relations)
  union all
  select 'pg_catalog.pg_constraint'::pg_catalog.regclass, rule.oid
  from pg_catalog.pg_constraint as rule where rule.connamespace in (select own.oid from own)
  union all
  select 'pg_catalog.pg_trigger'::pg_catalog.regclass, trigger.oid
  from pg_catalog.pg_trigger as trigger where trigger.tgrelid in (select own_relations.oid from own_relations)
  union all
  select 'pg_catalog.pg_proc'::pg_catalog.regclass, routine.oid
  from pg_catalog.pg_proc as routine where routine.pronamespace in (select own.oid from own)
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, type.oid
  from pg_catalog.pg_type as type where type.typnamespace in (select own.oid from own)
),
referred (refclassid, refobjid, refobjsubid) as (
  select depends.refclassid, depends.refobjid, depends.refobjsubid
  from dependers
  join pg_catalog.pg_depend as depends on depends.classid = dependers.classid and depends.objid = dependers.objid
  where depends.deptype in ('n', 'a')
  union
  select 'pg_catalog.pg_class'::pg_catalog.regclass, relation.oid, 0
  from given
  join pg_catalog.pg_class as relation on true
  join foreign_schemas as schema on schema.oid = relation.relnamespace
  where pg_catalog.concat(schema.nspname, '.', relation.relname) = any (given.names)
  union
  select 'pg_catalog.pg_proc'::pg_catalog.regclass, routine.oid, 0
  from given
  join pg_catalog.pg_proc as routine on true
  join foreign_schemas as schema on schema.oid = routine.pronamespace
  where pg_catalog.concat(schema.nspname, '.', routine.proname) = any (given.names)
  union
  select 'pg_catalog.pg_type'::pg_catalog.regclass, type.oid, 0
  from given
  join pg_catalog.pg_type as type on true
  join foreign_schemas as schema on schema.oid = type.typnamespace
  where pg_catalog.concat(schema.nspname, '.', type.typname) = any (given.names)
),
outside as (
  select distinct referred.refclassid, referred.refobjid, referred.refobjsubid
  from referred
  where not exists (
    select
    from pg_catalog.pg_depend as part
    where part.classid = referred.refclassid and part.objid = referred.refobjid and part.deptype = 'e'
  )
),
columns as (
  select distinct schema.nspname, relation.oid, relation.relname, field.attnum, field.attname,
    pg_catalog.format_type(field.atttypid, field.atttypmod) as type, field.atttypid
  from outside
  join pg_catalog.pg_class as relation
    on outside.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and relation.oid = outside.refobjid
  join foreign_schemas as schema on schema.oid = relation.relnamespace
  join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and field.attnum > 0 and not field.attisdropped
  where relation.relkind in ('r', 'p', 'v', 'm', 'f')
    and (
      outside.refobjsubid in (0, field.attnum)
      or field.attnum = any (
        select pg_catalog.unnest(key.conkey)
        from pg_catalog.pg_constraint as key
        where key.conrelid = relation.oid and key.contype = 'p'
      )
    )
),
keys as (
  select distinct schema.nspname, relation.relname, (
      select pg_catalog.string_agg(pg_catalog.quote_ident(field.attname), ', ' order by key.position)
      from pg_catalog.unnest(one.conkey) with ordinality as key (attnum, position)
      join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and field.attnum = key.attnum
    ) as names
  from pg_catalog.pg_constraint as one
  join pg_catalog.pg_class as relation on relation.oid = one.conrelid
  join foreign_schemas as schema on schema.oid = relation.relnamespace
  where one.contype in ('p', 'u')
    and not exists (
      select
      from pg_catalog.unnest(one.conkey) as key (attnum)
      where not exists (
        select from columns where columns.oid = relation.oid and columns.attnum = key.attnum
      )
    )
),
types as (
  select distinct schema.nspname, type.typname, type.oid, type.typtype, type.typbasetype, type.typtypmod, type.typrelid
  from pg_catalog.pg_type as type
  join foreign_schemas as schema on schema.oid = type.typnamespace
  where (
      type.oid in (select columns.atttypid from columns)
      or type.oid in (
        select outside.refobjid from outside where outside.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
      )
      or type.typarray in (
        select outside.refobjid from outside where outside.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
      )
      or type.typarray in (select columns.atttypid from columns)
    )
    and (
      type.typtype in ('e', 'd')
      or type.typtype = 'c' and exists (
        select from pg_catalog.pg_class as shape where shape.oid = type.typrelid and shape.relkind = 'c'
      )
    )
),
functions as (
  select distinct schema.nspname, routine.proname, routine.oid, routine.prosqlbody is not null as is_standard,
    language.lanname, routine.provolatile
  from outside
  join pg_catalog.pg_proc as routine
    on outside.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass and routine.oid = outside.refobjid
  join pg_catalog.pg_language as language on language.oid = routine.prolang
  join foreign_schemas as schema on schema.oid = routine.pronamespace
  where routine.prokind = 'f'
),
statements (position, sql) as (
  select 1, pg_catalog.format('create schema if not exists %I', named.nspname)
  from (
    select types.nspname from types
    union select functions.nspname from functions
    union select columns.nspname from columns
    union
    select schema.nspname
    from outside
    join pg_catalog.pg_class as sequence
      on outside.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and sequence.oid = outside.refobjid
      and sequence.relkind = 'S'
    join foreign_schemas as schema on schema.oid = sequence.relnamespace
  ) as named
  union all
  select 2, pg_catalog.format('create type %I.%I as enum (%s)', types.nspname, types.typname, (
    select pg_catalog.string_agg(pg_catalog.quote_literal(label.enumlabel), ', ' order by label.enumsortorder)
    from pg_catalog.pg_enum as label where label.enumtypid = types.oid
  ))
  from types where types.typtype = 'e'
  union all
  select 3, pg_catalog.format(
    'create domain %I.%I as %s', types.nspname, types.typname,
    pg_catalog.format_type(types.typbasetype, types.typtypmod)
  )
  from types where types.typtype = 'd'
  union all
  select 4, pg_catalog.format('create type %I.%I as (%s)', types.nspname, types.typname, (
    select pg_catalog.string_agg(
      pg_catalog.format('%I %s', field.attname, pg_catalog.format_type(field.atttypid, field.atttypmod)), ', '
      order by field.attnum
    )
    from pg_catalog.pg_attribute as field
    where field.attrelid = types.typrelid and field.attnum > 0 and not field.attisdropped
  ))
  from types where types.typtype = 'c'
  union all
  select 5, pg_catalog.format('create table %I.%I (%s)', columns.nspname, columns.relname, pg_catalog.string_agg(
    pg_catalog.format('%I %s', columns.attname, columns.type), ', ' order by columns.attnum
  ))
  from columns group by columns.nspname, columns.relname
  union all
  select 6, pg_catalog.format('alter table %I.%I add unique (%s)', keys.nspname, keys.relname, keys.names) from keys
  union all
  select 7, pg_catalog.format('create sequence %I.%I', schema.nspname, sequence.relname)
  from outside
  join pg_catalog.pg_class as sequence
    on outside.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and sequence.oid = outside.refobjid
    and sequence.relkind = 'S'
  join foreign_schemas as schema on schema.oid = sequence.relnamespace
  union all
  select 8, case
    when functions.lanname in ('sql', 'plpgsql') and not functions.is_standard
    then pg_catalog.pg_get_functiondef(functions.oid)
    else pg_catalog.format(
      'create function %I.%I(%s) returns %s language plpgsql %s as %L', functions.nspname, functions.proname,
      pg_catalog.pg_get_function_arguments(functions.oid), pg_catalog.pg_get_function_result(functions.oid),
      case functions.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
      'begin return null; end'
    )
  end
  from functions
)
select statements.sql from statements order by statements.position, statements.sql collate "C";
