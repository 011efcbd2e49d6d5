--! level: error
--! after: P02, splinter 0007
--! why: policies of a table without row-level security do nothing
--! fix: alter table {object} enable row level security; alter table {object} force row level security
select t.schema, t.name, t.title, format('%s policies exist and row-level security is off', count(*)), ''
from t join p on p.rel = t.oid where not t.rls group by t.schema, t.name, t.title
