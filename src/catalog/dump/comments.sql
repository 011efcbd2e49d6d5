, named (class, oid, part, what) as (
  select 'pg_catalog.pg_namespace'::pg_catalog.regclass, own.oid, 0, pg_catalog.format('schema %I', own.nspname) from own
  union all
  select 'pg_catalog.pg_class'::pg_catalog.regclass, relation.oid, 0, relation.title from relations as relation where relation.relkind <> 'c'
  union all
  select 'pg_catalog.pg_class'::pg_catalog.regclass, relation.oid, field.attnum, pg_catalog.format('column %s.%I', relation.name, field.attname)
  from relations as relation
  join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and field.attnum > 0 and not field.attisdropped
  union all
  select 'pg_catalog.pg_class'::pg_catalog.regclass, named.oid, 0, pg_catalog.format('index %I.%I', relation.nspname, named.relname)
  from relations as relation
  join pg_catalog.pg_index as made on made.indrelid = relation.oid
  join pg_catalog.pg_class as named on named.oid = made.indexrelid
  union all
  select 'pg_catalog.pg_proc'::pg_catalog.regclass, routine.oid, 0, pg_catalog.format(
      '%s %I.%I(%s)', case routine.prokind when 'p' then 'procedure' else 'function' end, own.nspname, routine.proname,
      pg_catalog.pg_get_function_identity_arguments(routine.oid)
    )
  from own join pg_catalog.pg_proc as routine on routine.pronamespace = own.oid and routine.prokind <> 'a'
  where ('pg_catalog.pg_proc'::pg_catalog.regclass, routine.oid) not in (select extended.classid, extended.objid from extended)
  union all
  select 'pg_catalog.pg_type'::pg_catalog.regclass, kind.oid, 0,
    pg_catalog.format('%s %I.%I', case kind.typtype when 'd' then 'domain' else 'type' end, own.nspname, kind.typname)
  from own join pg_catalog.pg_type as kind on kind.typnamespace = own.oid
  where ('pg_catalog.pg_type'::pg_catalog.regclass, kind.oid) not in (select extended.classid, extended.objid from extended)
  union all
  select 'pg_catalog.pg_constraint'::pg_catalog.regclass, held.oid, 0, pg_catalog.format('constraint %I on %s', held.conname, relation.name)
  from relations as relation join pg_catalog.pg_constraint as held on held.conrelid = relation.oid
  union all
  select 'pg_catalog.pg_constraint'::pg_catalog.regclass, held.oid, 0,
    pg_catalog.format('constraint %I on domain %s', held.conname, held.contypid::pg_catalog.regtype)
  from own join pg_catalog.pg_constraint as held on held.connamespace = own.oid and held.contypid <> 0
  union all
  select 'pg_catalog.pg_trigger'::pg_catalog.regclass, fired.oid, 0, pg_catalog.format('trigger %I on %s', fired.tgname, relation.name)
  from relations as relation join pg_catalog.pg_trigger as fired on fired.tgrelid = relation.oid and fired.tgparentid = 0
  union all
  select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, rule.oid, 0, pg_catalog.format('rule %I on %s', rule.rulename, relation.name)
  from relations as relation join pg_catalog.pg_rewrite as rule on rule.ev_class = relation.oid
  union all
  select 'pg_catalog.pg_policy'::pg_catalog.regclass, policy.oid, 0, pg_catalog.format('policy %I on %s', policy.polname, relation.name)
  from relations as relation join pg_catalog.pg_policy as policy on policy.polrelid = relation.oid
  union all
  select 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, found.oid, 0, pg_catalog.format('statistics %I.%I', own.nspname, found.stxname)
  from own join pg_catalog.pg_statistic_ext as found on found.stxnamespace = own.oid
)
select named.class::pg_catalog.oid as class, 0 as oid, 170 as place, named.what as label,
  pg_catalog.format('comment on %s is %L;', named.what, note.description) as statement
from named
join pg_catalog.pg_description as note
  on note.classoid = named.class and note.objoid = named.oid and note.objsubid = named.part
