--! level: error
--! after: P01, P07, splinter 0013
--! why: without row-level security a grant is a grant on every row of every tenant
--! fix: alter table {object} enable row level security; alter table {object} force row level security; then write policies
select t.schema, t.name, t.title,
  format('row-level security is off and %s may use the table: %s', string_agg(distinct g.grantee_name, ', '), string_agg(distinct lower(g.privilege), ', ')), ''
from t join g on g.rel = t.oid and g.privilege in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
where not t.rls and not t.is_child and t.kind <> 'f' and t.class is distinct from 'exempt'
  and not exists (select from p where p.rel = t.oid)
group by t.schema, t.name, t.title
