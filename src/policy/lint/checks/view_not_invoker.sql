--! level: error
--! after: P30, splinter 0010
--! why: a view reads with the rights of its owner, whatever its reader may see; one such view under an invoker view is enough
--! fix: alter view … set (security_invoker = true), on every layer
with recursive closure as (
  select rel.oid as top, rel.oid as at from rel where rel.kind = 'v'
  union
  select closure.top, d.refobjid from closure
  join pg_rewrite as w on w.ev_class = closure.at
  join pg_depend as d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> closure.at
)
select rel.schema, rel.name, rel.title,
  format('%s may use the view, and %s reads with its owner''s rights', string_agg(distinct g.grantee_name, ', '), string_agg(distinct layer.oid::regclass::text, ', ')), ''
from rel join g on g.rel = rel.oid join closure on closure.top = rel.oid
join pg_class as layer on layer.oid = closure.at and layer.relkind = 'v'
  and not coalesce(layer.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes'], false)
join pg_namespace as n on n.oid = layer.relnamespace and n.nspname not in ('pg_catalog', 'information_schema')
where rel.kind = 'v' group by rel.schema, rel.name, rel.title
