
union all
select 'trigger', pg_catalog.concat(pg_catalog.quote_ident(fired.tgname), ' on ', relation.title), property.name, property.value
from relations as relation
join pg_catalog.pg_trigger as fired on fired.tgrelid = relation.oid and not fired.tgisinternal and not relation.relispartition
join pg_catalog.pg_proc as routine on routine.oid = fired.tgfoid
cross join lateral (
  values
    ('definition', pg_catalog.pg_get_triggerdef(fired.oid)),
    ('enabled', case fired.tgenabled when 'O' then 'yes' when 'D' then 'no' when 'R' then 'on replicas' else 'always' end),
    ('function', pg_catalog.concat(
      case when routine.prosecdef then 'definer ' else 'invoker ' end, 'of ', pg_catalog.pg_get_userbyid(routine.proowner),
      ', body ', pg_catalog.left(pg_catalog.md5(pg_catalog.concat(routine.prosrc, routine.proconfig)), 12)
    ))
) as property (name, value)
union all
-- What keeps foreign keys is fired by triggers as well.
select 'trigger', pg_catalog.concat('of the foreign keys of ', relation.title), 'enabled', 'no'
from tables as relation
where exists (
  select from pg_catalog.pg_trigger as fired
  where fired.tgrelid = relation.oid and fired.tgisinternal and fired.tgenabled in ('D', 'R')
)
union all
select 'rule', pg_catalog.concat(pg_catalog.quote_ident(rule.rulename), ' on ', relation.title), property.name, property.value
from relations as relation
join pg_catalog.pg_rewrite as rule on rule.ev_class = relation.oid
cross join lateral (
  values
    ('definition', pg_catalog.pg_get_ruledef(rule.oid)),
    ('enabled', case rule.ev_enabled when 'O' then 'yes' when 'D' then 'no' when 'R' then 'on replicas' else 'always' end)
) as property (name, value)
where relation.relkind not in ('v', 'm') or rule.ev_type <> '1'
union all
select 'view', relation.title, 'body', pg_catalog.left(pg_catalog.md5(pg_catalog.pg_get_viewdef(relation.oid)), 12)
from relations as relation where relation.relkind in ('v', 'm')
union all
select 'constraint', pg_catalog.concat(pg_catalog.quote_ident(held.conname), ' on ', relation.title), 'definition',
  pg_catalog.concat(pg_catalog.pg_get_constraintdef(held.oid), case when not held.convalidated then ' (not validated)' end)
from tables as relation
join pg_catalog.pg_constraint as held on held.conrelid = relation.oid
-- Not-null constraints have rows of their own from version 18 on; columns say it on all.
where held.contype not in ('t', 'n')
union all
select 'column', pg_catalog.format('%s.%I', relation.title, field.attname), 'default',
  pg_catalog.pg_get_expr(value.adbin, value.adrelid)
from tables as relation
join pg_catalog.pg_attrdef as value on value.adrelid = relation.oid
join pg_catalog.pg_attribute as field on field.attrelid = relation.oid and field.attnum = value.adnum
union all
select 'index', pg_catalog.concat(pg_catalog.quote_ident(found.relname), ' on ', relation.title), 'definition',
  pg_catalog.concat(
    pg_catalog.pg_get_indexdef(made.indexrelid), case when not made.indisvalid then ' (not valid)' end
  )
from tables as relation
join pg_catalog.pg_index as made on made.indrelid = relation.oid
join pg_catalog.pg_class as found on found.oid = made.indexrelid
