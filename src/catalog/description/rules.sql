select relation.nspname as schema, relation.title as object, pg_catalog.format('rule %I', rule.rulename) as part,
  pg_catalog.pg_get_ruledef(rule.oid) as "definition",
  case rule.ev_enabled when 'D' then 'disabled' when 'A' then 'always' when 'R' then 'replica' end as "fires",
  note.description as "comment"
from relations as relation
join pg_catalog.pg_rewrite as rule on rule.ev_class = relation.oid and rule.rulename <> '_RETURN'
left join pg_catalog.pg_description as note
  on note.objoid = rule.oid and note.classoid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and note.objsubid = 0
