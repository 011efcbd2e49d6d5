--! level: error
--! after: P31
--! why: writes through a view run as its owner: no policy of the caller is asked
--! fix: set security_invoker on the view, or revoke insert, update and delete on it
select rel.schema, rel.name, rel.title, format('%s may %s through the view as its owner', string_agg(distinct g.grantee_name, ', '), string_agg(distinct lower(g.privilege), ', ')), ''
from rel join g on g.rel = rel.oid and g.privilege in ('INSERT', 'UPDATE', 'DELETE')
where rel.kind = 'v' and not rel.is_invoker group by rel.schema, rel.name, rel.title
