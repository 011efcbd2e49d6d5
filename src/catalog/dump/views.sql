select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as class, relation.oid, 100 as place, relation.name as label,
  pg_catalog.concat(
    'create ', case relation.relkind when 'm' then 'materialized ' end, 'view ', relation.name,
    ' with (' || pg_catalog.array_to_string(relation.reloptions, ', ') || ')', E' as\n',
    pg_catalog.rtrim(pg_catalog.pg_get_viewdef(relation.oid), ';'), case relation.relkind when 'm' then E'\nwith no data' end, ';'
  ) as statement
from relations as relation where relation.relkind in ('v', 'm')
union all
select 'pg_catalog.pg_rewrite'::pg_catalog.regclass, rule.oid, 130, pg_catalog.format('%s.%I', relation.name, rule.rulename),
  pg_catalog.concat(pg_catalog.pg_get_ruledef(rule.oid), case rule.ev_enabled
    when 'D' then pg_catalog.format(E'\nalter table %s disable rule %I;', relation.name, rule.rulename)
    when 'R' then pg_catalog.format(E'\nalter table %s enable replica rule %I;', relation.name, rule.rulename)
    when 'A' then pg_catalog.format(E'\nalter table %s enable always rule %I;', relation.name, rule.rulename)
  end)
from relations as relation
join pg_catalog.pg_rewrite as rule on rule.ev_class = relation.oid and rule.rulename <> '_RETURN'
