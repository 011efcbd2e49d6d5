--! level: error
--! after: P07, P36
--! why: policies hold for a query that names the parent; a child that is named itself has only its own
--! fix: revoke all on {object} from the roles that have it, or give the child row-level security and the same policies
select t.schema, t.name, t.title, format('a child table without row-level security of its own can be used directly by %s', string_agg(distinct g.grantee_name, ', ')), ''
from t join pg_inherits as i on i.inhrelid = t.oid join pg_class as parent on parent.oid = i.inhparent and parent.relrowsecurity
join g on g.rel = t.oid and g.privilege in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
where not t.rls group by t.schema, t.name, t.title
